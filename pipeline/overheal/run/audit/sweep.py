"""Reading the topic once, from the first offset that matters: counting, and handing over suspects.

Records are counted, offsets never subtracted: transactions and compaction leave offsets without
records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from overheal.kafka.polled import Polled
from overheal.kafka.reader import Reader
from overheal.run.audit.lane import Lane
from overheal.run.audit.looking import Looking

SILENCE_SECONDS = 30.0
"""How long nothing may come before the brokers count as out of reach."""


def sweep(
    reader: Reader,
    lanes: Mapping[int, Lane],
    committed: Mapping[int, int],
    looking: Looking,
    progress: Callable[[int], None],
) -> None:
    """Read to the ends, and tell `progress` how many records came.

    Raises `BrokerUnavailable` where the end is not reached, `StoreUnavailable`.
    """
    seen = 0
    for polled in reader.to_end(SILENCE_SECONDS):
        seen += len(polled.offsets)
        progress(seen)
        lane = lanes.get(polled.partition)
        if lane is not None:
            _take(lane, polled, committed.get(polled.partition, 0), looking)
    for lane in lanes.values():
        looking.finish(lane)


def _take(lane: Lane, polled: Polled, committed: int, looking: Looking) -> None:
    for index, start, end in lane.count(polled.offsets, polled.received, committed):
        suspect = lane.suspects.get(index)
        if suspect is not None:
            looking.take(lane, index, _part(polled, start, end))


def _part(polled: Polled, start: int, end: int) -> Polled:
    part = slice(start, end)
    return Polled(
        polled.partition,
        polled.values[part],
        polled.keys[part],
        polled.offsets[part],
        polled.received[part],
        polled.headers[part],
    )
