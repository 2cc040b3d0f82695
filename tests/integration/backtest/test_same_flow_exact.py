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
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.flow import Flow
from overheal.model import Event, Finding, Status
from overheal.run.backtest import history as replaying
from overheal.run.backtest import places
from overheal.run.backtest.comparing import differences, paired
from overheal.run.backtest.history import Ask, History
from overheal.run.backtest.plan import Plan, planned, rules_from
from overheal.run.backtest.sides import Sides
from overheal.run.config.judging import to_judging
from overheal.stages.rules import RuleBook
from overheal.stages.telling import order
from overheal.store import Store, StoredEvent
from tests.support.histories import catalog, history
from tests.support.made import History as HistoryOf
from tests.support.made import catalog_of

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


def differing(before: Sequence[Finding], after: Sequence[Finding]) -> set[tuple[Any, ...]]:
    """Return everything that a backtest tells of two sides, but why."""
    return {
        (
            *(one.kind, one.is_page, one.seconds),
            *(side and (side.id, side.tier, side.summary) for side in sides),
            one.pair.merged and one.pair.merged.id,
        )
        for one in differences(paired(before, after))
        for sides in [(one.pair.before, one.pair.after)]
    }


def judging(settings: dict[str, dict[str, Any]], of: Catalog | None = None) -> bytes:
    return to_judging(settings, (of or catalog()).file)


def check(store: Store, events: Sequence[Event], before: bytes, after: bytes, **how: Any) -> Sides:
    """Hold a backtest against both analyses: what differing detectors find, and what differs."""
    declared = how.pop("declared", Declared())
    records = (*declared.expectations.values(), *declared.drills.values())
    end = max(event.time for event in events)
    ask = Ask(before, after, 0, NEVER, end, declared=records, **how)
    plan = planned(before, after)
    sides = History(store, ask, store.places(0, NEVER)).judged(plan)
    wanted = [analyzed(events, rules, declared) for rules in (before, after)]
    for found, every in zip((sides.before, sides.after), wanted, strict=True):
        own = [one for one in found if one.detector in plan.apart]
        assert told(own) == told([one for one in every if one.detector in plan.apart])
        if ask.all_pages:
            assert pages(found) <= pages(every)
    assert differing(sides.before, sides.after) == differing(*wanted)
    return sides


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(2))
def test_one_detector_with_other_settings_says_what_analyze_says(
    store: Store, name: str, seed: int
):
    events = history(seed, 250, name)
    kept(store, events)
    check(store, events, judging({}), judging({name: OTHERS[name]}))


def test_all_detectors_with_the_same_settings_find_the_same_on_both_sides(store: Store):
    events = history(7, 300)
    kept(store, events)
    rules = judging({})
    plan = Plan(frozenset(names()), frozenset(), frozenset(), ())
    ask = Ask(rules, rules, 0, NEVER, events[-1].time)
    sides = History(store, ask, store.places(0, NEVER)).judged(plan)
    assert told(sides.before) == told(sides.after)
    assert differences(paired(sides.before, sides.after)) == []
    assert told(sides.after) == told(analyzed(events, rules, Declared()))


@pytest.mark.parametrize("seed", range(2))
def test_every_detector_at_once_says_what_analyze_says(store: Store, seed: int):
    events = history(seed, 300)
    kept(store, events)
    check(store, events, judging({}), judging(OTHERS))


@pytest.mark.parametrize("seed", range(2))
def test_many_detectors_run_beside_their_variants_in_one_pass(store: Store, seed: int):
    events = history(100 + seed, 300)
    kept(store, events)
    others = {name: own for name, own in OTHERS.items() if name != "ineffective_recovery"}
    check(store, events, judging({}), judging(others), all_pages=seed == 0)


def test_a_catalog_that_moves_services_to_another_scope_is_replayed_whole(store: Store):
    events = history(5, 300)
    kept(store, events)
    moved = catalog_of(
        services={"checkout": {"scope": "elsewhere", "depends_on": ["ledger"]}, "ledger": {}},
        environments={"sandbox": ["production"]},
    )
    check(store, events, judging({}), judging({}, moved))


@pytest.mark.parametrize("name", ["recovery_frequency", "masked_degradation", "thrashing"])
def test_expectations_and_drills_hold_on_both_sides(store: Store, name: str):
    events = history(11, 300, name)
    kept(store, events)
    declared = Declared()
    first, last = events[0].time, events[-1].time
    declared.add(
        Expectation(
            id="expect-1",
            service="checkout",
            environment="",
            detector=name,
            count=2,
            per="hour",
            owner="web",
            reason="import",
            since=first,
            until=(first + last) // 2,
            author="",
            removed_at=None,
        )
    )
    declared.add(
        DeclaredDrill(
            id="drill-1",
            since=(first + last) // 3,
            until=(first + last) // 2,
            services=("ledger",),
            scopes=(),
            owner="web",
            no_automation=False,
            author="",
            ended_at=None,
        )
    )
    check(store, events, judging({}), judging({name: OTHERS[name]}), declared=declared)


@pytest.mark.parametrize("name", ["recovery_frequency", "thrashing", "compound_hazard"])
def test_pieces_and_slices_make_no_difference(
    store: Store, name: str, monkeypatch: pytest.MonkeyPatch
):
    events = history(13, 300, name)
    kept(store, events)
    whole = places.slices
    monkeypatch.setattr(places, "pieces", iter)
    monkeypatch.setattr(places, "slices", lambda *span: whole(*span, piece=40))
    check(store, events, judging({}), judging({name: OTHERS[name]}))


def test_a_crew_of_processes_finds_what_one_does(store: Store, monkeypatch: pytest.MonkeyPatch):
    events = history(17, 300)
    kept(store, events)
    monkeypatch.setattr(replaying, "ALONE", 0)
    monkeypatch.setattr(places, "pieces", iter)
    before, after = judging({}), judging({"recovery_frequency": {"per_hour": 1}})
    check(store, events, before, after, processes=2)


@pytest.mark.parametrize("gap", [10.0, 1_700.0, 1_900.0, 30_000.0])
def test_actions_told_over_a_long_time_count_as_often_as_in_analyze(store: Store, gap: float):
    made = HistoryOf()
    rng = random.Random(gap)
    for number in range(60):
        at = number * 400.0
        made.recovery(at, "checkout", phase="started", action_id=f"a{number}", outcome="")
        made.recovery(at + gap, "checkout", action_id=f"a{number}", duration=0.0)
        made.recovery(at + rng.random() * 4000, "checkout", recovery=False, type="scale")
    events = made.ordered()
    kept(store, events)
    check(store, events, judging({}), judging({"recovery_frequency": {"per_hour": 5}}))


def test_rows_that_were_written_twice_count_once(store: Store):
    events = history(19, 200)
    kept(store, events)
    store.write_events([StoredEvent(event=event) for event in events[::3]], token="again")
    check(store, events, judging({}), judging({"recovery_frequency": {"per_hour": 1}}))
