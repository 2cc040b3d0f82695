"""`thrashing`: what design and documentation say, one sentence a test."""

from __future__ import annotations

import pytest

from overheal.model import Status, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, catalog_of, moment, of, only, told

NAME = "thrashing"


def written(*values, agent: str = "hpa", every: float = 5 * MINUTE, **fields) -> History:
    made = History()
    for number, value in enumerate(values):
        made.write(number * every, agent, value, **{"trigger": "policy", **fields})
    return made


def seen(*states, every: float = 5 * MINUTE) -> History:
    made = History()
    for number, state in enumerate(states):
        made.observe(number * every, state)
    return made


def test_a_to_b_to_a_to_b_is_two_reversals_and_the_third_is_actionable():
    assert told(written("a", "b", "a", "b")) == []
    found = only(told(written("a", "b", "a", "b", "a")), NAME)
    assert (found.tier, found.count) == (Tier.ACTIONABLE, 3)
    assert found.reason == "3 reversals in 6 h reach 3"
    assert "a and b" in found.summary


def test_twelve_are_critical():
    found = only(told(written(*"ab" * 7)), NAME)
    assert (found.tier, found.count) == (Tier.CRITICAL, 12)


def test_a_number_that_turns_its_direction_reverses():
    assert only(told(written(3, 8, 5, 9, 4)), NAME).count == 3


def test_same_direction_repeats_do_not_count():
    assert told(written(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)) == []
    assert told(written("v1", "v2", "v3", "v4", "v5")) == []


def test_walking_the_same_way_a_second_time_does_not_count():
    assert told(written("5 %", "25 %", "50 %", "0 %", "5 %", "25 %", "50 %", "100 %")) == []


def test_three_values_in_turn_count_where_they_begin_again():
    assert only(told(written(*"abcabcabc")), NAME).count >= 3


def test_writing_the_present_value_again_changes_nothing():
    made = written(*"aabbaabb")
    assert told(made) == []
    found = only(told(written(*"ab" * 3, *"b" * 30)), NAME)
    assert (found.count, found.member_count) == (4, 6)


def test_what_a_change_says_the_value_was_before_counts_as_a_value():
    made = History()
    made.write(0, "hpa", 8, 3, trigger="policy")
    for minute, value in ((5, 3), (10, 8), (15, 3)):
        made.write(minute * MINUTE, "hpa", value, trigger="policy")
    found = only(told(made), NAME)
    assert (found.count, found.member_count) == (3, 4)


def test_an_observed_state_that_flips_counts_as_well():
    found = only(told(seen(*("ready", "not_ready") * 3)), NAME)
    assert "flips between" in found.summary
    assert [entry["state"] for entry in found.evidence["states"]][:2] == ["ready", "not_ready"]


def test_a_measured_number_is_no_state():
    assert told(seen(0.3, 0.1, 0.4, 0.1, 0.5, 0.1)) == []
    assert only(told(seen(0, 1, 0, 1, 0, 1)), NAME)


def test_a_witness_of_a_state_is_no_second_state():
    made = History()
    for number in range(8):
        state = ("ready", "not_ready")[number % 2]
        made.observe(number * MINUTE, state, witness_of="another")
    assert told(made) == []


def test_an_autoscaler_that_swings_with_demand_is_silent():
    assert told(written(4, 6, 5, 9, 6, 3, 6, every=350, trigger="demand")) == []


def test_an_autoscaler_that_alternates_exactly_is_not():
    found = only(told(written(5, 6, 5, 6, 5, 6, every=350, trigger="demand")), NAME)
    assert found.count == 3


def test_two_agents_who_follow_demand_do_reverse_each_other():
    made = History()
    for number, value in enumerate((4, 6, 5, 9, 6, 3, 6)):
        made.write(number * 350, ("hpa", "keda")[number % 2], value)
    assert only(told(made), NAME)


def test_what_clean_up_writes_is_left_out():
    made = History()
    for number in range(8):
        kind = ("deploy", "cleanup")[number % 2]
        made.write(number * 300, kind, number % 2 == 0, type=kind, field="exists", trigger="policy")
    assert told(made) == []


