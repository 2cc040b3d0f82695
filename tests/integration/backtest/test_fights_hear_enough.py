"""What agents cannot fight over is left out where only their conflicts are sought, and no more."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from overheal.declared import Declared
from overheal.expectations import Expectation
from overheal.model import Event, Target
from overheal.run.backtest import fights, hearing
from overheal.run.backtest.fights import Fights, heard_of_fights
from overheal.run.backtest.needs import FLEET_WANTED
from overheal.store import Store
from tests.integration.backtest.test_same_flow_exact import OTHERS, check, judging, kept
from tests.support.histories import history
from tests.support.made import History, catalog_of, in_order

QUICK = {"agent_conflict": OTHERS["agent_conflict"]}
FIELDS = ("replicas", "minReplicas", "spec.max_replicas", "image", "weight")
ALONE = (("hpa", ""), ("keda", ""), ("ci", "delivery"), ("sweeper", "cost"))


@pytest.fixture
def spared(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bool]]:
    """Whether each question to a scope, and to the fleet, left anything out."""
    told: dict[str, list[bool]] = {"scope": [], "fleet": []}
    whole = Fights.told

    def of_scope(self: Fights, *asked: Any) -> str:
        found = whole(self, *asked)
        told["scope"].append(found != "true")
        return found

    def of_fleet(*asked: Any) -> Any:
        found = heard_of_fights(*asked)
        told["fleet"].append(found is not FLEET_WANTED)
        return found

    monkeypatch.setattr(fights, "WORTH", 0.0)
    monkeypatch.setattr(Fights, "told", of_scope)
    monkeypatch.setattr(hearing, "heard_of_fights", of_fleet)
    return told


def amid_others(seed: int, many: int = 260, **ways: bool) -> History:
    """Return writers each of which has fields of its own, and a few that meet on some."""
    rng, made = random.Random(seed), History("f")
    for _ in range(many):
        at, place = rng.random() * 60_000.0, rng.randrange(12)
        scope = ("shop", "far", "near")[place % 3]
        agent, mandate = ALONE[place % 4]
        fields: dict[str, Any] = {"service": f"{scope}/{place}", "scope": scope}
        fields |= {"field": FIELDS[place % 5], "mandate": mandate}
        fields |= {"trigger": rng.choice(["demand", "policy", "rollout"])}
        fields |= {"type": rng.choice(["scale", "scale", "cleanup"])}
        fields |= {"user_visible": rng.random() < 0.05}
        if place < 3 and rng.random() < 0.6:
            agent, fields["mandate"] = rng.choice(["gitops", "ada", "bob"]), ""
        if ways.get("two_fields") and rng.random() < 0.2:
            fields["action_id"] = f"wide-{rng.randrange(20)}"
        if ways.get("nameless") and place in (0, 5):
            fields["field"] = ""
        old = rng.choice([None, 4]) if ways.get("old", True) else 4
        action = fields.setdefault("action_id", f"write-{len(made.events)}")
        fields["outcome"] = rng.choice(["succeeded", "unknown", "failed"])
        if rng.random() < 0.3:
            made.write(at, agent, rng.randrange(6), old, phase="started", **fields)
            at += rng.choice([1.0, 700.0, 1_900.0 if ways.get("long") else 90.0])
        made.write(at, agent, rng.randrange(6), old, **{**fields, "action_id": action})
    return made


def late_stranger(made: History, rng: random.Random) -> None:
    """One more agent comes to a field at the very end, and fights over it."""
    for step in range(8):
        agent = ("stranger", ALONE[7 % 4][0])[step % 2]
        made.write(
            60_000.0 + step * 60, agent, step % 2, service="far/7", scope="far", field="image"
        )


def ring(made: History, _rng: random.Random) -> None:
    """Three agents undo each other in turn on a field that is otherwise one's own."""
    for step in range(12):
        agent = ("a-agent", "b-agent", "c-agent")[step % 3]
        place = {"service": "near/8", "scope": "near", "field": "weight"}
        made.write(30_000.0 + step * 60, agent, step % 3, **place)


def coupled(made: History, _rng: random.Random) -> None:
    """Two agents with mandates pull at the two ends, each of fields of its own."""
    for step in range(14):
        own = ("replicas", "latency", "hpa") if step % 2 else ("maxReplicas", "cost", "saver")
        fields = {"service": "far/4", "scope": "far", "field": own[0], "mandate": own[1]}
        value = 9 + step if step % 2 else 9 - step
        made.write(40_000.0 + step * 300, own[2], value, old=9, **fields)


def spread(made: History, _rng: random.Random) -> None:
    """Two agents meet once on each of many targets, which only the fleet adds up."""
    for step in range(10):
        on = {"target": f"t-{step // 2}", "service": f"far/{6 + step // 2}", "scope": "far"}
        made.write(20_000.0 + step * 60, ("left", "right")[step % 2], step % 2, **on)
        made.write(20_900.0 + step * 60, ("right", "left")[step % 2], step % 2, **on)


