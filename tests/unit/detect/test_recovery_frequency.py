"""`recovery_frequency`: what design and documentation say, one sentence a test."""

from __future__ import annotations

from datetime import timedelta

from overheal.model import Status, Tier
from tests.support.events import START
from tests.support.made import HOUR, MINUTE, History, catalog_of, flow_of, moment, of, only, told

NAME = "recovery_frequency"


def restarts(*minutes: float, service: str = "checkout", **fields) -> History:
    made = History()
    for minute in minutes:
        made.recovery(minute * MINUTE, service, **fields)
    return made


def test_three_recoveries_in_an_hour_are_nothing():
    assert of(told(restarts(0, 10, 20)), NAME) == []


def test_the_fourth_recovery_in_an_hour_is_actionable():
    found = only(told(restarts(0, 10, 20, 30)), NAME)
    assert found.tier is Tier.ACTIONABLE
    assert found.detected_at == moment(30 * MINUTE)
    assert found.reason == "4 recoveries in an hour are more than 3"
    assert "4 times within an hour" in found.summary


def test_an_hour_is_open_at_its_start_and_closed_at_its_end():
    assert of(told(restarts(0, 20, 40, 60)), NAME) == []
    assert of(told(restarts(1 / 60, 20, 40, 60)), NAME)


def test_ten_make_one_critical_that_lists_all_members():
    made = restarts(*range(0, 40, 4))
    found = only(told(made), NAME)
    assert found.tier is Tier.CRITICAL
    assert found.members == [event.id for event in made.events]
    assert [change.tier for change in found.tier_history] == [Tier.ACTIONABLE, Tier.CRITICAL]
    assert found.detected_at == moment(36 * MINUTE)


def test_a_hundred_are_still_one_critical_and_not_ten_pages():
    found = only(told(restarts(*range(100))), NAME)
    assert (found.count, found.member_count, len(found.tier_history)) == (100, 100, 2)
    assert found.evidence["per_hour"] == 60


def test_a_tier_never_falls_while_a_finding_is_open():
    found = only(told(restarts(*range(10), 50, 70, 90)), NAME)
    assert (found.status, found.tier, found.count) == (Status.OPEN, Tier.CRITICAL, 13)


def test_it_resolves_once_the_count_has_stayed_at_or_below_the_limit_for_an_hour():
    made = restarts(0, 10, 20, 30)
    assert only(told(made, until=2 * HOUR - 1), NAME).status is Status.OPEN
    found = only(told(made, until=2 * HOUR), NAME)
    assert (found.status, found.resolved_at) == (Status.RESOLVED, moment(2 * HOUR))


def test_it_resolves_although_a_few_recoveries_trickle_on():
    found = told(restarts(0, 10, 20, 30, 75, 105, 135, 165), until=3 * HOUR)
    assert only(found, NAME).resolved_at == moment(2 * HOUR)
    assert only(found, NAME).count == 6


def test_more_after_it_was_resolved_is_a_new_finding():
    first, second = of(told(restarts(0, 10, 20, 30, 200, 201, 202, 203)), NAME)
    assert (first.status, second.status) == (Status.RESOLVED, Status.OPEN)
    assert first.id != second.id


def test_staging_never_adds_to_productions_hour():
    made = restarts(0, 10, 20)
    for minute in (5, 15, 25):
        made.recovery(minute * MINUTE, environment="staging")
    assert of(told(made), NAME) == []


def test_a_sandbox_is_judged_and_never_critical():
    catalog = catalog_of(environments={"sandbox": ["staging"]})
    made = restarts(*range(20), environment="staging")
    assert only(told(made, catalog=catalog), NAME).tier is Tier.ACTIONABLE
    made = restarts(30, environment="staging", count=50, first_at=60.0)
    found = only(told(made, catalog=catalog), NAME)
    assert found.tier is Tier.ACTIONABLE
    assert found.reason.endswith("a sandbox, so nobody is paged")


def test_failed_and_unknown_outcomes_count_like_any_other():
    made = restarts(0, 10, outcome="failed")
    for minute in (20, 30):
        made.recovery(minute * MINUTE, outcome="unknown")
    assert only(told(made), NAME)


