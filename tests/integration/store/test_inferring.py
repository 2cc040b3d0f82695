"""Links between events that rules infer: what they are, how sure, and what takes them back."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from overheal.causal.inferring import PRIOR, Rate, confidence
from overheal.model import DAY, MINUTE, Event, Target
from overheal.report.causal.words import how
from overheal.run.config.judging import to_judging
from overheal.store import Store, StoredEvent, TimedInput
from overheal.testing.simulate.making import action, observation
from tests.integration.store.made import START
from tests.support.made import catalog_of

CONFIG: dict[str, Any] = {"agent": "gitops", "kind": "workflow", "trigger": "rollout"}
FAILED: dict[str, Any] = {"agent": "kubelet", "kind": "platform", "trigger": "failure"}


def put(store: Store, *events: Event) -> None:
    store.write_events([StoredEvent(event) for event in events])


def deploy(name: str, time: int, service: str = "shop/cart") -> Event:
    return action(f"e-{name}", time, action_id=name, type_="deploy", service=service, **CONFIG)


def restart(name: str, time: int, service: str = "shop/cart", **changes: Any) -> Event:
    fields = {**FAILED, "type_": "restart", "service": service, **changes}
    return action(f"e-{name}", time, action_id=name, **fields)


def links(store: Store, *effects: str) -> dict[tuple[str, str], tuple[str, float]]:
    store.settle()
    return {
        (edge.cause, edge.effect): (edge.reason, round(edge.confidence, 3))
        for edge in store.causes_of(effects)
        if edge.kind == "inferred"
    }


def test_a_restart_soon_after_a_deploy_of_its_service_is_inferred_to_come_from_it(store):
    put(store, deploy("d", START), deploy("other", START, "shop/web"))
    put(store, restart("r", START + MINUTE), restart("late", START + 20 * MINUTE))
    put(store, restart("hand", START + MINUTE, kind="human"))
    assert links(store, "r", "late", "hand") == {("d", "r"): ("deploy", PRIOR["deploy"][0])}
    assert {row.root: row.depth for row in store.roots_of(["r"])} == {"d": 1}
    (edge,) = store.causes_of(["r"])
    assert how(edge) == "inferred: soon after a deploy of the same service, 50 % sure"


def test_what_declares_its_cause_is_not_guessed_at_and_takes_guesses_back(store):
    put(store, deploy("d", START), restart("r", START + MINUTE, caused_by=("x",)))
    assert links(store, "r") == {}
    put(store, restart("s", START + 2 * MINUTE))
    assert list(links(store, "s")) == [("d", "s")]
    later = restart("s", START + 3 * MINUTE, phase="verified", caused_by=("y",))
    put(store, msgspec.structs.replace(later, id="e-s2"))
    assert links(store, "s") == {}
    assert [(edge.cause, edge.kind) for edge in store.causes_of(["s"])] == [("y", "declared")]


def test_pods_move_since_their_node_was_lost_and_replicas_bring_pressure_that_evicts(store):
    node = Target("Node", "node-1")
    lost = observation("lost", START, kind="symptom", signal="node_ready", target=node)
    moved = restart(
        "moved", START + MINUTE, type_="reschedule", field="node", old="node-1", new="node-2"
    )
    put(store, lost, moved)
    assert links(store, "moved")["lost", "moved"] == ("node", PRIOR["node"][0])
    at = START + DAY
    more = action(
        "e-more", at, action_id="more", agent="hpa", kind="autoscaler", type_="scale",
        trigger="demand", service="shop/web", field="replicas", old=2, new=9,
    )  # fmt: skip
    short = observation("short", at + MINUTE // 2, kind="symptom", signal="MemoryPressure",
        target=node)  # fmt: skip
    out = restart("out", at + MINUTE, type_="evict")
    put(store, more, short, out)
    found = links(store, "short", "out")
    assert found["more", "short"][0] == "pressure"
    assert found["short", "out"][0] == "relief"
    assert {row.root: row.depth for row in store.roots_of(["out"])} == {"more": 2}


def test_a_write_that_takes_back_what_another_agent_wrote_follows_from_it(store):
    target = Target("Deployment", "web", "shop")

    def write(name: str, agent: str, at: int, old: int, new: int) -> Event:
        return action(
            f"e-{name}", at, action_id=name, agent=agent, kind="script", type_="scale",
            service="shop/web", target=target, field="replicas", old=old, new=new,
        )  # fmt: skip

    put(
        store,
        write("up", "hpa", START, 2, 9),
        write("down", "saver", START + MINUTE, 9, 2),
        write("own", "saver", START + 2 * MINUTE, 2, 9),
    )
    assert links(store, "up", "down", "own") == {("up", "down"): ("target", PRIOR["target"][0])}


def test_a_recovery_soon_after_one_of_what_the_catalog_says_it_needs_follows_from_it(store):
    catalog = catalog_of(services={"cart": {"depends_on": ["orders-db"]}})
    store.write_inputs([TimedInput("rules", 0, "d", to_judging({}, catalog.file).decode())])
    put(store, restart("db", START, "shop/orders-db"), restart("c", START + MINUTE // 6))
    put(store, restart("w", START + MINUTE // 6, "shop/web"))
    store._engine.command(
        "INSERT INTO causal_rates SELECT 'dependency', 'production', 0, 90, 9, 0.9, now64(6)"
    )
    rate = Rate("dependency", "production", 0, 90, 9.0)
    assert confidence(rate) > 0.8
    found = links(store, "c", "w")
    if store._engine.connection.alone:
        assert found == {}, "a short history of one's own has the prior, which is too little"
    else:
        assert found == {("db", "c"): ("dependency", 0.9)}


@pytest.mark.parametrize(("brings", "expected"), [(True, True), (False, False)])
def test_how_sure_it_is_follows_from_the_store_s_own_history(store, brings, expected):
    dice = random.Random(5)
    events = []
    for number in range(60):
        at = START + number * DAY // 3 + dice.randrange(DAY // 6)
        events.append(deploy(f"d-{number}", at))
        if brings and number % 2:
            events.append(restart(f"r-{number}", at + dice.randrange(MINUTE, 5 * MINUTE)))
    events += [
        restart(f"x-{number}", START + dice.randrange(20 * DAY))
        for number in range(10 if brings else 3_000)
    ]
    put(store, *sorted(events, key=lambda event: event.time))
    found = links(store, *(event.action_id for event in events))
    rates = store._engine.rows(
        "SELECT sum(seen), sum(by_chance) FROM causal_rates FINAL WHERE rule = 'deploy'"
    )
    seen, by_chance = rates[0]
    assert (seen > 2 * by_chance) == expected, rates
    right = [pair for pair in found if pair[0][2:] == pair[1][2:]]
    assert (len(right) > 25) == expected
    assert len(found) - len(right) < 4


def test_settling_again_infers_nothing_twice(store):
    put(store, deploy("d", START), restart("r", START + MINUTE))
    first = links(store, "r")
    assert links(store, "r") == first
    put(store, deploy("d", START), restart("r", START + MINUTE))
    assert links(store, "r") == first
    assert store._engine.rows("SELECT count() FROM causal_inferred") == [(1,)]
