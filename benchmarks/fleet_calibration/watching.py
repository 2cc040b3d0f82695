"""Driving registered detectors over simulated fleets, and telling which findings are true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from overheal.catalog import parse
from overheal.detect import registry
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import MINUTE, Event, Finding, Status, Tier
from overheal.stages.rules import RuleBook, Rules
from overheal.testing.simulate import Plan, Simulation, Stretch

INFERRING = (
    "masked_degradation",
    "agent_conflict",
    "mass_action",
    "compound_hazard",
    "cascade",
    "silent_automation",
)
"""Detectors that conclude rather than count: what they find where nothing is wrong is false."""

FINDS = {
    "degradation": "masked_degradation",
    "step": "masked_degradation",
    "fight": "agent_conflict",
    "compound": "compound_hazard",
    "mass_action": "mass_action",
    "cascade": "cascade",
    "stale_write": "stale_basis",
    "undo_of_intent": "undo_of_intent",
    "authority_breach": "authority_breach",
    "silence": "silent_automation",
    "ineffective": "ineffective_recovery",
    "incomplete": "incomplete_action",
    "disagreement": "signal_disagreement",
    "storm": "recovery_frequency",
    "flapping": "thrashing",
    "out_of_order": "out_of_order_recovery",
    "stale_policy": "stale_policy",
    "drill": "automation_in_drill",
}
"""Which detector is there for which trouble."""

BATCH = 4000
LATENESS = 10 * MINUTE


class Remembered(Simulation):
    """A simulation that is watched many times, so that its events are made once."""

    def __init__(self, plan: Plan, seed: int) -> None:
        super().__init__(plan, seed)
        self._history = list(super().events())

    def events(self) -> Iterator[Event]:
        """Return the events, in order of arrival."""
        return iter(self._history)


def watch(
    fleet: Simulation,
    names: Iterable[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    overrun: int = 0,
) -> list[Finding]:
    """Return the findings that stand after a fleet's history and `overrun` microseconds more.

    All registered detectors watch, or those named; `settings` as a user writes them.
    """
    flow = _flow(fleet, set(registry.names() if names is None else names), settings)
    known: dict[str, Finding] = {}
    events = fleet.events()
    while batch := list(islice(events, BATCH)):
        known.update({one.id: one for one in flow.judge(batch).findings})
    end = fleet.plan.end + overrun
    known.update({one.id: one for one in flow.advance(end)})
    known.update({one.id: one for one in flow.relate(list(known.values()))})
    gone = (Status.SUPERSEDED, Status.RETRACTED)
    return [one for one in known.values() if one.status not in gone]


def _flow(
    fleet: Simulation, names: set[str], settings: Mapping[str, Mapping[str, Any]] | None
) -> Flow:
    catalog = parse(fleet.catalog, "simulated", registry.names())
    book = SettingsBook(settings, catalog.overrides, strict=True)
    scope = [kind(book.lookup(kind)) for kind in registry.SCOPE_DETECTORS if kind.name in names]
    wide = [kind(book.lookup(kind)) for kind in registry.FLEET_DETECTORS if kind.name in names]
    reporting = fleet.plan.reporting
    late = bool(reporting.doubled or reporting.late_share)
    return Flow(RuleBook(Rules(catalog, scope, wide)), LATENESS if late else 0)


def reached(finding: Finding, tier: Tier) -> int | None:
    """Return when a finding first reached a tier (microseconds UTC), None where it never did."""
    return next((change.at for change in finding.tier_history if change.tier >= tier), None)


def belongs(finding: Finding, stretch: Stretch) -> bool:
    """Whether a finding is about a stretch: it shares events, or agents that only it has."""
    own = {agent for agent in stretch.agents if agent.endswith(stretch.label)}
    return not own.isdisjoint(finding.agents) or not set(stretch.events).isdisjoint(finding.members)


def caught(findings: Iterable[Finding], stretch: Stretch, tier: Tier) -> int | None:
    """Return when a stretch was first found by the detector that is there for it.

    What was said before it began was no finding of it.
    """
    name = FINDS[stretch.kind]
    times = [
        at
        for finding in findings
        if finding.detector == name and belongs(finding, stretch)
        for at in [reached(finding, tier)]
        if at is not None and at >= stretch.start
    ]
    return min(times, default=None)
