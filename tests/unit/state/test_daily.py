"""The hours of the day at which something happens, and time as it passes by them."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from overheal.model import DAY, HOUR
from overheal.state.daily import ENOUGH_DAYS, Daily


def learned(days: int, hours: list[int]) -> Daily:
    rhythm = Daily()
    for day in range(days):
        for hour in hours:
            rhythm.note(day * DAY + hour * HOUR)
    rhythm.note(days * DAY)
    return rhythm


def test_the_same_three_hours_every_day_are_a_rhythm():
    rates = learned(20, [9, 10, 11]).rates
    assert np.mean(rates) == pytest.approx(1)
    assert min(rates[9:12]) > 3
    assert max(rates[15:]) < 0.5


def test_every_hour_of_the_day_is_none():
    assert learned(20, list(range(24))).rates == []


def test_a_few_days_are_not_enough():
    assert learned(ENOUGH_DAYS - 1, list(range(8))).rates == []
    assert learned(ENOUGH_DAYS, list(range(8))).rates


def test_chance_is_hardly_ever_taken_for_a_rhythm():
    rng, taken = np.random.default_rng(3), 0
    for _ in range(100):
        rhythm = Daily()
        for at in np.cumsum(rng.exponential(DAY / 2, size=100)):
            rhythm.note(int(at))
        taken += bool(rhythm.rates)
    assert taken <= 3


def test_a_collapse_within_one_day_counts_each_hour_once():
    rhythm = Daily()
    for minute in range(600):
        rhythm.note(minute * HOUR // 60)
    assert sum(rhythm.hours) == 10


def test_gaps_at_busy_hours_count_longer_and_those_at_quiet_hours_shorter():
    rhythm = learned(20, [9, 10, 11])
    day = 30 * DAY
    busy, night = rhythm.seen([3600.0, 3600.0], [day + 11 * HOUR, day + 20 * HOUR])
    assert busy > 3 * 3600
    assert night < 3 * 3600


def test_a_whole_day_is_as_long_as_ever():
    rhythm = learned(20, [9, 10, 11])
    seen = rhythm.seen([86_400.0, 86_400.0], [3 * DAY + HOUR, 4 * DAY + HOUR])
    assert seen == pytest.approx([86_400.0, 86_400.0])


def test_what_a_gap_is_more_than_ordinary_time_stays_so():
    rhythm = learned(20, [9, 10, 11])
    seen = rhythm.seen([86_400.0, 2 * 86_400.0], [3 * DAY, 4 * DAY])
    assert seen[1] == pytest.approx(2 * seen[0])


def test_old_days_count_less_and_less():
    rhythm = learned(100, [3])
    assert rhythm.hours[3] < 100
    for day in range(101, 500):
        rhythm.note(day * DAY + 15 * HOUR)
    assert rhythm.hours[3] < 2
    assert rhythm.rates[15] > 5


def test_it_survives_a_round_trip():
    rhythm = learned(20, [9, 10])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(rhythm), type=Daily) == rhythm