def test_recoveries_by_people_do_not_count():
    assert of(told(restarts(*range(8), agent="ada", agent_kind="human")), NAME) == []


def test_a_proposal_a_rejection_and_a_witness_do_not_count():
    made = History()
    for minute in range(9):
        made.recovery(minute * MINUTE, phase="proposed")
        made.recovery(minute * MINUTE, phase="rejected")
        made.recovery(minute * MINUTE, witness_of="another")
    assert of(told(made), NAME) == []


def test_the_phases_of_one_action_count_once_when_it_started():
    made = History()
    for minute in (0, 10, 20):
        made.action(minute * MINUTE, minute * MINUTE + 300)
    assert of(told(made), NAME) == []
    made.action(59 * MINUTE, 90 * MINUTE)
    assert only(told(made), NAME).detected_at == moment(59 * MINUTE)


def test_without_a_start_it_counts_when_it_finished_less_its_duration():
    made = restarts(0, 10, 20)
    made.recovery(70 * MINUTE, duration=15 * MINUTE)
    found = only(told(made), NAME)
    assert found.evidence["per_hour"] == 4


def test_a_counter_of_nine_is_nine_recoveries():
    made = History()
    made.recovery(30 * MINUTE, count=9, first_at=60.0)
    found = only(told(made), NAME)
    assert (found.count, found.member_count, found.first_at) == (9, 1, moment(60))


def test_a_counter_fills_an_hour_only_where_its_occurrences_must_lie_in_it():
    made = History()
    made.recovery(2 * HOUR, count=99, first_at=0.0)
    assert of(told(made), NAME) == []


def test_a_service_can_have_limits_of_its_own():
    catalog = catalog_of(services={"ledger": {"recovery_frequency": {"per_hour": 1}}})
    made = restarts(0, 10, service="ledger")
    made.recovery(0)
    made.recovery(10)
    assert only(told(made, catalog=catalog), NAME).service == "ledger"


def test_what_happens_in_a_declared_drill_is_kept_out():
    drill = {"id": "d", "from": START, "until": START + timedelta(hours=1)}
    made = restarts(*range(30))
    assert (
        of(told(made, catalog=catalog_of(drills=[{**drill, "services": ["checkout"]}])), NAME) == []
    )
    assert told(made, catalog=catalog_of(drills=[{**drill, "services": ["ledger"]}]))
    assert of(told(made, catalog=catalog_of(drills=[drill])), NAME) == []


def test_an_action_that_began_in_a_drill_stays_kept_out_when_it_ends_after_it():
    drill = {"id": "d", "from": START, "until": START + timedelta(hours=1)}
    made = History()
    for minute in range(50, 60):
        made.action(minute * MINUTE, (minute + 15) * MINUTE)
    flow = flow_of(catalog=catalog_of(drills=[drill]))
    assert of(told(made, flow=flow), NAME) == []
    assert flow.services()[0].recoveries == 0


def test_a_critical_that_users_feel_pages_even_in_a_drill():
    drill = {"id": "game-day", "from": START, "until": START + timedelta(hours=1)}
    made = restarts(*range(12))
    assert of(told(made, catalog=catalog_of(drills=[drill])), NAME) == []
    made.felt(20 * MINUTE)
    found = only(told(made, catalog=catalog_of(drills=[drill])), NAME)
    assert (found.tier, found.evidence["drill"]) == (Tier.CRITICAL, "game-day")


def test_its_picture_begins_with_the_first_member():
    found = only(told(restarts(0, 10, 20, 30, 40)), NAME)
    assert [entry["at"] for entry in found.evidence["timeline"]] == [
        moment(minute * MINUTE) for minute in (0, 10, 20, 30, 40)
    ]


def test_a_storm_counts_on_where_its_memory_ends():
    made = History()
    for second in range(7000):
        made.recovery(second * 0.4)
    found = only(told(made), NAME)
    assert found.count == 7000
    assert found.evidence["per_hour"] >= 4500
