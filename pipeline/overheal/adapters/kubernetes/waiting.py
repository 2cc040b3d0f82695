"""Decisions that wait for what may follow shortly."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Decide = Callable[[], list[bytes]]


class Waiting:
    """Holds decisions until event time has passed a moment; the same input decides the same."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Decide]] = []
        self._count = 0

    def until(self, moment: int, decide: Decide) -> None:
        """Call `decide` once event time is past `moment`."""
        self._count += 1
        heapq.heappush(self._heap, (moment, self._count, decide))

    def passed(self, now: int) -> list[bytes]:
        """Return the documents of all decisions that were to wait until before `now`."""
        out: list[bytes] = []
        while self._heap and self._heap[0][0] < now:
            out += heapq.heappop(self._heap)[2]()
        return out

    def finish(self) -> list[bytes]:
        """Return the documents of all decisions that still wait."""
        return self.passed(2**63)
