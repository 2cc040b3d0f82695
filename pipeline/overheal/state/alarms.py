"""Who wants to be woken when, so that nobody has to be asked who does not."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

import msgspec

NEVER = 2**62
"""A time that does not come."""


class Alarms(msgspec.Struct):
    """At most one alarm for each key; times are event times in microseconds.

    `next` is when the first of them is due. A key whose time moves backwards leaves a stale entry
    in the heap, which is passed over; the heap holds at most twice as many entries as there are
    keys, and a few.
    """

    heap: list[tuple[int, str]] = []
    at: dict[str, int] = {}
    next: int = NEVER

    def set(self, key: str, time: int) -> None:
        """Wake `key` at `time`, or earlier where that is what it asked for before."""
        known = self.at.get(key)
        if known is None or time < known:
            self.at[key] = time
            heappush(self.heap, (time, key))
            if len(self.heap) > 2 * len(self.at) + 16:
                self.heap = [(when, name) for name, when in self.at.items()]
                heapify(self.heap)
            self.next = self.heap[0][0]

    def ring(self, now: int) -> Iterator[str]:
        """Take out the keys whose time has come at `now`, the earliest first."""
        while self.heap and self.heap[0][0] <= now:
            time, key = heappop(self.heap)
            if self.at.get(key) == time:
                del self.at[key]
                yield key
        self.next = self.heap[0][0] if self.heap else NEVER