def chain(made: History, _rng: random.Random) -> None:
    """A write of one's own field is the cause of one that undoes another."""
    for step in range(9):
        own = made.write(10_000.0 + step * 100, "keda", step, service="far/1", scope="far")
        made.write(
            10_020.0 + step * 100,
            ("left", "right")[step % 2],
            step % 2,
            caused_by=(own.action_id,),
            service="near/2",
            scope="near",
            field="image",
        )


CLASHES = (late_stranger, ring, coupled, spread, chain)


@pytest.mark.parametrize("clash", CLASHES)
def test_conflicts_are_those_that_analyze_finds(
    store: Store, spared: dict[str, list[bool]], clash: Callable[[History, random.Random], None]
):
    made = amid_others(CLASHES.index(clash))
    clash(made, random.Random(1))
    kept(store, made.ordered())
    for catalog in (None, catalog_of(services={})):
        sides = check(store, made.ordered(), judging({}, catalog), judging(QUICK, catalog))
        assert sides.after, clash.__doc__
    assert all(spared["scope"] + spared["fleet"])


@pytest.mark.parametrize("way", ["two_fields", "nameless", "long"])
@pytest.mark.parametrize("seed", range(2))
def test_where_it_cannot_be_told_apart_everything_is_told(
    store: Store, spared: dict[str, list[bool]], way: str, seed: int
):
    made = amid_others(seed, **{way: True})
    spread(made, random.Random(seed))
    kept(store, made.ordered())
    plain = catalog_of(services={})
    check(store, made.ordered(), judging({}, plain), judging(QUICK, plain))
    assert spared["fleet"] == [False]


@pytest.mark.parametrize("seed", range(2))
def test_histories_of_every_kind_hold_no_conflict_more_or_less(
    store: Store, spared: dict[str, list[bool]], seed: int
):
    made = amid_others(seed + 20)
    events = in_order([*history(seed, 200, "agent_conflict"), *made.events])
    kept(store, events)
    check(store, events, judging({}), judging(QUICK))
    check(store, events, judging({}), judging({"thrashing": OTHERS["thrashing"], **QUICK}))
    assert spared["scope"]


def test_expectations_hold_for_conflicts_too(store: Store, spared: dict[str, list[bool]]):
    made = amid_others(31)
    late_stranger(made, random.Random(2))
    events = made.ordered()
    kept(store, events)
    declared = Declared()
    declared.add(
        Expectation(
            id="expect-1",
            service="7",
            environment="",
            detector="agent_conflict",
            count=2,
            per="hour",
            owner="web",
            reason="import",
            since=events[0].time,
            until=events[-1].time,
            author="",
            removed_at=None,
        )
    )
    plain = catalog_of(services={})
    check(store, events, judging({}, plain), judging(QUICK, plain), declared=declared)
    assert not spared["scope"]


def test_a_single_writer_of_everything_leaves_nothing_to_tell(
    store: Store, spared: dict[str, list[bool]], monkeypatch: pytest.MonkeyPatch
):
    made = History()
    for step in range(60):
        target = Target("Deployment", f"t-{step % 5}", "shop")
        made.write(step * 60.0, "hpa", step % 4, target=target)
    kept(store, made.ordered())
    told: list[Event] = []
    whole = store.retold

    def noting(*asked: Any) -> bytes:
        assert "(user_visible OR" in asked[1].actions
        assert "AND false" in asked[1].actions
        told.append(made.events[0])
        return whole(*asked)

    monkeypatch.setattr(store, "retold", noting)
    plain = catalog_of(services={})
    check(store, made.ordered(), judging({}, plain), judging(QUICK, plain))
    assert told
    assert spared == {"scope": [True], "fleet": [True]}


@pytest.mark.parametrize("apart", [5.0, 1_900.0])
def test_an_action_writes_once_whatever_else_is_left_out(
    store: Store, spared: dict[str, list[bool]], apart: float
):
    made = amid_others(41)
    for step in range(12):
        agent, at = ("left", "right")[step % 2], step * 3_000.0
        own = {"action_id": f"twice-{step}", "service": "far/7", "scope": "far"}
        if agent == "left":
            made.write(at - apart, agent, step, field="left's", **own)
        made.write(at, agent, step % 2, field="image", **own)
    kept(store, made.ordered())
    plain = catalog_of(services={})
    sides = check(store, made.ordered(), judging({}, plain), judging(QUICK, plain))
    assert not [one for one in sides.after if one.agents == ["left", "right"]]
    assert spared == {"scope": [apart < 1_800.0], "fleet": [False]}
