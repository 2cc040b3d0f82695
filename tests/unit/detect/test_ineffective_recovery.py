"""`ineffective_recovery`: what design and documentation say of endless failure, as tests."""

from __future__ import annotations

from overheal.model import Status, Target, Tier
from tests.support.made import HOUR, MINUTE, History, moment, of, only, told

NAME = "ineffective_recovery"


ATTEMPT = {"type": "scale", "name": "Create", "agent": "controller", "trigger": "demand"}


def attempts(*outcomes: str, every: float = 10 * MINUTE, **fields) -> History:
    made = History()
    attempt = {**ATTEMPT, "condition": "quota"}
    for number, outcome in enumerate(outcomes):
        made.add(number * every, outcome=outcome, **{**attempt, **fields})
    return made


def test_three_failures_in_a_row_are_actionable():
    assert told(attempts("failed", "failed")) == []
    found = only(told(attempts("failed", "failed", "failed")), NAME)
    assert (found.tier, found.count) == (Tier.ACTIONABLE, 3)
    assert "controller has tried Create for checkout 3 times" in found.summary
    assert "quota" in found.summary


def test_three_within_ten_minutes_may_still_be_a_retry():
    assert told(attempts("failed", "failed", "failed", every=4 * MINUTE)) == []
    assert told(attempts("failed", "failed", "failed", every=5 * MINUTE))


def test_a_success_in_between_begins_the_row_anew():
    assert told(attempts("failed", "failed", "succeeded", "failed", "failed")) == []


def test_unknown_is_neither_success_nor_failure():
    found = only(told(attempts("failed", "unknown", "failed", "unknown", "failed")), NAME)
    assert found.count == 3


def test_it_resolves_when_the_attempt_succeeds():
    found = only(told(attempts("failed", "failed", "failed", "succeeded")), NAME)
    assert (found.status, found.resolved_at) == (Status.RESOLVED, moment(30 * MINUTE))


def test_it_resolves_when_nobody_has_tried_for_two_hours():
    found = only(told(attempts("failed", "failed", "failed"), until=3 * HOUR), NAME)
    assert found.resolved_at == moment(20 * MINUTE + 2 * HOUR)


def test_another_reason_is_another_row():
    made = attempts("failed", "failed")
    for number in range(2):
        made.add((number + 3) * 600, **ATTEMPT, condition="image", outcome="failed")
    assert told(made) == []


def test_a_success_ends_the_rows_of_all_reasons():
    made = attempts("failed", "failed", "failed")
    made.add(2000, **ATTEMPT, condition="fine")
    assert only(told(made), NAME).status is Status.RESOLVED


def test_a_counter_of_failures_counts_as_many():
    made = attempts()
    made.add(1000, type="scale", agent="controller", outcome="failed", count=18, first_at=0.0)
    found = only(told(made), NAME)
    assert (found.count, found.member_count, found.first_at) == (18, 1, moment(0))


def test_an_action_reported_twice_fails_once():
    made = History()
    for number in range(2):
        for witness in range(3):
            made.add(
                number * 900 + witness,
                outcome="failed",
                action_id=f"attempt-{number}",
                agent="controller",
            )
    assert of(told(made), NAME) == []


def test_a_verification_that_failed_counts_as_a_failure():
    made = History()
    for number in range(3):
        fields = {"action_id": f"attempt-{number}", "agent": "controller"}
        made.add(number * 900, outcome="succeeded", **fields)
        made.add(number * 900 + 60, phase="verified", outcome="failed", **fields)
    assert of(told(made), NAME) == []
    for number in range(3):
        made.add(9000 + number * 900, outcome="unknown", action_id=f"b-{number}")
        made.add(
            9060 + number * 900, phase="verified", outcome="ineffective", action_id=f"b-{number}"
        )
    assert only(told(made), NAME).count == 3


def test_people_may_try_as_often_as_they_like():
    assert told(attempts(*["failed"] * 9, agent="ada", agent_kind="human")) == []


def test_pods_that_change_their_names_are_one_attempt_but_nodes_are_many():
    made = History()
    for number in range(4):
        pod = Target("Pod", f"checkout-{number}", "shop")
        made.add(number * 600, outcome="failed", type="scale", target=pod)
    assert only(told(made), NAME).count == 4
    made = History()
    for number in range(4):
        node = Target("Node", f"node-{number}")
        made.add(number * 600, outcome="failed", type="drain", target=node, service="")
    assert of(told(made), NAME) == []


def test_it_does_not_escalate():
    assert only(told(attempts(*["failed"] * 60)), NAME).tier is Tier.ACTIONABLE
