"""Fights through different fields of one thing, one sentence a test."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.detect.agent_conflict import AgentConflict
from overheal.detect.agent_conflict.coupled import direction_of
from overheal.model import Status, Target, Tier
from tests.support.made import HOUR, MINUTE, History, flow_of, moment, only, told

NAME = "agent_conflict"
NODES = Target("NodePool", "checkout", "", "prod-1")


def pulls(*steps: tuple[str, str, Any, Any], gap: float = 3 * MINUTE, **fields: Any) -> History:
    """Return writes of (agent, field, value, old), one after another."""
    made = History()
    mandates = {"hpa": "latency", "saver": "cost", "steer": "latency", "check": "availability"}
    for number, (agent, field, value, old) in enumerate(steps):
        target = NODES if field in ("nodes", "node_count") else "checkout"
        given = {"mandate": mandates.get(agent, ""), "trigger": "policy", **fields}
        made.write(number * gap, agent, value, old, field=field, target=target, **given)
    return made


def tug(turns: int = 4, more: str = "replicas", less: str = "nodes") -> list[tuple[Any, ...]]:
    """Return turns in which one agent grows what the other shrinks."""
    return [
        ("hpa", more, 4 + turn, 3 + turn) if turn % 2 == 0 else ("saver", less, 9 - turn, 10 - turn)
        for turn in range(turns)
    ]


def found(made: History, **chosen: Any):
    return told(made, flow=flow_of([AgentConflict]), **chosen)


def test_the_third_answer_in_the_opposite_direction_is_a_fight():
    assert found(pulls(*tug(3))) == []
    one = only(found(pulls(*tug(4))), NAME)
    assert (one.tier, one.count, one.agents) == (Tier.ACTIONABLE, 3, ["hpa", "saver"])
    assert one.detected_at == moment(9 * MINUTE)
    assert one.service == "checkout"


def test_it_names_what_each_pushes_where_and_for_what():
    one = only(found(pulls(*tug(4))), NAME)
    assert one.evidence["mandates"] == {"hpa": "latency", "saver": "cost"}
    assert one.evidence["field"] == "replicas and nodes"
    assert "hpa (latency) pushes replicas of Deployment shop/checkout up" in one.summary
    assert "saver (cost) pushes nodes of NodePool prod-1/checkout down" in one.summary
    assert one.member_count == 4


def test_weight_and_health_are_coupled():
    steps = [
        ("steer", "weight", 50 + turn, 40 + turn)
        if turn % 2 == 0
        else ("check", "health", "unhealthy", "healthy")
        for turn in range(4)
    ]
    assert only(found(pulls(*steps)), NAME).evidence["group"] == "traffic"


def test_an_autoscaler_and_a_node_autoscaler_that_follow_each_other_do_not_fight():
    steps, size = [], 4
    for turn in range(12):
        step = 2 if turn % 2 == 0 else -2
        steps += [("hpa", "replicas", size + step, size), ("saver", "nodes", size + step, size)]
        size += step
    assert found(pulls(*steps)) == []


def test_an_agent_that_turns_round_by_itself_ends_the_run():
    steps = tug(3)
    steps += [("hpa", "replicas", 3, 6), *tug(3)]
    assert found(pulls(*steps)) == []


def test_two_steps_of_one_agent_in_one_direction_are_one_turn():
    steps = [step for step in tug(4) for _ in range(2)]
    steps = [(a, f, v + n % 2, o + n % 2) for n, (a, f, v, o) in enumerate(steps)]
    steps = [
        (a, f, v - 2 * (n % 2), o - 2 * (n % 2)) if a == "saver" else (a, f, v, o)
        for n, (a, f, v, o) in enumerate(steps)
    ]
    assert only(found(pulls(*steps)), NAME).count == 3


@pytest.mark.parametrize(("gap", "fires"), [(15 * MINUTE, True), (15 * MINUTE + 1, False)])
def test_each_answers_within_a_quarter_of_an_hour(gap, fires):
    assert bool(found(pulls(*tug(4), gap=gap))) is fires


def test_the_same_mandate_pulls_at_one_end():
    assert found(pulls(*tug(6), mandate="cost")) == []


def test_agents_whose_mandate_nobody_stated_are_not_accused():
    assert found(pulls(*tug(6), mandate="")) == []


def test_a_person_without_a_stated_mandate_is_not_accused():
    assert found(pulls(*tug(6), mandate="", agent_kind="human")) == []


@pytest.mark.parametrize("fields", [{"trigger": "rollout"}, {"type": "cleanup"}])
def test_rollouts_and_clean_up_do_not_push(fields):
    assert found(pulls(*tug(6), **fields)) == []


def test_fields_of_different_groups_are_not_coupled():
    assert found(pulls(*tug(6, less="weight"))) == []
    assert found(pulls(*tug(6, more="timeout"))) == []


def test_services_are_apart():
    made = pulls(*tug(6))
    apart = History()
    for event in made.events:
        service = "checkout" if event.agent == "hpa" else "ledger"
        apart.write(
            (event.time - made.events[0].time) / 1e6,
            event.agent,
            event.new,
            event.old,
            field=event.field,
            mandate=event.mandate,
            service=service,
        )
    assert found(apart) == []


def test_the_same_field_of_the_same_target_is_left_to_the_direct_contest():
    made = pulls(*[("hpa", "replicas", 8, 3), ("saver", "replicas", 3, 8)] * 3)
    one = only(found(made), NAME)
    assert not one.subject.startswith("coupled")


def test_what_a_value_was_before_is_remembered_where_nobody_says_it():
    steps = [(agent, field, value, None) for agent, field, value, _ in tug(6)]
    assert only(found(pulls(*steps)), NAME).count == 3


def test_a_third_agent_ends_the_run():
    steps = tug(3)
    steps.insert(2, ("keda", "workers", 5, 4))
    assert found(pulls(*steps)) == []


def test_it_grows_louder_and_resolves_when_the_window_is_past():
    one = only(found(pulls(*tug(13)), until=12 * HOUR), NAME)
    assert (one.tier, one.count, one.status) == (Tier.CRITICAL, 12, Status.RESOLVED)
    assert one.resolved_at == moment(10 * 3 * MINUTE + 6 * HOUR)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (3, 5, 1),
        (5, 3, -1),
        (3, 3, 0),
        (None, 3, 0),
        (True, False, -1),
        (None, "Out-Of-Service", -1),
        ("down", "up", 1),
        ("v1", "v2", 0),
        ("3", 4, 0),
    ],
)
def test_a_direction_is_only_told_where_it_is_known(before, after, wanted):
    assert direction_of(before, after) == wanted


@pytest.mark.parametrize(("before", "fires"), [(HOUR - 1, False), (HOUR, True)])
def test_who_pushed_the_other_way_within_the_hour_has_no_side(before, fires):
    made = pulls(*tug(4))
    made.write(-before, "hpa", 3, 9, mandate="latency", trigger="policy")
    assert bool(found(made)) is fires
