"""`ineffective_recovery`: the same attempt that fails again and again and never gets there."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import NEVER, Context, Detector, Documentation, Settings, State, setting
from overheal.model import HOUR, MICROSECOND, Event, Tier
from overheal.state.book import Ground, note_moment
from overheal.state.words import clock, span, times

KEPT = 200


@dataclasses.dataclass(frozen=True)
class IneffectiveSettings(Settings):
    """How often and how long an attempt must fail."""

    failures: int = setting(
        3, unit="failures in a row", bound="inclusive", meaning="at least this many in a row"
    )
    lasting_minutes: float = setting(
        10.0, unit="minutes", bound="inclusive", meaning="first and last at least this far apart"
    )
    quiet_hours: float = setting(
        2.0, unit="hours", bound="inclusive", meaning="without an attempt for this long it is over"
    )


class Attempt(msgspec.Struct):
    """One kind of attempt and its failures in a row: (time, id) each, the newest kept."""

    failed: list[tuple[int, str]] = []
    count: int = 0
    first_at: int = 0
    finding: str = ""
    due: int = NEVER


class IneffectiveState(State):
    """Attempts by environment, service, agent, action and condition."""

    attempts: dict[str, Attempt] = {}


class IneffectiveRecovery(Detector[IneffectiveSettings, IneffectiveState]):
    """Counts failures in a row of the same attempt for the same reason."""

    name = "ineffective_recovery"
    settings_type = IneffectiveSettings
    state_type = IneffectiveState
    documentation = Documentation(
        question="Does automation repeat an attempt that never succeeds?",
        opens="at `failures` failures in a row of the same attempt, `lasting_minutes` apart",
        escalates="it does not escalate: nothing got worse, it only never gets better",
        resolves="when the attempt succeeds, or nobody has tried for `quiet_hours`",
        identity="service, agent, action and condition, and the first failure in the row",
        blind_to="attempts whose outcome nobody reports",
    )

    def on_outcome(self, state: IneffectiveState, event: Event, context: Context) -> None:
        """Count a failure, or end the row on success."""
        if event.agent_kind == "human" or event.outcome not in ("failed", "succeeded"):
            return
        target = f"{event.target.kind} {event.target.namespace}" if event.target else ""
        subject = "\0".join(
            (event.environment, event.service, event.agent, event.type, event.name, target)
        )
        if event.outcome == "succeeded":
            self._succeeded(state, subject, event, context)
            return
        subject += f"\0{event.condition}"
        settings = self.settings(event.environment, event.service)
        attempt = state.attempts.setdefault(subject, Attempt())
        if not attempt.count:
            attempt.first_at = event.first_at
        attempt.count += event.count
        attempt.due = event.time + int(settings.quiet_hours * HOUR)
        state.due = min(state.due, attempt.due)
        if not attempt.finding:
            attempt.failed.append((event.time, event.id))
            del attempt.failed[KEPT:]
            lasting = (event.time - attempt.first_at) / MICROSECOND
            if attempt.count >= settings.failures and lasting >= settings.lasting_minutes * 60:
                self._open(attempt, subject, event, context)
            return
        context.book.join(context.book.findings[attempt.finding], [event.id], event.time)
        self._describe(attempt, event, context)

    def on_time(self, state: IneffectiveState, now: int, context: Context) -> None:
        """End the rows that nobody continued."""
        state.due = NEVER
        for subject, attempt in list(state.attempts.items()):
            if attempt.due <= now:
                if attempt.finding:
                    context.book.resolve(attempt.finding, attempt.due)
                del state.attempts[subject]
            else:
                state.due = min(state.due, attempt.due)

    def _succeeded(
        self, state: IneffectiveState, subject: str, event: Event, context: Context
    ) -> None:
        for key in [key for key in state.attempts if key.startswith(subject + "\0")]:
            if finding := state.attempts.pop(key).finding:
                context.book.resolve(finding, event.time)

    def _open(self, attempt: Attempt, subject: str, event: Event, context: Context) -> None:
        finding = context.book.open(
            self.name,
            subject,
            attempt.failed[0][1],
            event=event,
            first_at=attempt.first_at,
            scope=context.scope,
        )
        attempt.finding = finding.id
        finding.agents = [event.agent]
        context.book.join(finding, [member for _, member in attempt.failed], event.time)
        self._describe(attempt, event, context)
        context.judge(
            finding,
            [
                Ground(
                    Tier.ACTIONABLE,
                    f"{attempt.count} failures in a row over "
                    f"{span((event.time - attempt.first_at) / MICROSECOND)}, and no success",
                )
            ],
            event.time,
        )

    def _describe(self, attempt: Attempt, event: Event, context: Context) -> None:
        finding = context.book.findings[attempt.finding]
        note_moment(finding, event, event.name or event.type)
        finding.count = attempt.count
        lasted = span((event.time - attempt.first_at) / MICROSECOND)
        finding.evidence.update(
            failures_in_a_row=attempt.count,
            lasting_seconds=(event.time - attempt.first_at) / MICROSECOND,
            attempt=event.name or event.type,
            condition=event.condition[:300],
        )
        who = event.service or (str(event.target) if event.target else "")
        finding.summary = (
            f"{event.agent} has tried {event.name or event.type} for {who} "
            f"{times(attempt.count)} over {lasted} since {clock(attempt.first_at)}, and failed "
            f"every time: {event.condition[:200]}."
        )
        finding.next_step = (
            f"Remove what stands in the way of {who}, or change what it wants: "
            "trying again will not help."
        )
