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
from overheal.store.past import FIELDS, StoredPlace, Wanted, of_recoveries, of_services
from overheal.store.sql import quoted

FELT = "user_visible"
ACTED = "(phase IN ('started', 'finished', 'verified') AND witness_of = '')"
"""What the fact reader takes in (`state.facts`)."""
SEEN = "(target_name != '' OR target_kind != '') AND new != '' AND witness_of = ''"
BRIEF = OVER_MEMORY
"""An action that is told within less than this is never forgotten in between (microseconds)."""

OF_RECOVERED = frozenset({"recovery_frequency", "masked_degradation", DISPROVES})
"""Detectors that remember nothing of a service that was never recovered; the last of them only as
the company of others, since it tells of attempts at anything."""

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


def wanted(rules: Rules, stored: Collection[StoredPlace], lasting: Callable[[int], int]) -> Wanted:
    """Return what these detectors of the scope stage have to be told of some places.

    `lasting` says how many recovering actions there are told over at least so long (µs): where
    there are none, what is remembered of an action depends on its own events alone, and those of
    actions that recover nothing may be left out of what counts recoveries only, and those of
    services that were never recovered out of what remembers nothing of these.
    """
    fields = fields_of(rules)
    if counts_recoveries_only(rules) and not lasting(BRIEF):
        names = [place.name for place in stored]
        brief = f"({FELT} OR ({ACTED} AND {of_recoveries(names, BRIEF)}))"
        return Wanted(fields, brief, FELT)
    acted = ACTED
    if _leaves_out(rules, stored) and not lasting(BRIEF):
        acted = f"({ACTED} AND {of_services(one.name for one in stored if one.recoveries)})"
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


def _leaves_out(rules: Rules, stored: Collection[StoredPlace]) -> bool:
    """Return whether these detectors remember nothing of services to which much happened."""
    names = {detector.name.removesuffix(VARIANT) for detector in rules.scope}
    spared = sum(place.events for place in stored if not place.recoveries)
    return names <= OF_RECOVERED and spared > WORTH * sum(place.events for place in stored)


def _phases(detector: Detector[Any, Any]) -> Collection[str]:
    return detector.phases if overrides(type(detector), ("on_event",)) else ()


def _any(conditions: Collection[str]) -> str:
    return "true" if "true" in conditions else " OR ".join(sorted(conditions))
