"""The ledger of one partition of one epoch, as columns that are compared with Kafka."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from overheal.run.audit.verdict import LaneAudit
from overheal.store import IngestRange

UNTOLD = -1
"""Stands for the records of a range where another range speaks of a part of them."""
HOLE = -2
"""Stands for the records of offsets of which the ledger says nothing."""


@dataclass
class Suspect:
    """A range that is looked at record by record: its entry, and what the store holds of it."""

    entry: IngestRange
    places: int
    refused: int


@dataclass
class Lane:
    """What is known of one lane.

    `firsts`, `lasts`, `records` and `counted` are columns: ranges that may still be in Kafka, one
    behind the other without a gap, with what the ledger says and what was read. `reached` is
    behind the ledger's last offset. `spread` is how many ranges cover offsets without records.
    """

    audit: LaneAudit
    suspects: dict[int, Suspect] = field(default_factory=dict)
    firsts: array[int] = field(default_factory=lambda: array("q"))
    lasts: array[int] = field(default_factory=lambda: array("q"))
    records: array[int] = field(default_factory=lambda: array("q"))
    counted: array[int] = field(default_factory=lambda: array("q"))
    reached: int = 0
    spread: int = 0
    untaken: int = 0
    untaken_first: int = 0
    beyond: int = 0

    def keep(self, first: int, last: int, records: int) -> int:
        """Add a range; return its index."""
        self.firsts.append(first)
        self.lasts.append(last)
        self.records.append(records)
        self.counted.append(0)
        return len(self.firsts) - 1

    def count(
        self, offsets: Sequence[int], received: Sequence[int], committed: int
    ) -> list[tuple[int, int, int]]:
        """Count records that were read, in order of their offsets.

        Returns (range, start, end) for the slices of `offsets` that lie in ranges. `committed` is
        the group's offset: what waits before it is counted in `beyond`.
        """
        head = bisect_left(offsets, self.firsts[0]) if self.firsts else 0
        if head:
            self.untaken_first = self.untaken_first if self.untaken else offsets[0]
            self.untaken += head
        slices = []
        at = head
        while at < len(offsets) and self.lasts and offsets[at] <= self.lasts[-1]:
            index = bisect_right(self.firsts, offsets[at]) - 1
            end = bisect_right(offsets, self.lasts[index], at)
            self.counted[index] += end - at
            slices.append((index, at, end))
            at = end
        at = bisect_left(offsets, self.reached, at)
        if at < len(offsets):
            if not self.audit.waiting and received[at]:
                self.audit.oldest_waiting_at = received[at]
            self.audit.waiting += len(offsets) - at
            self.beyond += bisect_left(offsets, committed, at) - at
        return slices
