"""What a backtest says is what `analyze` would have said, whatever it left unread."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from overheal.catalog import Catalog
from overheal.declared import Declared
from overheal.detect.registry import names
from overheal.flow import Flow
from overheal.model import Event, Finding, Status
from overheal.run.backtest import history as replaying
from overheal.run.backtest.history import Ask, History
from overheal.run.backtest.plan import planned, rules_from
from overheal.run.config.judging import to_judging
from overheal.stages.rules import RuleBook
from overheal.stages.telling import order
from overheal.store import Store, StoredEvent
from tests.support.histories import catalog, history

NEVER = 2**62
OTHERS: dict[str, dict[str, Any]] = {
    "recovery_frequency": {"per_hour": 1, "critical_per_hour": 3},
    "masked_degradation": {"episode_error": 0.05, "burst_error": 0.05, "lasting_hours": 1.0},
    "thrashing": {"reversals": 2, "critical_reversals": 4},
    "agent_conflict": {"reversals": 2, "critical_reversals": 4},
    "compound_hazard": {"agents": 2, "window_seconds": 600.0},
    "undo_of_intent": {"agent_hours": 5.0},
    "stale_basis": {"tolerance_seconds": 600.0},
    "ineffective_recovery": {"verification_minutes": 5.0, "failures": 2},
    "signal_disagreement": {"healthy": 1},
    "authority_breach": {"bind_platform": True},
    "out_of_order_recovery": {"trouble_minutes": 5.0},
    "incomplete_action": {"factor": 1.0, "default_minutes": 2.0},
    "silent_automation": {"reports": 5, "missing": 2},
    "stale_policy": {"grace_days": 1.0},
    "automation_in_drill": {"actions": 2},
    "cascade": {"depth": 2, "critical_depth": 3},
    "mass_action": {"targets": 3, "critical_share": 0.1},
}


def kept(store: Store, events: Sequence[Event]) -> None:
    store.write_events([StoredEvent(event=event) for event in events])


def analyzed(events: Sequence[Event], judging: bytes, declared: Declared) -> list[Finding]:
    """Judge everything in one go, as `analyze` does."""
    flow = Flow(RuleBook(rules_from(judging), declared), lateness=0)
    known: dict[str, Finding] = {}
    ordered = sorted(events, key=order)
    for start in range(0, len(ordered), 50):
        known.update({one.id: one for one in flow.judge(ordered[start : start + 50]).findings})
    known.update({one.id: one for one in flow.advance(ordered[-1].time)})
    known.update({one.id: one for one in flow.relate(list(known.values()))})
    return list(known.values())


def told(findings: Sequence[Finding]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            *(one.id, one.tier, one.status, one.detected_at, one.last_at, one.summary),
            *(tuple(one.members), one.tier_history, json.dumps(one.evidence)),
        )
        for one in findings
    )


def pages(findings: Sequence[Finding]) -> set[str]:
    return {
        one.id
        for one in findings
        if one.tier == 3 and not one.inhibited_by and one.status in (Status.OPEN, Status.RESOLVED)
    }


def judging(settings: dict[str, dict[str, Any]], of: Catalog | None = None) -> bytes:
    return to_judging(settings, (of or catalog()).file)


def check(store: Store, events: Sequence[Event], before: bytes, after: bytes, **how: Any) -> None:
    declared = how.pop("declared", Declared())
    records = (*declared.expectations.values(), *declared.drills.values())
    end = max(event.time for event in events)
    ask = Ask(before, after, 0, NEVER, end, declared=records, **how)
    plan = planned(before, after)
    sides = History(store, ask, store.places(0, NEVER)).judged(plan)
    for found, rules in ((sides.before, before), (sides.after, after)):
        every = analyzed(events, rules, declared)
        wanted = [one for one in every if one.detector in plan.judged]
        assert told(found) == told(wanted)
        assert pages(found) == pages(wanted)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(4))
def test_one_detector_with_other_settings_says_what_analyze_says(
    store: Store, name: str, seed: int
):
    events = history(seed, 250, name)
    kept(store, events)
    check(store, events, judging({}), judging({name: OTHERS[name]}))
