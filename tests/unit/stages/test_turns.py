"""When an event is told: not before its time, and after what comes a little late."""

from __future__ import annotations

import random

from overheal.catalog import Catalog
from overheal.model import MICROSECOND
from overheal.stages.row import Row
from overheal.stages.turns import LONGEST, Turns
from tests.support.events import at, micros, restart

PLACE = Catalog().place


def row(name: str, seconds: float) -> Row:
    event = restart(name, at(seconds=seconds))
    return Row(event, PLACE(event))


def received(*rows: Row) -> list[int]:
    return [micros(at(seconds=100)) for _ in rows]


def late_stream(count: int = 400) -> list[tuple[Row, int]]:
    """Return rows of a few seconds, each up to a second late, with their receipt."""
    rng = random.Random(3)
    rows = [(row(f"e-{number}", number / 100), rng.uniform(0, 1)) for number in range(count)]
    timed = [(one.event.time + int(late * MICROSECOND), one) for one, late in rows]
    return [(one, when) for when, one in sorted(timed, key=lambda item: item[0])]


def in_pieces(turns: Turns, stream: list[tuple[Row, int]], size: int = 5) -> list[Row]:
    told = []
    for start in range(0, len(stream), size):
        piece = stream[start : start + size]
        told += turns.take([one for one, _ in piece], [when for _, when in piece])
    return told


def disorder(rows: list[Row]) -> int:
    """Return how many come after one that happened later."""
    newest, found = 0, 0
    for one in rows:
        found += one.event.time < newest
        newest = max(newest, one.event.time)
    return found


def test_what_comes_in_order_is_told_at_once():
    turns = Turns(LONGEST)
    rows = [row(f"e-{number}", number) for number in range(50)]
    for one in rows:
        assert turns.take([one], received(one)) == [one]
    assert turns.waiting == []


def test_where_much_comes_late_others_wait_for_it_and_are_told_in_order():
    stream = late_stream()
    turns = Turns(LONGEST)
    told = in_pieces(turns, stream)

    assert disorder([one for one, _ in stream]) > 300
    assert disorder(told) < 40
    assert 0 < turns.wait <= 1.1 * MICROSECOND
    assert len(told) + len(turns.waiting) == len(stream)


def test_nobody_waits_without_patience():
    stream = late_stream(50)
    turns = Turns()
    assert in_pieces(turns, stream) == [one for one, _ in stream]


def test_what_waits_comes_out_in_order_when_nothing_more_comes():
    turns = Turns(LONGEST)
    told = in_pieces(turns, late_stream())
    arrived = turns.arrived
    assert not turns.is_told(arrived)
    rest = turns.release()
    assert disorder([told[-1], *rest]) == 0
    assert turns.is_told(arrived)
    assert turns.waiting == []


def test_what_comes_late_after_a_release_is_told_together():
    turns = Turns(LONGEST)
    stream = late_stream()
    in_pieces(turns, stream[:200])
    newest = max(one.event.time for one in turns.release())
    told = []
    for one, when in stream[200:]:
        piece = turns.take([one], [when])
        if piece and not told:
            assert sum(row.event.time < newest for row in piece) > 20
        told += piece
    assert disorder(told) < 20


def test_who_is_ahead_of_its_receipt_is_not_waited_for_longer():
    turns = Turns(LONGEST)
    stream = late_stream()
    in_pieces(turns, stream[:200])
    ahead, now = row("ahead", 50), stream[199][1]
    turns.take([ahead], [now])
    told = in_pieces(turns, stream[200:])
    assert ahead in told
    assert ahead.event.time > told[-1].event.time


def test_the_present_brings_out_what_waits():
    turns = Turns(LONGEST)
    in_pieces(turns, late_stream())
    newest = max(one.event.time for one in turns.waiting)
    assert turns.advance(newest + turns.wait - 1) != []
    assert len(turns.waiting) == 1
    assert len(turns.advance(newest + turns.wait)) == 1


def test_what_came_first_is_told_before_a_later_piece_is():
    turns = Turns(LONGEST)
    stream = late_stream()
    in_pieces(turns, stream[:300])
    first = turns.arrived
    in_pieces(turns, [(row("much later", 60), micros(at(seconds=60)))])
    assert turns.is_told(first)
    assert not turns.is_told(turns.arrived)
