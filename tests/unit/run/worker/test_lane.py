"""What a lane stores is the same however its records were read in pieces."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from overheal.catalog import Catalog
from overheal.contract.redaction import Redactor
from overheal.detect.settings import SettingsBook
from overheal.flow import ScopeFlow
from overheal.kafka.polled import Polled
from overheal.model import DAY, MICROSECOND, MINUTE
from overheal.run.bounds import Bounds
from overheal.run.intake import CanonicalIntake
from overheal.run.messages import Told
from overheal.run.poison import Poison
from overheal.run.worker.block import Block, Lot
from overheal.run.worker.lane import Lane
from overheal.run.worker.recall import Recall
from overheal.stages.rules import RuleBook, rules_of
from overheal.stages.turns import LONGEST
from tests.support.events import at, document, micros

LOT = Lot("overheal.events.v1", "epoch", 0)
RECORDS = 300


class Empty:
    """A store that holds nothing."""

    def origins(self, _keys: object) -> dict[Any, Any]:
        return {}


def lane(*, patience: int = 0, ends: list[int] | None = None) -> Lane:
    rules, recall = RuleBook(rules_of(Catalog(), SettingsBook())), Recall(Empty(), LOT, 0)
    return Lane(
        LOT,
        ScopeFlow(rules, 10 * MINUTE, whole=False, recall=recall, patience=patience),
        CanonicalIntake(Redactor(), Bounds(past=400 * DAY, ahead=DAY)),
        Poison(0, ""),
        recall,
        next_offset=0,
        partitions=1,
        format="",
        ends=ends or [],
    )


def records(seed: int) -> list[tuple[bytes, int]]:
    """Return starts and ends of actions, each up to a second late, with their receipt."""
    rng, made = random.Random(seed), []
    for number in range(RECORDS // 2):
        began, action = number / 50, f"action-{number}"
        for phase, moment in (("started", began), ("finished", began + rng.uniform(0.1, 2))):
            found = document(f"{action}-{phase}", at(seconds=moment), phase=phase, action_id=action)
            arrives = moment + rng.uniform(0, 1)
            made.append((arrives, json.dumps(found).encode()))
    made.sort()
    return [(raw, micros(at(seconds=when))) for when, raw in made]


def fed(lane: Lane, taken: list[tuple[bytes, int]], rng: random.Random) -> Lane:
    start = 0
    while start < len(taken):
        end = start + rng.randint(1, 40)
        piece = taken[start:end]
        raws, received = [raw for raw, _ in piece], [when for _, when in piece]
        count = len(piece)
        offsets = list(range(start, start + count))
        lane.take(Polled(0, raws, [b"k"] * count, offsets, received, [None] * count), 0)
        start = end
    return lane


def counts(blocks: list[Block]) -> list[tuple[int, int | None]]:
    return [(row.counted, row.counted_at) for block in blocks for row in block.rows]


def drained(lane: Lane) -> list[Block]:
    lane.release()
    lane.close()
    return lane.drain()


@pytest.mark.parametrize("seed", range(5))
def test_rows_say_what_they_count_for_at_the_end_of_their_block(seed: int):
    stream = records(seed)
    once = drained(fed(lane(), stream, random.Random(seed)))
    again = drained(fed(lane(), stream, random.Random(seed + 100)))
    patient = drained(fed(lane(patience=LONGEST), stream, random.Random(seed)))

    assert sum(count for count, _ in counts(once)) == RECORDS // 2
    assert counts(once) == counts(again) == counts(patient)
    assert not any(block.recounts for block in (*once, *again))


def test_a_block_waits_until_all_of_it_was_told():
    patient = fed(lane(patience=LONGEST), records(1), random.Random(1))
    assert patient.flow.turns.waiting
    patient.close()
    assert patient.ready == []
    assert patient.first_offset == 0
    assert patient.pending == RECORDS
    waiting = patient.flow.turns.waiting
    later = max(row.event.time for row in waiting) + patient.flow.turns.wait
    patient.advance(0, later)
    patient.close()
    assert [block.last for block in patient.ready] == [RECORDS - 1]
    assert sum(count for count, _ in counts(patient.ready)) == RECORDS // 2


def test_what_waits_was_not_told_and_nothing_that_came_after_it_counts_as_told():
    stream = records(1)
    ids = [json.loads(raw)["id"] for raw, _ in stream]
    patient = fed(lane(patience=LONGEST), stream, random.Random(1))
    first = min(ids.index(row.event.id) for row in patient.flow.turns.waiting)
    assert 0 < patient.told_upto < first
    patient.release()
    assert patient.told_upto == RECORDS - 1
    assert patient.told([]) == Told(0, RECORDS - 1, patient.lot.epoch, [])


def test_what_lies_ahead_of_its_receipt_was_not_told_until_its_time_comes():
    ahead = [(raw, when - 3 * MINUTE) for raw, when in records(1)]
    early = fed(lane(), ahead, random.Random(1))
    assert early.told_upto == -1
    early.advance(0, ahead[-1][1] + 3 * MINUTE)
    assert early.told_upto == RECORDS - 1


def test_what_comes_again_hours_later_before_it_is_stored_is_a_duplicate():
    hours = [json.dumps(document(str(one), at(hours=one))).encode() for one in range(60)]
    taken = [(raw, micros(at(hours=60))) for raw in [*hours, *hours]]
    (block,) = drained(fed(lane(), taken, random.Random(0)))
    assert (len(block.rows), block.duplicates) == (60, 60)


def test_what_may_be_stored_already_is_counted_anew():
    again = fed(lane(ends=[99, 199]), records(2), random.Random(2))
    first, second = again.drain()
    (third,) = drained(again)
    for block in (first, second):
        assert block.again
        assert {row.event.key for row in block.rows} <= block.recounts.keys()
        assert {one.counted for one in block.recounts.values()} == {0, 1}
    assert not third.again


def test_a_second_of_patience_is_learned():
    patient = fed(lane(patience=LONGEST), records(3), random.Random(3))
    assert 0 < patient.flow.turns.wait <= 2 * MICROSECOND
