"""`ineffective_recovery`: successes that do not last, as tests."""

from __future__ import annotations

from typing import Any

from overheal.model import Status, Target, Tier
from tests.support.made import HOUR, MINUTE, History, moment, of, only, told

NAME = "ineffective_recovery"


def loop(count: int, every: float = 10 * MINUTE, **fields: Any) -> History:
    made = History()
    for number in range(count):
        made.recovery(number * every, **fields)
    return made


def findings(made: History, **chosen: Any):
    return of(told(made, **chosen), NAME)


def test_one_return_may_be_chance_two_are_told_and_three_are_actionable():
    assert findings(loop(2)) == []
    assert only(told(loop(3)), NAME).tier is Tier.INFORMATIONAL
    found = only(told(loop(4)), NAME)
    assert (found.tier, found.count, found.status) == (Tier.ACTIONABLE, 3, Status.OPEN)
    assert found.first_at == moment(0)
    assert "checkout was reported as recovered 3 times" in found.summary
    assert "back within 30 min, the last time after 10 min" in found.summary


def test_what_was_reported_stays_visible():
    made = History()
    for number in range(4):
        made.recovery(number * 600, count=2, first_at=number * 600 - 1)
    found = only(told(made), NAME)
    assert found.evidence["reported_succeeded"] == 6
    assert found.evidence["restated_as_failed"] == 6
    assert [item["outcome"] for item in found.evidence["timeline"]] == ["succeeded"] * 3


def test_the_window_includes_its_end():
    assert findings(loop(3, every=30 * MINUTE))
    assert findings(loop(3, every=30 * MINUTE + 1)) == []


def test_what_lasts_longer_begins_the_row_anew():
    made = loop(2)
    for number in range(2):
        made.recovery(2 * HOUR + number * 600)
    assert findings(made) == []


def test_the_same_cause_is_the_same_but_for_numbers_and_case():
    made = History()
    for number, said in enumerate(("Probe failed: 503", "probe failed:  500", "PROBE FAILED: 1")):
        made.recovery(number * 600, condition=said)
    assert findings(made)
    made = History()
    for number, said in enumerate(("probe failed", "out of memory", "evicted")):
        made.recovery(number * 600, condition=said)
    assert findings(made) == []


def test_unknown_is_not_success():
    assert findings(loop(9, outcome="unknown")) == []


def test_another_service_or_environment_is_another_matter():
    made = History()
    for number in range(6):
        made.recovery(number * 600, ("checkout", "ledger")[number % 2], condition="slow")
    assert {one.service for one in findings(made)} == {"checkout", "ledger"}
    made = History()
    for number, place in enumerate(("production", "staging", "production")):
        made.recovery(number * 1000, environment=place)
    assert findings(made) == []


def test_a_recovery_that_began_before_the_success_is_no_return():
    made = History()
    for number in range(4):
        made.action(number * 10, 600 + number * 100, action_id=f"parallel-{number}")
    assert findings(made) == []


def test_siblings_that_fail_together_are_no_return_but_the_same_target_is():
    made = History()
    for number in range(6):
        made.recovery(number * 10, target=Target("Pod", f"web-{number}", "shop"))
    assert findings(made) == []
    made = History()
    for number in range(6):
        made.recovery(number * 10, target=Target("Pod", "web-1", "shop"))
    assert findings(made)
    made = History()
    for number in range(6):
        made.recovery(number * 61, target=Target("Pod", f"web-{number}", "shop"))
    assert findings(made)


def test_a_human_who_has_to_come_back_shows_that_it_did_not_last():
    made = loop(2)
    made.recovery(1100, agent="ada", agent_kind="human")
    assert only(told(made), NAME).count == 2
    assert findings(loop(9, agent="ada", agent_kind="human")) == []


def test_a_success_that_was_verified_as_none_is_restated_by_that_alone():
    made = loop(1, action_id="one")
    made.recovery(60, phase="verified", outcome="failed", action_id="one")
    made.recovery(600)
    made.recovery(1200)
    assert findings(made) == []


def test_a_crash_loop_has_one_finding_whatever_its_causes():
    made = History()
    for number in range(40):
        made.recovery(number * 120, condition=("probe failed", "out of memory")[number % 2])
    found = only(told(made), NAME)
    assert found.evidence["causes"] == ["probe failed", "out of memory"]
    assert found.count == found.member_count == 38


def test_it_resolves_when_a_success_lasts():
    found = only(told(loop(4), until=2 * HOUR), NAME)
    assert (found.status, found.resolved_at) == (Status.RESOLVED, moment(60 * MINUTE))
