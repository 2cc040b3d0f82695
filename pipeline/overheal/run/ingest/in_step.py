"""Partitions kept in step: what is ahead, by the time of receipt, waits for what is behind.

A backlog comes in large runs of one partition after another, so that hours would overtake each
other on the way to the events topic. Here records leave in the order of their receipt, give or
take `slack`. Nobody waits for a partition that has reached its end, or that says nothing though
it is asked; and the partition that is furthest behind never waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from overheal.kafka.polled import Polled
from overheal.model import MICROSECOND
from overheal.run.held import LOOKED_AT, Held

SLACK = 30 * MICROSECOND
"""How far one partition may be ahead of another, in microseconds."""

QUIET_SECONDS = 1.0
"""After so long without a record, what the driver heard last of a partition's end is recent."""

SILENT_SECONDS = 5.0
"""How long others wait for a partition that has more to say and does not say it."""

HELD_BYTES = 64 * 1024 * 1024
"""How much may be held, beyond one poll; each partition has an equal share."""


class InStep:
    """The partitions of one member; `end` says where one ends, as last heard, -1 for unknown."""

    def __init__(
        self, end: Callable[[int], int], slack: int = SLACK, most_bytes: int = HELD_BYTES
    ) -> None:
        self._end = end
        self._slack = slack
        self._most_bytes = most_bytes
        self._held: dict[int, Held] = {}
        self.paused: set[int] = set()

    @property
    def holding(self) -> set[int]:
        """The partitions of which something waits."""
        return {partition for partition, held in self._held.items() if held}

    def begin(self, partition: int, position: int) -> None:
        """Take a partition in, to be read from an offset on."""
        self._held[partition] = Held(position)

    def forget(self, partitions: Iterable[int]) -> None:
        """Drop partitions with everything that waits of them."""
        for partition in partitions:
            self._held.pop(partition, None)
            self.paused.discard(partition)

    def add(self, polled: Polled, present: int) -> None:
        """Take records; those stamped after `present` (microseconds UTC) count as of then."""
        held = self._held.get(polled.partition)
        if held is not None:
            held.add(polled, present)

    def listened(self, seconds: float) -> None:
        """Take that all that are not paused were listened to so long, and have said what came."""
        for held in self._of(self._held.keys() - self.paused):
            held.quiet += seconds

    def interrupted(self) -> None:
        """Take that nothing was fetched for a while: where partitions end is not known anew."""
        for held in self._held.values():
            held.resumed()

    def release(self, most: int) -> list[Polled]:
        """Return what need not wait, at most `most` records, in the order in which to use it."""
        found: list[Polled] = []
        while most > 0:
            piece = self._next(most)
            if piece is None:
                break
            found.append(piece)
            most -= len(piece.offsets)
        return found

    def turn(self) -> tuple[set[int], set[int]]:
        """Return the partitions to pause, which hold more than their share, and those to resume."""
        share = self._most_bytes // max(len(self._held), 1)
        full = {one for one, held in self._held.items() if held.bytes > share}
        freed = {one for one in self.paused if self._held[one].bytes <= share // 2}
        pausing = full - self.paused
        self.paused = (self.paused | full) - freed
        for held in self._of(freed):
            held.resumed()
        return pausing, freed

    def _next(self, most: int) -> Polled | None:
        """Return the next run of one partition: of that whose first record is the oldest."""
        first, oldest = -1, inf
        least, second = (inf, -1), inf
        for partition, held in self._held.items():
            if held and (first < 0 or held.front < oldest):
                first, oldest = partition, held.front
            reached = self._reached(partition, held)
            if reached < least[0]:
                second, least = least[0], (reached, partition)
            else:
                second = min(second, reached)
        limit = (second if least[1] == first else least[0]) + self._slack
        return self._held[first].cut(limit, most) if first >= 0 and oldest <= limit else None

    def _reached(self, partition: int, held: Held) -> float:
        """Return the time before which a partition has nothing more to say.

        While few of its records are here and more are to come, their times are not relied on.
        """
        front = held.front if held else inf
        if held.count >= LOOKED_AT or partition in self.paused or held.quiet >= SILENT_SECONDS:
            return front
        end, quiet = self._end(partition), held.quiet >= QUIET_SECONDS
        # What ends a transaction takes an offset and is never delivered.
        if end >= 0 and (
            (held.heard and held.position >= end) or (quiet and held.position + 1 >= end)
        ):
            return front
        return min(front, held.last)

    def _of(self, partitions: Iterable[int]) -> list[Held]:
        return [self._held[partition] for partition in partitions]
