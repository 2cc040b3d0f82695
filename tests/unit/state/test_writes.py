"""The newest values of a field: what is packed comes out as it went in."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.packed import BLOCK
from overheal.state.writes import WRITES_KEPT, Write, Writes, wants_of

VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(0, 1), st.text())


def wrote(count: int) -> tuple[Writes, list[Write]]:
    made = [Write(at, f"e{at}", "abc"[at % 3], at % 7, "succeeded") for at in range(count)]
    writes = Writes()
    for write in made:
        writes.append(write)
    return writes, made


@given(st.lists(st.tuples(st.text(), st.text(), VALUES, st.text()), max_size=150))
def test_what_is_packed_comes_out_as_it_went_in(told):
    made = [Write(at, *columns) for at, columns in enumerate(told)]
    writes = Writes()
    for write in made:
        writes.append(write)
    assert writes.all() == made
    assert writes.shown() == [(write.at, write.agent, write.value) for write in made]
    assert len(writes) == len(made)
    saved = msgspec.msgpack.encode(writes)
    assert msgspec.msgpack.decode(saved, type=Writes).all() == made


@given(st.lists(st.one_of(st.integers(1, 40), st.integers(-200, -1)), max_size=30))
def test_it_forgets_as_a_list_would(steps):
    writes, made, now = Writes(), list[Write](), 0
    for step in steps:
        for _ in range(step):
            now += 1
            made.append(Write(now, f"e{now}", "a", now))
            writes.append(made[-1])
            if len(made) > WRITES_KEPT:
                del made[: WRITES_KEPT // 3]
        if step < 0:
            writes.forget_before(now + step)
            while len(made) > 2 and made[0].at <= now + step:
                del made[0]
        assert writes.all() == made
        assert writes.newest(4) == made[-4:]


def test_the_two_newest_are_never_forgotten():
    writes, made = wrote(BLOCK * 5)
    writes.forget_before(10_000)
    assert writes.all() == made[-2:]
    assert writes.last == made[-1]


def test_no_more_than_so_many_are_remembered():
    writes, made = wrote(5_000)
    assert len(writes) <= WRITES_KEPT
    assert writes.all() == made[-len(writes) :]


def test_agents_are_one_string_however_often_they_wrote():
    writes, _ = wrote(BLOCK * 4)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(writes), type=Writes)
    assert len({id(write.agent) for write in again.all()[:BLOCK]}) == 3


def test_wants_are_told_by_agent_the_most_frequent_first():
    writes = [(at, agent, value) for at, (agent, value) in enumerate(["a1", "b2", "b3", "b3"])]
    assert wants_of(writes) == {"a": ["1"], "b": ["3", "2"]}
