"""A log that packs what is older is, item for item, the plain list of what was added."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.log import BLOCK, Log, SavedLog

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 3 * BLOCK)),
        st.tuples(st.sampled_from(["before", "from", "place"]), st.floats(0, 1)),
        st.just(("save", 0)),
    ),
    max_size=30,
)


def fold(items: list[bytes]) -> bytes:
    return msgspec.msgpack.encode(items)


def unfold(block: bytes) -> list[bytes]:
    return msgspec.msgpack.decode(block, type=list[bytes])


@given(STEPS, st.booleans(), st.data())
def test_a_log_is_what_a_list_is(steps, packs, data):
    log: Log[bytes] = Log(fold, unfold) if packs else Log()
    plain: list[tuple[int, bytes]] = []
    for step, much in steps:
        if step == "append":
            for _ in range(int(much)):
                number = plain[-1][0] + 1 if plain else 0
                plain.append((number, b"%d" % number))
                log.append(*plain[-1])
        elif step == "before":
            place = round(much * len(plain))
            del plain[:place]
            log.drop_before(place)
        elif step == "from":
            place = round(much * len(plain))
            del plain[place:]
            log.drop_from(place)
        elif step == "place" and plain:
            place = round(much * (len(plain) - 1))
            assert log.place(plain[place][0]) == place
            assert log.time(place) == plain[place][0]
        elif step == "save":
            saved = msgspec.msgpack.decode(
                msgspec.msgpack.encode(log.saved()), type=SavedLog[bytes]
            )
            log = Log(fold, unfold) if packs else Log()
            log.restore(saved)
        assert len(log) == len(plain)
        assert log.between(0, len(log)) == [item for _, item in plain]
        first = data.draw(st.integers(0, len(plain)))
        last = data.draw(st.integers(first, len(plain)))
        assert log.between(first, last) == [item for _, item in plain[first:last]]


def test_what_is_saved_does_not_change_any_more():
    log: Log[bytes] = Log(fold, unfold)
    for number in range(3 * BLOCK):
        log.append(number, b"one")
    saved = log.saved()
    assert (len(saved.blocks), len(saved.loose)) == (2, BLOCK)
    log.drop_from(1)
    log.append(9, b"other")
    assert len(saved.times) == 3 * BLOCK
    assert saved.loose == [b"one"] * BLOCK
    log.clear()
    assert (len(log), log.weight) == (0, 0)
