"""How far event time has come, and what is too late."""

from __future__ import annotations

import msgspec

from overheal.model import MINUTE

LATENESS = 10 * MINUTE


class Watermark(msgspec.Struct):
    """The event time up to which everything has arrived, per partition; microseconds UTC.

    It follows the newest event less `lateness`. An event is late when it lies before its
    partition's watermark. Where receipt times are known, no event moves it beyond its own receipt,
    so that one clock that runs ahead makes nobody late; and while nothing arrives, `idle` moves it.
    """

    lateness: int = LATENESS
    at: dict[int, int] = {}

    def advance(self, partition: int, newest: int, received_at: int = 0) -> None:
        """Take the newest event time of a batch and when it was received (0: unknown)."""
        reach = min(newest, received_at) if received_at else newest
        self.at[partition] = max(self.at.get(partition, 0), reach - self.lateness)

    def idle(self, partition: int, now: int) -> None:
        """Take the time of receipt at which the partition had nothing more to give."""
        self.advance(partition, now)

    def is_late(self, partition: int, time: int) -> bool:
        """Return whether an event at `time` comes too late to be judged."""
        return time < self.at.get(partition, 0)

    @property
    def low(self) -> int:
        """The lowest watermark of all partitions: nothing before it will change any more."""
        return min(self.at.values(), default=0)
