"""The moments that a finding shows: the first and the newest, however they are packed."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.moments import TIMELINE_KEPT, Member, Moments


def shown(members: list[Member]) -> list[dict[str, object]]:
    return [
        {
            "at": one.at,
            "agent": one.agent,
            "what": one.what,
            "outcome": one.outcome or "unknown",
            "count": one.count,
        }
        for one in members
    ]


@given(st.lists(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=9), max_size=30))
def test_they_are_shown_as_they_were_added(batches):
    moments, known = Moments(), list[Member]()
    for batch in batches:
        fresh = [Member(len(known) + at, "e", *words, at + 1) for at, words in enumerate(batch)]
        known += fresh
        moments.add(fresh)
        moments = msgspec.msgpack.decode(msgspec.msgpack.encode(moments), type=Moments)
    assert moments.shown() == shown(known)


@given(st.lists(st.integers(1, 400), max_size=6))
def test_beyond_the_bound_the_first_and_the_newest_are_left(batches):
    moments, known = Moments(), list[Member]()
    for size in batches:
        fresh = [Member(len(known) + at, "e", "a", f"{at % 7}", "") for at in range(size)]
        known += fresh
        moments.add(fresh)
        wanted = known if len(known) <= TIMELINE_KEPT else [known[0], *known[1 - TIMELINE_KEPT :]]
        assert moments.shown() == shown(wanted)
