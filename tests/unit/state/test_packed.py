"""Ids are held as they were told, and blocks hold what they were given."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.packed import Ids, Packed


@given(st.lists(st.text()))
def test_ids_come_out_as_they_were_added(told):
    ids = Ids()
    for one in told:
        ids.append(one)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(ids), type=Ids)
    assert again.all() == ids.all() == told
    assert len(again) == len(told)
    assert again == ids


def test_an_id_takes_little_more_than_its_letters():
    ids = Ids()
    for number in range(10_000):
        ids.append(f"e{number:07}")
    assert len(ids.packed) == 9 * 10_000


def test_what_does_not_say_how_it_is_packed_cannot_be():
    records = Packed[int]()
    with pytest.raises(NotImplementedError):
        for number in range(100):
            records.append(number)
