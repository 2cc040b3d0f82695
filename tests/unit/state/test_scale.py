"""Time counted per replica, and what a scale keeps of its past."""

from __future__ import annotations

import pytest

from overheal.state.moments import Member
from overheal.state.scale import GAPS_KEPT, IDS_KEPT, MOMENTS_KEPT, ReplicaClock, Scale


def member(at: int, count: int = 1) -> Member:
    return Member(at, f"e{at}", "a", "restart", "", count)


def test_where_nothing_is_known_it_is_the_ordinary_clock():
    assert ReplicaClock().at(12_345) == 12_345


def test_it_runs_twice_as_fast_at_double_the_first_number():
    clock = ReplicaClock()
    clock.resize("web", 3, 6, 100)
    assert [clock.at(100), clock.at(110)] == [100, 120]
    clock.resize("web", 6, 3, 110)
    assert clock.at(120) == 130


def test_the_first_number_is_the_one_before_the_first_write_if_told():
    clock = ReplicaClock()
    clock.resize("web", None, 6, 100)
    assert clock.at(110) == 110


def test_targets_add_up():
    clock = ReplicaClock()
    clock.resize("web", 2, 2, 100)
    clock.resize("api", 2, 6, 100)
    assert clock.at(110) == 120


@pytest.mark.parametrize("value", [None, "many", True, float("nan"), float("inf"), 0, -3])
def test_what_is_no_number_of_replicas_is_left_alone(value):
    clock = ReplicaClock()
    clock.resize("web", None, value, 100)
    assert clock.at(200) == 200


def test_without_replicas_it_stands_still():
    clock = ReplicaClock()
    clock.resize("web", 3, 0, 100)
    assert clock.at(500) == 100


def test_the_first_gap_stays_and_old_ones_thin_out():
    scale = Scale.starting(0.0, member(0))
    for number in range(1, 5000):
        scale.observe(member(number * 1_000_000), 1.0, 0.0)
    assert len(scale.gaps) == len(scale.ends) <= GAPS_KEPT
    assert scale.ends[0] == 1_000_000
    newest = scale.ends[-GAPS_KEPT // 2 :]
    assert newest == [number * 1_000_000 for number in range(5000 - len(newest), 5000)]


def test_what_it_keeps_for_a_finding_is_bounded_and_its_counts_are_exact():
    scale = Scale.starting(0.0, member(0, 3))
    for number in range(1, 1000):
        scale.note(member(number, 2))
    assert (len(scale.ids), len(scale.moments)) == (IDS_KEPT, MOMENTS_KEPT)
    assert (scale.told, scale.recoveries) == (1000, 2001)


def test_three_gaps_at_the_floor_are_one_failure():
    scale = Scale.starting(0.0, member(0))
    at = 0
    for gap in (100, 50, 200, 60, 60, 59, 300):
        at += gap * 1_000_000
        scale.observe(member(at), float(gap), 60.0)
    assert scale.reached_at == 529 * 1_000_000
