"""Counting different things of the last days in bounded memory."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.model import DAY
from overheal.state.distinct import SAMPLED, Distinct, mark_of


def filled(many: int, at: int = 0) -> Distinct:
    found = Distinct(30)
    for number in range(many):
        found.add(mark_of(f"thing-{number}"), at)
    return found


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=60))
def test_few_things_are_counted_exactly_over_the_last_days(steps):
    found, seen, day = Distinct(30), dict[int, int](), 0
    for gap, thing in steps:
        day += gap
        known = found.add(mark_of(str(thing)), day * DAY + 5)
        seen = {one: last for one, last in seen.items() if last > day - 30}
        assert known == (thing in seen)
        seen[thing] = day
        assert len(found) == len(seen)


def test_it_is_exact_up_to_its_bound():
    assert len(filled(SAMPLED)) == SAMPLED


def test_beyond_it_is_nearly_right_and_no_larger():
    for many in (3_000, 10_000, 50_000):
        found = filled(many)
        assert abs(len(found) - many) <= 0.1 * many
        assert len(found.last) <= SAMPLED


def test_what_lies_outside_the_sample_passes_for_known():
    found = filled(10_000)
    assert sum(found.add(mark_of(f"new-{number}"), 0) for number in range(1000)) > 500


def test_after_everything_is_forgotten_it_is_exact_again():
    found = filled(10_000)
    found.pass_to(30 * DAY)
    assert (len(found), found.level) == (0, 0)


def test_time_does_not_go_back_and_it_survives_a_round_trip():
    found = filled(10, 40 * DAY)
    found.pass_to(5 * DAY)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Distinct)
    assert again == found
    assert len(again) == 10
