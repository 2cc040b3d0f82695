"""Alarms: who is woken, when, and that nobody else is looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overheal.state.alarms import NEVER, Alarms


def test_keys_ring_in_order_of_time_and_once():
    alarms = Alarms()
    for key, time in (("b", 20), ("a", 10), ("c", 30)):
        alarms.set(key, time)
    assert alarms.next == 10
    assert list(alarms.ring(20)) == ["a", "b"]
    assert alarms.next == 30
    assert list(alarms.ring(20)) == []


def test_an_earlier_time_wins_and_a_later_one_is_ignored():
    alarms = Alarms()
    alarms.set("a", 30)
    alarms.set("a", 10)
    alarms.set("a", 50)
    assert list(alarms.ring(40)) == ["a"]
    assert list(alarms.ring(100)) == []
    assert alarms.next == NEVER


def test_a_key_may_set_itself_again_while_it_rings():
    alarms, rung = Alarms(), []
    alarms.set("a", 10)
    for key in alarms.ring(30):
        rung.append(key)
        if len(rung) < 3:
            alarms.set(key, 10 * len(rung) + 10)
    assert rung == ["a", "a", "a"]


def test_times_that_move_backwards_leave_a_heap_of_bounded_size():
    alarms = Alarms()
    for time in range(10_000, 0, -1):
        alarms.set("a", time)
    assert len(alarms.heap) <= 18
    assert list(alarms.ring(10_000)) == ["a"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 50))), st.integers(0, 50))
def test_it_rings_exactly_the_keys_whose_earliest_time_has_come(wanted, now):
    alarms, earliest = Alarms(), dict[str, int]()
    for key, time in wanted:
        alarms.set(key, time)
        earliest[key] = min(time, earliest.get(key, time))
    due = sorted((time, key) for key, time in earliest.items() if time <= now)
    assert list(alarms.ring(now)) == [key for _, key in due]
    assert alarms.next > now