def test_a_failed_write_changes_nothing():
    assert of(told(written(*"abababab", outcome="failed")), NAME) == []


def test_reversals_more_than_six_hours_apart_do_not_add_up():
    assert told(written(*"abababab", every=3.1 * HOUR)) == []
    assert told(written(*"abababab", every=2.9 * HOUR))


def test_it_resolves_once_fewer_than_three_are_left_in_the_window():
    made = written(*"ababa")
    assert only(told(made, until=6 * HOUR + 9 * MINUTE), NAME).status is Status.OPEN
    found = only(told(made, until=6 * HOUR + 10 * MINUTE), NAME)
    assert (found.status, found.resolved_at) == (
        Status.RESOLVED,
        moment(6 * HOUR + 10 * MINUTE),
    )


def test_what_comes_after_it_was_resolved_is_a_new_finding():
    made = written(*"ababa")
    for number in range(6):
        made.write(8 * HOUR + number * MINUTE, "hpa", "ab"[number % 2], trigger="policy")
    assert len(of(told(made), NAME)) == 2


def test_a_field_that_stood_still_for_a_day_starts_afresh():
    made = written(*"abab")
    made.write(DAY + HOUR, "hpa", "a", trigger="policy")
    assert told(made) == []


@pytest.mark.parametrize("minutes", [-14, 14])
def test_users_who_feel_it_make_it_critical(minutes):
    made = written(*"abababa")
    made.felt(30 * MINUTE + minutes * MINUTE)
    found = only(told(made), NAME)
    assert found.tier is Tier.CRITICAL
    assert found.reason.endswith("and users feel it")


def test_what_users_felt_an_hour_earlier_or_later_does_not_matter():
    made = written(*"ababa")
    made.felt(-HOUR)
    made.felt(80 * MINUTE)
    assert only(told(made), NAME).tier is Tier.ACTIONABLE


@pytest.mark.parametrize("prefix", ["", "shop/"])
def test_users_who_feel_a_dependant_make_it_critical_too(prefix):
    services = {"frontend": {"depends_on": ["api"]}, "api": {"depends_on": ["checkout"]}}
    made = written(*"ababa", service=f"{prefix}checkout")
    made.felt(20 * MINUTE, f"{prefix}frontend")
    assert only(told(made, catalog=catalog_of(services=services)), NAME).tier is Tier.CRITICAL
    assert only(told(made), NAME).tier is Tier.ACTIONABLE


@pytest.mark.parametrize(
    ("own", "dependant", "catalog"),
    [
        ("checkout", "frontend", {"frontend": {"depends_on": ["checkout"]}}),
        (
            "checkout",
            "frontend",
            {"frontend": {"depends_on": ["checkout"]}, "checkout": {"scope": "shop"}},
        ),
        ("shop/checkout", "web/frontend", {"web/frontend": {"depends_on": ["shop/checkout"]}}),
    ],
)
def test_the_dependant_may_be_in_another_scope(own, dependant, catalog):
    scope, other = own.rpartition("/")[0], dependant.rpartition("/")[0]
    made = written(*"ababa", service=own, scope=scope)
    made.felt(20 * MINUTE, dependant, scope=other)
    assert only(told(made, catalog=catalog_of(services=catalog)), NAME).tier is Tier.CRITICAL


def test_users_who_feel_what_it_depends_on_do_not():
    services = {"checkout": {"depends_on": ["orders-db"]}}
    made = written(*"ababa")
    made.felt(20 * MINUTE, "orders-db")
    assert only(told(made, catalog=catalog_of(services=services)), NAME).tier is Tier.ACTIONABLE


def test_it_tells_that_the_swings_get_shorter():
    made, now = History(), 0.0
    for number in range(14):
        now += 1200 * 0.7**number
        made.observe(now, ("ready", "not_ready")[number % 2])
    assert "faster and faster" in only(told(made), NAME).summary


def test_the_same_field_elsewhere_is_another_field():
    made = History()
    for number in range(4):
        made.write(number * 300, "hpa", number % 2, trigger="policy")
        made.write(number * 300, "hpa", number % 2, trigger="policy", environment="staging")
        made.write(number * 300, "hpa", number % 2, trigger="policy", target="ledger")
    assert told(made) == []
