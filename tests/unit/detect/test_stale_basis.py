"""`stale_basis`: what design and documentation say of old views of the world, as tests."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import Detail, Status, Target, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, flow_of, moment, of, only, told

NAME = "stale_basis"
RECORD = Target("dns_record", "api")
PLAN: dict[str, Any] = {
    "target": RECORD,
    "field": "plan",
    "type": "config_change",
    "agent_kind": "workflow",
    "outcome": "succeeded",
}


def based(observed: float | None = None, version: str = "", instance: str = "") -> Detail:
    at = None if observed is None else moment(observed)
    return Detail(observed_at=at, observed_version=version, instance=instance)


def delayed(
    observed: float = 100, newer: float = 200, finish: float = 300, **fields: Any
) -> History:
    """Another writer's `plan-2` lands between what an enactor observed and its own effect."""
    made = History()
    made.write(0, "planner", "plan-0", **PLAN)
    made.write(newer, "planner", "plan-2", **PLAN)
    made.write(finish, "enactor", "plan-1", **{**PLAN, "detail": based(observed), **fields})
    return made


def findings(made: History, **chosen: Any):
    return of(told(made, **chosen), NAME)


def test_an_older_plan_over_a_newer_one_is_actionable():
    found = only(told(delayed()), NAME)
    assert (found.tier, found.status, found.count) == (Tier.ACTIONABLE, Status.OPEN, 1)
    assert found.agents == ["planner", "enactor"]
    assert "enactor set plan of dns_record api to plan-1" in found.summary
    assert "although planner had written plan-2" in found.summary
    assert found.evidence["basis_age_seconds"] == 200.0


def test_putting_the_older_value_back_is_critical():
    for old in (None, "plan-1"):
        made = History()
        made.write(0, "planner", "plan-1", **PLAN)
        made.write(200, "planner", "plan-2", old, **PLAN)
        made.write(300, "enactor", "plan-1", **PLAN, detail=based(100))
        assert only(told(made), NAME).tier is Tier.CRITICAL


def test_the_same_value_is_harmless():
    made = History()
    made.write(200, "planner", "plan-2", **PLAN)
    made.write(300, "enactor", "plan-2", **PLAN, detail=based(100))
    assert findings(made) == []


def test_without_a_basis_nothing_can_be_said():
    assert findings(delayed(detail=None)) == []
    assert findings(delayed(detail=Detail(policy="p"))) == []


@pytest.mark.parametrize(
    ("observed", "newer", "finish", "stale"),
    [
        (100, 105, 300, 0),
        (100, 105.000001, 300, 1),
        (100, 295, 300, 0),
        (100, 294.999999, 300, 1),
        (100, 99, 300, 0),
    ],
)
def test_within_the_tolerance_of_clocks_the_order_is_unknown(observed, newer, finish, stale):
    assert len(findings(delayed(observed, newer, finish))) == stale


def test_an_action_has_taken_effect_when_it_finishes():
    made = History()
    long = {**PLAN, "action_id": "long"}
    made.write(0, "planner", "plan-0", **PLAN)
    made.write(100, "enactor", "plan-1", **long, phase="started", detail=based(100))
    made.write(200, "planner", "plan-2", **PLAN)
    assert findings(made) == []
    made.write(300, "enactor", None, **long)
    found = only(told(made), NAME)
    assert found.evidence["took_effect_at"] == moment(300)
    assert found.evidence["written"] == "plan-1"


def test_a_write_under_way_has_not_taken_effect():
    made = History()
    made.write(200, "planner", "plan-2", **PLAN, phase="started")
    made.write(300, "enactor", "plan-1", **PLAN, detail=based(100))
    assert findings(made) == []


def test_what_failed_took_no_effect():
    assert findings(delayed(outcome="failed")) == []
    made = History()
    made.write(200, "planner", "plan-2", **{**PLAN, "outcome": "failed"})
    made.write(300, "enactor", "plan-1", **PLAN, detail=based(100))
    assert findings(made) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "stale"), [("a", "b", 1), ("a", "a", 0), ("", "b", 0), ("", "", 0)]
)
def test_of_one_agent_only_other_instances_are_others(ours, theirs, stale):
    made = History()
    made.write(200, "enactor", "plan-2", **PLAN, detail=based(190, instance=theirs))
    made.write(300, "enactor", "plan-1", **PLAN, detail=based(100, instance=ours))
    assert len(findings(made)) == stale


@pytest.mark.parametrize(
    ("ours", "theirs", "stale"),
    [("7", "8", 1), ("8", "8", 1), ("9", "8", 0), ("10", "9", 0), ("x", "x", 1), ("x", "y", 0)],
)
def test_instances_of_one_agent_compare_versions(ours, theirs, stale):
    made = History()
    made.write(200, "enactor", "p2", **PLAN, detail=based(None, theirs, "b"))
    made.write(300, "enactor", "p1", **PLAN, detail=based(None, ours, "a"))
    assert len(findings(made)) == stale


def test_a_newer_version_is_believed_more_than_the_clock():
    made = History()
    made.write(200, "enactor", "p2", **PLAN, detail=based(190, "8", "b"))
    made.write(300, "enactor", "p1", **PLAN, detail=based(100, "9", "a"))
    assert findings(made) == []


