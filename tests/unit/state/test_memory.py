"""Remembering for a while: at least as long as promised, and not much longer."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.memory import FEW, Recent, RecentKeys


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


def test_many_keys_are_remembered_a_third_longer_at_most():
    memory, keep = RecentKeys(9 * FEW), 9 * FEW
    for now in range(10 * keep):
        memory.put(str(now), now, now)
        assert memory.get(str(max(0, now - keep + 1))) is not None
        assert len(memory) <= keep * 4 // 3 + 1


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
        known = [one for one in range(number + 1) if memory.get(f"k{one}") is not None]
        assert known == list(range(number + 1 - len(known), number + 1))
        assert min(10, number + 1) <= len(known) == len(memory) <= 20


def test_what_came_just_now_is_remembered_however_many_there_are_within_reason():
    memory = Recent[int](1000, most=10, least=30)
    for number in range(200):
        memory.put(f"k{number}", number, number)
        assert all(memory.get(f"k{one}") == one for one in range(max(0, number - 29), number + 1))
        assert len(memory) <= 5 * 10
    for number in range(200):
        memory.put(f"n{number}", number, 200)
    assert memory.get("n159") is None or len(memory) <= 5 * 10


def test_what_is_refreshed_is_remembered_as_if_it_came_now():
    memory = Recent[int](100)
    memory.put("a", 1, 1000)
    for now in range(1010, 1400, 10):
        memory.put("b", 2, now)
        memory.refresh("a", now)
        memory.refresh("c", now)
    assert (memory.get("a"), memory.get("c")) == (1, None)
