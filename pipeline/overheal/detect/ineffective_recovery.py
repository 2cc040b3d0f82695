"""`ineffective_recovery`: the same attempt that fails again and again and never gets there."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import Context, Detector, Documentation, Settings, State, setting
from overheal.model import HOUR, MICROSECOND, Event, Finding, Tier
from overheal.state.book import Ground, Member, member_of
from overheal.state.facts import FAILED, SUCCEEDED, outcome_of
from overheal.state.words import clock, span, times

KEPT = 100
"""How many failures are remembered as members before a finding opens."""


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


class Row(msgspec.Struct):
    """Failures in a row of one attempt for one reason: `count` of them, in `told` events."""

    opening: str
    first_at: int
    who: str
    attempt: str
    condition: str
    count: int = 0
    told: int = 0
    last_at: int = 0
    failed: list[Member] = []
    finding: str = ""
    quiet: int = 0


class IneffectiveState(State):
    """Rows by attempt (environment, service, agent, action), then by condition.

    `about` tells which row an open finding is about; alarms are set for both joined.
    """

    attempts: dict[str, dict[str, Row]] = msgspec.field(default_factory=dict)
    about: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    waiting: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)


class IneffectiveRecovery(Detector[IneffectiveSettings, IneffectiveState]):
    """Counts failures in a row of the same attempt for the same reason."""

    name = "ineffective_recovery"
    settings_type = IneffectiveSettings
    state_type = IneffectiveState
    documentation = Documentation(
        question="Does automation repeat an attempt that never succeeds?",
        opens="A finding opens at `failures` failures in a row of the same attempt for the same "
        "reason, the first and the last of them `lasting_minutes` apart.",
        escalates="It does not escalate: nothing gets worse, it only never gets better.",
        resolves="It resolves when the attempt succeeds, or when nobody has tried for "
        "`quiet_hours`.",
        identity="Two findings are the same when they are about the same service, agent, action "
        "and condition and opened with the same first failure of the row.",
        blind_to="It does not see attempts whose outcome nobody reports.",
    )

    def on_outcome(self, state: IneffectiveState, event: Event, context: Context) -> None:
        """Count a failure, or end the rows of an attempt on its success."""
        outcome = outcome_of(event)
        if event.agent_kind == "human" or outcome not in (FAILED, SUCCEEDED):
            return
        attempt = _attempt(event)
        if outcome == SUCCEEDED:
            for condition in list(state.attempts.get(attempt, ())):
                self._end(state, attempt, condition, event.time, context)
            return
        rows = state.attempts.setdefault(attempt, {})
        row = rows.get(event.condition)
        if row is None:
            who = event.service or (str(event.target) if event.target else "")
            row = rows[event.condition] = Row(
                event.id, event.first_at, who, event.name or event.type, event.condition[:300]
            )
        settings = self.settings(event.environment, event.service)
        row.count += event.count
        row.told += 1
        row.last_at = event.time
        row.quiet = int(settings.quiet_hours * HOUR)
        alarm = f"{attempt}\0{event.condition}"
        state.waiting[alarm] = (attempt, event.condition)
        state.alarms.set(alarm, row.last_at + row.quiet)
        self._judge(state, row, event, settings, context)

    def on_alarm(self, state: IneffectiveState, key: str, now: int, context: Context) -> None:
        """End a row that nobody continued."""
        attempt, condition = state.waiting.pop(key)
        row = state.attempts.get(attempt, {}).get(condition)
        if row is None:
            return
        if row.last_at + row.quiet <= now:
            self._end(state, attempt, condition, row.last_at + row.quiet, context)
        else:
            state.waiting[key] = (attempt, condition)
            state.alarms.set(key, row.last_at + row.quiet)

    def describe(self, state: IneffectiveState, finding: Finding) -> None:
        """Say what fails, how often, for how long and why."""
        attempt, condition = state.about[finding.id]
        row = state.attempts[attempt][condition]
        lasted = (row.last_at - row.first_at) / MICROSECOND
        finding.evidence |= {
            "failures_in_a_row": row.count,
            "lasting_seconds": lasted,
            "attempt": row.attempt,
            "condition": row.condition,
        }
        finding.summary = (
            f"{finding.agents[0]} has tried {row.attempt} for {row.who} {times(row.count)} over "
            f"{span(lasted)} since {clock(row.first_at)}, and failed every time: "
            f"{row.condition[:200]}."
        )
        finding.next_step = (
            f"Remove what stands in the way of {row.who}, or change what it wants: "
            "trying again will not help."
        )

    def _judge(
        self,
        state: IneffectiveState,
        row: Row,
        event: Event,
        settings: IneffectiveSettings,
        context: Context,
    ) -> None:
        member = member_of(event, event.time, row.attempt)
        lasting = (event.time - row.first_at) / MICROSECOND
        if row.finding:
            finding = context.book.findings[row.finding]
            context.book.join(finding, [member], event.time)
        else:
            row.failed.append(member)
            if row.count < settings.failures or lasting < settings.lasting_minutes * 60:
                del row.failed[:-KEPT]
                return
            attempt = _attempt(event)
            finding = context.book.open(
                self.name,
                f"{attempt}\0{event.condition}",
                row.opening,
                environment=event.environment,
                service=event.service,
                scope=context.scope,
                first_at=row.first_at,
                at=event.time,
            )
            if not event.service and event.target:
                finding.title = event.target.name
            row.finding = finding.id
            state.about[finding.id] = (attempt, event.condition)
            context.book.join(finding, row.failed, event.time)
            finding.member_count, row.failed = row.told, []
        finding.count = row.count
        context.judge(finding, lambda: _grounds(row, lasting), event.time)

    def _end(
        self, state: IneffectiveState, attempt: str, condition: str, at: int, context: Context
    ) -> None:
        rows = state.attempts[attempt]
        row = rows[condition]
        if row.finding:
            self.close(state, row.finding, at, context)
            del state.about[row.finding]
        del rows[condition]
        if not rows:
            del state.attempts[attempt]


def _grounds(row: Row, lasting: float) -> list[Ground]:
    reason = f"{row.count} failures in a row over {span(lasting)}, and no success"
    return [Ground(Tier.ACTIONABLE, reason)]


def _attempt(event: Event) -> str:
    """Return what makes two attempts the same one.

    The target's name counts where it is all that tells what the attempt is for: those of pods and
    the like change with every attempt.
    """
    target = event.target
    kind = f"{target.kind}\0{target.namespace}" if target else "\0"
    name = target.name if target and not event.service else ""
    what = f"{event.agent}\0{event.type}\0{event.name}\0{kind}\0{name}"
    return f"{event.environment}\0{event.service}\0{what}"