def test_versions_of_different_agents_may_count_different_things():
    made = History()
    made.write(200, "planner", "p2", **PLAN, detail=based(None, "90000"))
    made.write(300, "enactor", "p1", **PLAN, detail=based(None, "7"))
    assert findings(made) == []


def test_what_led_to_it_was_known():
    assert findings(delayed(caused_by=("e000001",))) == []
    assert findings(delayed(caused_by=("a-e000001",))) == []
    assert findings(delayed(caused_by=("a-e000000",)))


def test_steps_of_one_plan_know_of_each_other():
    made = History()
    made.write(200, "planner", "plan-2", **PLAN, correlation_id="rollout")
    made.write(300, "enactor", "plan-1", **PLAN, correlation_id="rollout", detail=based(100))
    assert findings(made) == []


def test_people_may_overwrite_what_they_like():
    assert findings(delayed(agent_kind="human")) == []


def test_overwriting_what_a_human_wrote_counts():
    made = History()
    made.write(200, "ada", "plan-2", **{**PLAN, "agent_kind": "human"})
    made.write(300, "enactor", "plan-1", **PLAN, detail=based(100))
    assert findings(made)


def test_only_what_stands_is_overwritten():
    made = History()
    made.write(150, "planner", "plan-2", **PLAN)
    made.write(200, "planner", "plan-1", **PLAN)
    made.write(300, "enactor", "plan-1", **PLAN, detail=based(100))
    assert findings(made) == []


def test_a_clean_up_of_what_others_have_changed_since_is_critical():
    made = History()
    made.write(200, "planner", "plan-2", **PLAN)
    tidy = {"type": "cleanup", "agent": "cleaner", "agent_kind": "script", "target": RECORD}
    made.add(300, **tidy, trigger="policy", detail=based(100))
    found = only(told(made), NAME)
    assert found.tier is Tier.CRITICAL
    assert "cleaner removed dns_record api" in found.summary


def test_a_clean_up_of_a_plan_that_is_in_use_by_now_is_critical():
    """The shape of a public outage of October 2025: what a late write made live was deleted."""
    made = History()
    made.write(0, "enactor", "plan-1", **PLAN, detail=based(None, "", "a"))
    made.write(100, "enactor", "plan-9", **PLAN, detail=based(90, "", "b"))
    made.write(160, "enactor", "plan-1", **PLAN, detail=based(10, "", "a"))
    old = Target("plan", "plan-1")
    tidy = {"type": "cleanup", "agent": "enactor", "agent_kind": "workflow", "target": old}
    made.add(200, **tidy, trigger="policy", detail=based(120, "", "b"))
    late, removed = findings(made)
    assert late.tier is removed.tier is Tier.CRITICAL
    assert late.evidence["harm"] == "reverts"
    assert removed.evidence["harm"] == "removes"
    assert removed.evidence["newer_value"] == "plan-1"


def test_a_plan_that_nobody_uses_any_more_may_go():
    made = History()
    made.write(100, "planner", "plan-1", **PLAN)
    made.write(200, "planner", "plan-9", **PLAN)
    tidy = {"type": "cleanup", "agent": "cleaner", "agent_kind": "script", "trigger": "policy"}
    made.add(300, **tidy, target=Target("plan", "plan-1"), detail=based(50))
    assert findings(made) == []


def test_two_that_clear_away_the_same_are_redundant():
    made = History()
    fields = {"type": "cleanup", "agent_kind": "script", "trigger": "policy", "target": RECORD}
    made.add(200, agent="janitor", **fields)
    made.add(300, agent="cleaner", **fields, detail=based(100))
    assert findings(made) == []


def test_removing_counts_by_type_or_by_a_field_that_says_so():
    made = History()
    made.write(200, "planner", "plan-2", **PLAN)
    fields = {**PLAN, "field": "exists", "type": "other"}
    made.write(300, "cleaner", False, **fields, detail=based(100))
    assert only(told(made), NAME).evidence["harm"] == "removes"


def test_it_resolves_when_it_is_quiet_or_restored():
    assert only(told(delayed(), until=DAY), NAME).resolved_at == moment(300 + 2 * HOUR)
    made = delayed()
    made.write(900, "ada", "plan-2", **{**PLAN, "agent_kind": "human"})
    assert only(told(made, until=DAY), NAME).resolved_at == moment(900 + 15 * MINUTE)


def test_more_of_it_on_the_same_field_is_one_finding():
    made = delayed()
    made.write(400, "planner", "plan-3", **PLAN)
    made.write(500, "enactor", "plan-1", **PLAN, detail=based(350))
    found = only(told(made), NAME)
    assert (found.count, found.member_count) == (2, 3)
    assert "(twice by now)" in found.summary


def test_an_action_told_twice_takes_effect_once():
    made = delayed(action_id="late")
    made.write(310, "enactor", "plan-1", **{**PLAN, "outcome": "partial"}, action_id="late")
    assert only(told(made), NAME).count == 1


def test_it_sees_nothing_else_alone():
    made = delayed()
    assert told(made, flow=flow_of([])) == []
