"""Who hears nothing otherwise of successes that are taken back is not judged, and says the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from overheal.model import Event
from overheal.run.backtest import history as replaying
from overheal.run.backtest.swaying import swayed
from overheal.store import Store
from tests.integration.backtest.test_same_flow_exact import OTHERS, check, judging, kept
from tests.support.histories import history
from tests.support.made import History, catalog_of, in_order

BEFORE = {name: OTHERS[name] for name in ("masked_degradation", "recovery_frequency")}
SOONER = {"ineffective_recovery": {"verification_minutes": 5.0}}
AFTER = {**BEFORE, **SOONER}
SCOPES = ("shop", "far", "near")


def returning(seed: int, corrected: float, late: float = 0.0) -> list[Event]:
    """Return recoveries of three scopes whose trouble comes back, some of them corrected later."""
    rng, made, now = random.Random(seed), History("r"), 0.0
    for number in range(150):
        now += rng.choice([20.0, 90.0, 200.0, 300.0, 400.0, 20_000.0])
        scope = rng.choice(SCOPES)
        fields: dict[str, Any] = {"service": f"{scope}/{rng.random() < 0.2:d}", "scope": scope}
        fields |= {"action_id": f"back-{number}", "condition": rng.choice(["probe", "memory"])}
        if rng.random() < 0.5:
            made.recovery(now - rng.choice([1.0, 10.0]), phase="started", **fields)
        made.recovery(now, outcome=rng.choice(["succeeded"] * 4 + ["failed", "unknown"]), **fields)
        if rng.random() < corrected and scope != "near":
            wait = 2_000.0 if rng.random() < late else rng.choice([5.0, 450.0, 1_500.0])
            outcome = rng.choice(["succeeded", "ineffective", "failed", "unknown", "partial"])
            phase = rng.choice(["verified", "verified", "finished"])
            made.recovery(now + wait, **{**fields, "phase": phase, "outcome": outcome})
    return made.events


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In how many of the groups others were judged on both sides, each time."""
    told: list[int] = []

    def noting(*asked: Any) -> Any:
        found = swayed(*asked)
        told.append(len(found))
        return found

    monkeypatch.setattr(replaying, "swayed", noting)
    return told


@pytest.mark.parametrize("seed", range(4))
def test_others_are_judged_where_an_action_is_told_after_its_success_was_taken_back(
    store: Store, moved: list[int], seed: int
):
    events = in_order(returning(seed, 0.5, late=0.1 * (seed % 2)))
    kept(store, events)
    plain = catalog_of(services={})
    check(store, events, judging(BEFORE, plain), judging(AFTER, plain))
    late = seed % 2
    assert moved == [3 if late else 2], "in the third scope nothing is told afterwards"


def test_others_are_not_judged_where_nothing_is_told_afterwards(store: Store, moved: list[int]):
    events = in_order(returning(9, 0.0))
    kept(store, events)
    plain = catalog_of(services={})
    check(store, events, judging(BEFORE, plain), judging(AFTER, plain))
    assert moved == [0]


@pytest.mark.parametrize(
    "name", ["stale_basis", "undo_of_intent", "out_of_order_recovery", "mass_action", "cascade"]
)
def test_those_who_hear_of_outcomes_find_what_analyze_finds(store: Store, name: str):
    events = in_order([*history(3, 200, name), *returning(3, 0.5)])
    kept(store, events)
    for catalog in (None, catalog_of(services={})):
        check(store, events, judging(BEFORE, catalog), judging(AFTER, catalog))
        own = {**AFTER, name: OTHERS[name]}
        check(store, events, judging(BEFORE, catalog), judging(own, catalog))


def test_what_happens_in_a_drill_is_judged_on_both_sides(store: Store, moved: list[int]):
    events = in_order([*history(4, 150, "ineffective_recovery"), *returning(4, 0.0)])
    kept(store, events)
    check(store, events, judging(BEFORE), judging(AFTER))
    assert moved[0] > 0


@pytest.mark.parametrize(
    ("told_after", "found"), [(700.0, {"out_of_order_recovery"}), (500.0, set())]
)
def test_a_path_that_was_tried_in_vain_is_known_on_the_side_that_did_not_take_it_back(
    store: Store, moved: list[int], told_after: float, found: set[str]
):
    made = History("p")
    fields: dict[str, Any] = {"condition": "pool exhausted", "agent_kind": "script"}
    for start in (0.0, 200_000.0):
        first = {**fields, "action_id": f"first-{start}"}
        made.recovery(start, outcome="succeeded", **first)
        made.recovery(start + 600.0, outcome="unknown", **fields)
        made.recovery(start + told_after, phase="verified", outcome="failed", **first)
        made.recovery(start + 900.0, type="failover", outcome="unknown", **fields)
    kept(store, made.ordered())
    modes = {"pool_exhausted": {"symptom": "pool exhausted", "recovery": "restart"}}
    plain = catalog_of(services={"checkout": {"failure_modes": modes}})
    sides = check(store, made.ordered(), judging({}, plain), judging(SOONER, plain))
    assert moved == [1 if found else 0]
    assert {one.detector for one in sides.before} - {"ineffective_recovery"} == found
