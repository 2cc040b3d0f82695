"""What is left out where the fleet is asked for roots changes nothing that it finds."""

from __future__ import annotations

import random

import pytest

from overheal.model import Event, Target
from overheal.run.backtest import hearing
from overheal.run.backtest.hearing import heard_of
from overheal.run.backtest.needs import FLEET_WANTED
from overheal.stages.telling import order
from overheal.store import Store
from tests.integration.backtest.test_same_flow_exact import OTHERS, check, judging, kept
from tests.support.histories import history
from tests.support.made import History, seconds

AGENTS = ("hpa", "hpa", "hpa", "sweeper", "kubelet", "healer")
SERVICES = ("svc-1", "svc-2", "svc-7", "checkout", "ledger", "far-1", "far-2", "far-3")


def amid_demand(seed: int, name: str, many: int = 250, **ways: bool) -> list[Event]:
    """Return a random history in the midst of what follows demand, a schedule or a rollout."""
    rng, own = random.Random(seed), history(seed, 200, name)
    made, last = History("d"), seconds(own[-1].time)
    for _ in range(many):
        at = rng.choice([rng.random() * last, seconds(rng.choice(own).time) + rng.random() * 100])
        fields = {
            "agent": rng.choice(AGENTS),
            "agent_kind": "autoscaler",
            "type": "scale",
            "trigger": rng.choice(["demand", "demand", "schedule", "rollout"]),
            "service": (service := rng.choice(SERVICES)),
            "scope": rng.choice(["a", "b", "shop"]),
            "target": Target("Deployment", rng.choice([service, f"svc-{rng.randrange(20)}"]), "x"),
        }
        if ways.get("long") and rng.random() < 0.5:
            made.action(at, at + rng.choice([1.0, 40.0, 900.0]), **fields)
        else:
            made.write(at, fields.pop("agent"), rng.randrange(9), **fields)
    return sorted([*own, *made.events], key=order)


@pytest.fixture
def left_out(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question to the fleet left anything out."""
    told: list[bool] = []

    def noting(*asked: object) -> hearing.Heard:
        heard = heard_of(*asked)  # type: ignore[arg-type]
        told.append(heard.wanted is not FLEET_WANTED)
        return heard

    monkeypatch.setattr(hearing, "LEAST", 0.0)
    monkeypatch.setattr("overheal.run.backtest.history.heard_of", noting)
    return told


@pytest.mark.parametrize("name", ["mass_action", "cascade"])
@pytest.mark.parametrize("seed", [0, 1, pytest.param(2, marks=pytest.mark.slow)])
def test_roots_are_those_that_analyze_finds(
    store: Store, left_out: list[bool], name: str, seed: int
):
    events = amid_demand(seed, name, long=seed % 2 == 1)
    kept(store, events)
    check(store, events, judging({}), judging({name: OTHERS[name]}))
    check(store, events, judging({}), judging({"recovery_frequency": {"critical_per_hour": 2}}))
    assert left_out


def test_what_follows_demand_on_the_same_targets_is_left_out(store: Store, left_out: list[bool]):
    events = amid_demand(1, "mass_action", 900)
    kept(store, events)
    check(store, events, judging({}), judging({"mass_action": OTHERS["mass_action"]}))
    assert left_out[0]


@pytest.mark.parametrize("hours", [1, 3])
def test_everything_is_told_where_an_action_is_told_for_longer_than_is_remembered(
    store: Store, left_out: list[bool], hours: int
):
    made = History("l")
    made.action(50.0, 50.0 + 3600 * hours, service="svc-1", agent="healer")
    events = sorted([*amid_demand(1, "mass_action"), *made.events], key=order)
    kept(store, events)
    check(store, events, judging({}), judging({"mass_action": OTHERS["mass_action"]}))
    assert left_out[0] == (hours < 2)


def test_everything_is_told_where_what_is_left_out_shares_a_moment_with_what_is_not(
    store: Store, left_out: list[bool]
):
    made = History("s")
    fields = {"agent": "hpa", "agent_kind": "autoscaler", "type": "scale", "trigger": "demand"}
    made.recovery(90_000.0, "far-1", agent="hpa")
    for start, end, action in ((80_000.0, 90_000.5, "b"), (75_000.0, 80_000.2, "c")):
        made.add(start, phase="started", service="far-1", action_id=action, **fields)
        made.add(end, service="far-1", action_id=action, **fields)
    events = sorted([*amid_demand(1, "mass_action"), *made.events], key=order)
    kept(store, events)
    check(store, events, judging({}), judging({"mass_action": OTHERS["mass_action"]}))
    assert not left_out[0]


@pytest.mark.parametrize("seed", range(3))
def test_services_that_were_never_recovered_make_no_difference_to_degradation(
    store: Store, seed: int
):
    events = amid_demand(seed, "masked_degradation", 300, long=seed == 1)
    kept(store, events)
    name = "masked_degradation"
    check(store, events, judging({}), judging({name: OTHERS[name]}))
