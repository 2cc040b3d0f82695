"""Remembering for a while: at least as long as promised, at most twice as long."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.memory import Recent, RecentKeys


@given(st.lists(st.integers(0, 40), max_size=60))
def test_it_remembers_at_least_keep_and_at_most_twice_as_long(gaps):
    memory, now, put = RecentKeys(100), 1000, dict[str, int]()
    for number, gap in enumerate(gaps):
        now += gap
        memory.put(str(number), number, now)
        put[str(number)] = now
        for key, at in put.items():
            if now - at < 100:
                assert memory.get(key) == int(key)
            elif now - at > 240:
                assert memory.get(key) is None


def test_after_a_long_silence_everything_is_forgotten():
    memory = RecentKeys(100)
    memory.put("a", 1, 1000)
    memory.put("b", 2, 1300)
    assert memory.get("a") is None
    assert memory.get("b") == 2


def test_a_key_can_be_dropped_at_once():
    memory = Recent[int](100)
    memory.put("a", 1, 1000)
    memory.put("b", 2, 1150)
    memory.put("a", 3, 1160)
    memory.drop("a")
    assert memory.get("a") is None


def test_it_survives_a_round_trip():
    memory = RecentKeys(100)
    memory.put("a", 1, 1000)
    saved = msgspec.msgpack.encode(memory)
    assert msgspec.msgpack.decode(saved, type=Recent[int]) == memory


def test_where_more_come_than_most_older_ones_are_forgotten_earlier():
    memory = Recent[int](100, most=10)
    for number in range(35):
        memory.put(f"k{number}", number, number)
    known = [number for number in range(35) if memory.get(f"k{number}") is not None]
    assert known == list(range(20, 35))
