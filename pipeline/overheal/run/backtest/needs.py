"""Which events detectors ask for, and which of their fields: nothing else is read from the store.

What a detector is never told cannot change what it finds, so leaving it out is exact. What users
felt is always told, since tiers depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from overheal.detect.base import Detector
from overheal.model import HEARTBEAT, VARIANT
from overheal.run.backtest.plan import DISPROVES, overrides
from overheal.stages.rules import Rules
from overheal.state.facts import OVER_MEMORY
from overheal.store.past import FIELDS, PlaceName, StoredPlace, Wanted, of_actions, of_services
from overheal.store.sql import quoted

FELT = "user_visible"
ACTED = "(phase IN ('started', 'finished', 'verified') AND witness_of = '')"
"""What the fact reader takes in (`state.facts`)."""
SEEN = "(target_name != '' OR target_kind != '') AND new != '' AND witness_of = ''"
BRIEF = OVER_MEMORY
"""An action that is told within less than this is never forgotten in between (microseconds)."""

RECOVERS = "recovery"
TURNS_OUT = "(recovery OR outcome NOT IN ('', 'unknown'))"
"""What is an action that recovers, and one of these or one whose outcome is told."""
TOLD = "(phase IN ('finished', 'verified') AND witness_of = '' AND outcome NOT IN ('', 'unknown'))"
"""What tells an outcome."""

Service = tuple[str, str]
"""Environment and service."""

Lasting = Callable[[Collection[PlaceName], int, str], int]
"""How many actions of places, of which a condition holds, are told over at least so long (µs)."""

OF_RECOVERED = frozenset({"recovery_frequency", "masked_degradation", DISPROVES})
"""Detectors that remember each service by itself, and of one that was never recovered nothing; the
last of them only as the company of others, since it tells of attempts at anything."""

WORTH = 0.1
"""Such a share of the events has to be left out before it is worth asking whether it may be."""

READERS: dict[str, frozenset[str]] = {
    "document": frozenset(),
    "recovery_overridden": frozenset(),
    "labels": frozenset({"silent_automation"}),
    "prior_uptime": frozenset({"masked_degradation"}),
    "mandate": frozenset({"agent_conflict", "compound_hazard"}),
    "correlation_id": frozenset({"stale_basis", "undo_of_intent"}),
    "caused_by": frozenset(
        {"automation_in_drill", "compound_hazard", "stale_basis", "undo_of_intent"}
    ),
    "condition": frozenset(
        {"ineffective_recovery", "masked_degradation", "out_of_order_recovery"}
        | {"recovery_frequency"}
    ),
    "trigger": frozenset(
        {"agent_conflict", "compound_hazard", "masked_degradation", "signal_disagreement"}
        | {"stale_policy", "thrashing"}
    ),
    "detail": frozenset(
        {"authority_breach", "incomplete_action", "ineffective_recovery", "masked_degradation"}
        | {"out_of_order_recovery", "signal_disagreement", "silent_automation", "stale_basis"}
        | {"stale_policy", "undo_of_intent", "compound_hazard", "automation_in_drill"}
    ),
}
"""Fields that only these detectors of the scope stage read; all others are always read."""

FLEET_FIELDS = frozenset(FIELDS) - {"document", "labels", "detail", "prior_uptime"}
FLEET_WANTED = Wanted(
    FLEET_FIELDS,
    f"((phase IN ('started', 'finished') AND witness_of = '') OR {FELT})",
    f"({FELT} OR type = {quoted(HEARTBEAT)})",
)
"""What is condensed for the fleet stage (`stages.activity`)."""


def fields_of(rules: Rules) -> frozenset[str]:
    """Return the fields that these detectors of the scope stage read, and the stage itself."""
    present = {detector.name.removesuffix(VARIANT) for detector in rules.scope}
    return frozenset(
        name for name in FIELDS if name not in READERS or not present.isdisjoint(READERS[name])
    )


def counts_recoveries_only(rules: Rules) -> bool:
    """Return whether all that is told to these detectors is recoveries."""
    return not any(
        overrides(type(one), ("on_change", "on_observed", "on_outcome", "on_event"))
        for one in rules.scope
    )


def of_what(rules: Rules) -> str:
    """Return the condition that an action means anything to these detectors, "" where all may."""
    if counts_recoveries_only(rules):
        return RECOVERS
    alone = {detector.name.removesuffix(VARIANT) for detector in rules.scope} == {DISPROVES}
    return TURNS_OUT if alone else ""


def concerned(
    rules: Rules, stored: Collection[StoredPlace], services: Collection[Service] | None
) -> list[StoredPlace]:
    """Return the places whose actions matter to these detectors, where only `services` are asked.

    That is all, unless the detectors remember nothing of one service that matters to another.
    """
    names = {detector.name.removesuffix(VARIANT) for detector in rules.scope}
    if not names <= OF_RECOVERED:
        return list(stored)
    every = services is None
    return [
        place
        for place in stored
        if place.recoveries and (every or (place.environment, place.service) in (services or ()))
    ]


def wanted(
    rules: Rules,
    stored: Collection[StoredPlace],
    lasting: Lasting,
    services: Collection[Service] | None = None,
) -> Wanted:
    """Return what these detectors of the scope stage have to be told of some places.

    Where no action that matters is told for long (`lasting`), what is remembered of it depends on
    its own events alone. Actions that mean nothing to the detectors (`of_what`) may then be left
    out, and those of places that do not matter (`concerned`) altogether. Where not all, only
    `services` are asked.
    """
    fields = fields_of(rules)
    ours = concerned(rules, stored, services)
    names = [place.name for place in ours]
    acted, matters = ACTED, of_what(rules)
    spared = sum(one.events for one in stored) - sum(one.events for one in ours)
    if matters and not lasting(names, BRIEF, matters):
        acted = f"({ACTED} AND {of_actions(of_services(names), matters, BRIEF)})"
    elif spared > WORTH * sum(one.events for one in stored) and not lasting(names, BRIEF, RECOVERS):
        acted = f"({ACTED} AND {of_services(names)})"
    actions = {FELT, acted}
    observed = {FELT}
    for detector in rules.scope:
        for phase in _phases(detector):
            where = "detail != ''" if detector.needs_detail else "true"
            if phase:
                actions.add(f"(phase = {quoted(phase)} AND {where})")
            else:
                observed.add(where)
        if overrides(type(detector), ("on_observed",)):
            observed.add(f"({SEEN})")
    return Wanted(fields, f"({_any(actions)})", f"({_any(observed)})")


def _phases(detector: Detector[Any, Any]) -> Collection[str]:
    return detector.phases if overrides(type(detector), ("on_event",)) else ()


def _any(conditions: Collection[str]) -> str:
    return "true" if "true" in conditions else " OR ".join(sorted(conditions))
