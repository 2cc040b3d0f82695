"""Looks at the evidence behind every action that began or ended."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import Context, Detector, Documentation, Settings, State, setting
from overheal.detect.signal_disagreement.reading import Sides, sides_of
from overheal.model import HOUR, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.memory import RecentKeys
from overheal.state.moments import member_of
from overheal.state.words import clock, listed, times


@dataclasses.dataclass(frozen=True)
class DisagreementSettings(Settings):
    """How much evidence must stand on each side, and for how long it goes on."""

    healthy: int = setting(
        2, unit="sources", bound="inclusive", meaning="at least this many say healthy"
    )
    unhealthy: int = setting(
        1, unit="sources", bound="inclusive", meaning="at least this many say unhealthy"
    )
    quiet_hours: float = setting(
        6.0,
        unit="hours",
        bound="inclusive",
        meaning="without a contradiction for this long it is over",
    )


class Disagreement(msgspec.Struct):
    """What one agent at one service acted on: the newest contradiction, and how often."""

    agent: str
    finding: str
    quiet: int
    last_at: int
    sides: Sides
    what: str


class DisagreementState(State):
    """Open disagreements by their finding's subject, and actions that were counted."""

    open: dict[str, Disagreement] = msgspec.field(default_factory=dict)
    counted: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(6 * HOUR))


class SignalDisagreement(Detector[DisagreementSettings, DisagreementState]):
    """Finds actions that were carried out on evidence that contradicts itself."""

    name = "signal_disagreement"
    settings_type = DisagreementSettings
    state_type = DisagreementState
    phases = frozenset({"started", "finished"})
    needs_detail = True
    documentation = Documentation(
        question="Does somebody act although what they know contradicts itself?",
        opens="The first action of an agent for which at least `healthy` sources say healthy and "
        "`unhealthy` say unhealthy opens a finding, unless it was triggered by hand.",
        escalates="It does not escalate: how bad it is, is what nobody knows.",
        resolves="It resolves when the agent has not acted on a contradiction at the service for "
        "`quiet_hours`.",
        identity="Two findings are the same when they are about the same agent and service and "
        "opened with the same first event.",
        blind_to="It does not see evidence that is not stated, numbers, and words that are not in "
        "its vocabulary.",
    )

    def on_event(self, state: DisagreementState, event: Event, context: Context) -> None:
        """Judge the evidence of an action that began or ended."""
        detail = event.detail
        if detail is None or not (detail.signals or detail.evidence):
            return
        if event.phase not in ("started", "finished") or event.witness_of:
            return
        if event.trigger == "manual":
            return
        sides = sides_of(detail)
        settings = self.settings(event.environment, event.service)
        enough = len(sides.healthy) >= settings.healthy
        if enough and len(sides.unhealthy) >= settings.unhealthy:
            self._note(state, event, sides, settings, context)

    def on_alarm(self, state: DisagreementState, key: str, now: int, context: Context) -> None:
        """Resolve what has not gone on."""
        held = state.open[key]
        over = held.last_at + held.quiet
        if over <= now:
            self.close(state, held.finding, over, context)
            del state.open[key]
        else:
            state.alarms.set(key, over)

    def describe(self, state: DisagreementState, finding: Finding) -> None:
        """Say who acted on which contradiction, and how often."""
        held = state.open[finding.subject]
        where = f" for {finding.service}" if finding.service else ""
        finding.summary = (
            f"{held.agent} acted{where} {times(finding.count)} since {clock(finding.first_at)} "
            f"although the evidence contradicts itself: at the newest ({held.what}) "
            f"{listed(list(held.sides.unhealthy))} said unhealthy, and "
            f"{listed(list(held.sides.healthy))} said healthy."
        )
        finding.next_step = (
            f"Find out which of them is right before {held.agent} acts again, and what the others "
            "measure instead."
        )

    def _note(
        self,
        state: DisagreementState,
        event: Event,
        sides: Sides,
        settings: DisagreementSettings,
        context: Context,
    ) -> None:
        """Count an action once, however many of its phases show the contradiction."""
        if state.counted.get(event.action_id) is not None:
            return
        state.counted.put(event.action_id, 1, event.time)
        subject = f"{event.environment}\0{event.service}\0{event.agent}"
        what = f"{event.type} at {clock(event.time)}"
        held = state.open.get(subject)
        if held is None:
            finding = context.book.open(
                self.name,
                subject,
                event.id,
                environment=event.environment,
                service=event.service,
                scope=context.scope,
                first_at=event.time,
                at=event.time,
            )
            finding.title = event.service or event.agent
            quiet = int(settings.quiet_hours * HOUR)
            held = Disagreement(event.agent, finding.id, quiet, event.time, sides, what)
            state.open[subject] = held
            state.alarms.set(subject, event.time + quiet)
        held.last_at, held.sides, held.what = event.time, sides, what
        finding = context.book.findings[held.finding]
        finding.count += 1
        finding.evidence |= {
            "healthy": list(sides.healthy),
            "unhealthy": list(sides.unhealthy),
            "newest": what,
        }
        context.book.join(finding, [member_of(event, event.time, event.type)], event.time)
        reason = (
            f"{len(sides.unhealthy)} said unhealthy and {len(sides.healthy)} healthy, and "
            f"{event.agent} acted"
        )
        context.judge(finding, lambda: [Ground(Tier.ACTIONABLE, reason)], event.time)
