"""When a field turned back: as a list of times and ids would tell it."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.turns import TURNS_KEPT, Turns


@given(st.lists(st.one_of(st.text(min_size=1), st.integers(1, 150)), max_size=60))
def test_it_forgets_as_a_list_would(steps):
    turns, known, now = Turns(), list[tuple[int, str]](), 10**15
    for step in steps:
        if isinstance(step, str):
            for _ in range(20):
                now += 1
                turns.append(now, step + str(now))
                known.append((now, step + str(now)))
        else:
            turns.forget_before(now - step)
            known = [item for item in known if item[0] > now - step]
        turns = msgspec.msgpack.decode(msgspec.msgpack.encode(turns), type=Turns)
        assert list(turns.all_at()) == [at for at, _ in known]
        assert len(turns) == len(known)
        if known:
            assert (turns.at(0), turns.first, turns.at(-1)) == (*known[0], known[-1][0])


def test_no_more_than_so_many_are_remembered():
    turns = Turns()
    for at in range(3 * TURNS_KEPT):
        turns.append(at, f"e{at}")
    assert TURNS_KEPT * 9 // 10 <= len(turns) <= TURNS_KEPT
    assert turns.first == f"e{turns.at(0)}"
    assert turns.at(-1) == 3 * TURNS_KEPT - 1
