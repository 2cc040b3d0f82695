"""Beyond what is remembered: a threshold that is allowed is reached, a count never says too much."""

from __future__ import annotations

import random

import pytest

from overheal.detect.agent_conflict import AgentConflict
from overheal.detect.cascade import Cascade
from overheal.detect.compound_hazard import CompoundHazard, crowds
from overheal.detect.recovery_frequency import SURE, RecoveryFrequency
from overheal.detect.thrashing import TURNS_SURE, Thrashing
from overheal.model import HOUR, Tier
from overheal.state import rolling
from overheal.state.facts import ACTION_MEMORY, OVER_MEMORY, FactReader
from overheal.state.memory import RecentKeys
from overheal.state.rolling import RollingCount
from tests.support.made import History, catalog_of, flow_of, told


def test_the_highest_recoveries_that_may_be_asked_for_are_counted():
    made = History()
    for number in range(SURE + 500):
        made.recovery(number / 2)
    settings = {"recovery_frequency": {"per_hour": SURE - 1, "critical_per_hour": SURE}}
    (one,) = told(made, flow=flow_of([RecoveryFrequency], settings=settings))
    assert one.tier is Tier.CRITICAL
    assert one.evidence["per_hour"] <= SURE + 500


def test_the_highest_reversals_that_may_be_asked_for_are_counted():
    made = History()
    for number in range(TURNS_SURE + 400):
        made.write(number * 4.0, "hpa", f"v{number % 2}")
    settings = {"thrashing": {"reversals": TURNS_SURE, "critical_reversals": TURNS_SURE}}
    (one,) = told(made, flow=flow_of([Thrashing], settings=settings), until=1e6)
    assert one.tier is Tier.CRITICAL
    assert one.resolved_at is not None


@pytest.mark.parametrize("fields", [("replicas", "replicas"), ("replicas", "nodes")])
def test_the_highest_reversals_of_two_agents_that_may_be_asked_for_are_counted(fields):
    made, values = History(), {"replicas": 3, "nodes": 9}
    for number in range(520):
        field, way = fields[number % 2], 1 - 2 * (number % 2)
        values[field] += way
        agent, mandate = (("hpa", "latency"), ("saver", "cost"))[number % 2]
        made.write(number * 20.0, agent, values[field], values[field] - way, field=field,
                   mandate=mandate)  # fmt: skip
    settings = {"agent_conflict": {"reversals": 99, "critical_reversals": 500}}
    found = told(made, flow=flow_of([AgentConflict], settings=settings), until=1e6)
    assert [one.tier for one in found] == [Tier.CRITICAL]


def test_the_deepest_chain_that_may_be_asked_for_is_followed():
    made, last = History(), ""
    for number in range(24):
        causes = (last,) if last else ()
        event = made.recovery(number * 10.0, f"s{number}", agent=f"a{number}", caused_by=causes)
        last = event.action_id
    settings = {"cascade": {"depth": 20, "critical_depth": 20}}
    (one,) = told(made, flow=flow_of([Cascade], settings=settings))
    assert one.tier is Tier.CRITICAL


@pytest.mark.parametrize("seed", range(20))
def test_a_count_that_forgot_is_a_lower_bound(seed, monkeypatch):
    rng = random.Random(seed)
    few, all_of_it = RollingCount(HOUR), RollingCount(HOUR)
    made, now = History(), 0.0
    for _ in range(120):
        now += rng.choice([1.0, 30.0, 300.0])
        count = rng.choice([1, 1, 1, 4])
        event = made.recovery(now, count=count, first_at=now - rng.choice([0, 60, 4000]))
        member = rolling.Member(event.time, event.id, "kubelet", "restart", "", count)
        with monkeypatch.context() as small:
            small.setattr(rolling, "SINGLES_KEPT", 20)
            small.setattr(rolling, "BURSTS_KEPT", 5)
            few.add(member, event.first_at)
        all_of_it.add(member, event.first_at)
        inside = [one for one in made.events if event.time - HOUR < one.time]
        assert few.count(event.time) <= all_of_it.count(event.time)
        if len(inside) <= 5:
            assert few.count(event.time) == all_of_it.count(event.time)


def test_an_action_that_outlasts_what_is_remembered_counts_again_and_no_other_does():
    under_way, untold = (RecentKeys(ACTION_MEMORY, most=3) for _ in range(2))
    reader = FactReader(under_way, untold, RecentKeys(OVER_MEMORY, most=3))
    made = History()
    made.add(0, phase="started", action_id="long")
    for number in range(8):
        made.action(number + 1.0, number + 1.5, action_id=f"short-{number}")
    made.add(20, action_id="long", duration=20.0)
    facts = [reader.read(event) for event in made.events]
    assert sum(fact is not None and fact.recovery is not None for fact in facts) == 9
    for number in range(8):
        made.add(30.0 + number, phase="started", action_id=f"open-{number}")
        facts.append(reader.read(made.events[-1]))
    made.add(50, phase="started", action_id="late")
    reader.read(made.events[-1])
    for number in range(8):
        made.add(60.0 + number, phase="started", action_id=f"more-{number}")
        reader.read(made.events[-1])
    made.add(90, action_id="late")
    again = reader.read(made.events[-1])
    assert again is not None
    assert again.recovery is not None


def test_what_ends_without_an_outcome_crowds_out_nothing_that_is_under_way():
    reader, made = FactReader.new(), History()
    made.add(0, phase="started", action_id="long")
    for number in range(30_000):
        made.add(1 + number / 100, action_id=f"untold-{number}", outcome="unknown")
    made.add(400, action_id="long", outcome="succeeded")
    facts = [reader.read(event) for event in made.events]
    assert facts[0] is not None
    assert facts[0].recovery is not None
    assert facts[-1] is not None
    assert facts[-1].recovery is None
    assert len(reader.actions) <= 1
    assert len(reader.untold) <= 25_000


def crowd(acts: int) -> History:
    """Return two agents on the database, and many other acts of the first before a third comes."""
    made = History()
    for agent, mandate in (("perf", "latency"), ("saver", "cost")):
        made.add(0.0, agent=agent, mandate=mandate, service="db", trigger="policy", type="scale")
    for number in range(acts):
        made.add(1.0 + number * 100 / acts, agent="perf", mandate="latency", trigger="policy",
                 service=f"s{number}", type="scale")  # fmt: skip
    made.add(110.0, agent="router", mandate="safety", service="db", trigger="policy", type="scale")
    return made


@pytest.mark.parametrize(
    ("acts", "fires"), [(crowds.ACTS_KEPT - 1, True), (crowds.ACTS_KEPT, False)]
)
def test_an_agent_that_does_a_lot_at_once_still_meets_others(acts, fires):
    names = {f"s{number}": {"scope": "shop"} for number in range(acts)}
    known = catalog_of(services={"db": {"scope": "shop"}, **names})
    found = told(crowd(acts), flow=flow_of([CompoundHazard], catalog=known))
    assert bool(found) is fires
