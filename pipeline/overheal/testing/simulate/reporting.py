"""How faithfully events are reported: lost, doubled, late, in another order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from overheal.model import MICROSECOND, Event

Arrival = tuple[int, str, Event]
"""When an event arrives (microseconds UTC), its id, and the event."""

_DRAWN = 4096


@dataclass(frozen=True)
class Reporting:
    """Shares of events that are lost, arrive twice, or arrive late.

    A late event comes up to `late_seconds` after its time, and so out of order; a second copy
    comes within as long. Ten minutes is the lateness that the flow allows by default.
    """

    lost: float = 0.0
    doubled: float = 0.0
    late_share: float = 0.0
    late_seconds: float = 300.0

    def report(self, events: Iterable[Event], rng: np.random.Generator) -> Iterator[Arrival]:
        """Yield events, given in order of time, as they arrive."""
        if not (self.lost or self.doubled or self.late_share):
            yield from ((event.time, event.id, event) for event in events)
            return
        waiting: list[Arrival] = []
        for event, (lost, doubled, late, delay, again) in zip(events, _draws(rng), strict=False):
            while waiting and waiting[0][0] <= event.time:
                yield heappop(waiting)
            if lost < self.lost:
                continue
            at = event.time
            if late < self.late_share:
                at += int(delay * self.late_seconds * MICROSECOND)
            heappush(waiting, (at, event.id, event))
            if doubled < self.doubled:
                then = event.time + int(again * self.late_seconds * MICROSECOND)
                heappush(waiting, (then, event.id, event))
        while waiting:
            yield heappop(waiting)


def drop(share: float) -> Reporting:
    """Return a reporter that loses this share of events, and is faithful otherwise."""
    return Reporting(lost=share)


def _draws(rng: np.random.Generator) -> Iterator[list[float]]:
    while True:
        yield from rng.random((_DRAWN, 5)).tolist()
