"""What was read of one partition and waits, with the times by which it is compared to others.

Where the topic keeps the producers' times, some lie. Records of a partition were appended in the
order of their offsets, so a time that is later than those of most records behind it is taken to
be one of theirs; a time that is too early only means that its record does not wait.
"""

from __future__ import annotations

from collections import deque
from math import inf

from overheal.kafka.polled import Polled

LOOKED_AT = 128
"""How many records from one on are asked about its time."""

SHARE = 10
"""One in so many of them must be earlier for its time to be corrected."""

TAIL = 16
"""How many of the records that left last say how far their partition is: three in four of them."""

RECORD_BYTES = 300
"""What a record takes in memory beside its bytes."""


class Held:
    """Records in the order of their offsets; times are microseconds UTC, `-inf` before any.

    `count` and `bytes` say how much waits, `last` is the time of what left last, `quiet` for how
    many seconds nothing came though it was listened to, `heard` whether anything came since
    reading began or went on.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.bytes = 0
        self.count = 0
        self.last = -inf
        self.quiet = 0.0
        self.heard = False
        self._front: float | None = None
        self._tail: deque[int] = deque(maxlen=TAIL)
        self._batches: deque[tuple[Polled, list[int], int]] = deque()

    def __bool__(self) -> bool:
        return bool(self._batches)

    @property
    def front(self) -> float:
        """The time of the first record that waits; there must be one."""
        if self._front is None:
            self._front = self._time(0)
        return self._front

    def add(self, polled: Polled, present: int) -> None:
        """Take records; times after `present` count as `present`."""
        if not polled.offsets:
            return
        size = sum(len(value) for value in polled.values if value)
        size += RECORD_BYTES * len(polled.offsets)
        times = [min(at, present) for at in polled.received]
        self._batches.append((polled, times, size))
        self._front = None
        self.bytes += size
        self.count += len(times)
        self.position = polled.offsets[-1] + 1
        self.resumed()
        self.heard = True

    def resumed(self) -> None:
        """Take that reading goes on after a pause."""
        self.heard, self.quiet = False, 0.0

    def cut(self, limit: float, most: int) -> Polled:
        """Remove and return the first records up to a time, and at least the first."""
        polled, times, size = self._batches[0]
        count, most = 1, min(most, len(times))
        while count < most and (times[count] <= limit or self._time(count) <= limit):
            count += 1
        self._note_last(times[max(0, count - TAIL) : count])
        self._batches.popleft()
        self.count -= count
        self._front = None
        if count == len(times):
            self.bytes -= size
            return polled
        share = size * count // len(times)
        self.bytes -= share
        rest = _part(polled, count, len(times))
        self._batches.appendleft((rest, times[count:], size - share))
        return _part(polled, 0, count)

    def _note_last(self, times: list[int]) -> None:
        self._tail.extend(at for at in times if at)
        known = sorted(self._tail)
        if known:
            self.last = known[3 * len(known) // 4]
        elif self.last == -inf:
            self.last = inf

    def _time(self, index: int) -> float:
        """Return the likely time of a record of the first batch; `-inf` where none is known."""
        own = self._batches[0][1][index]
        if not own:
            return -inf
        window = self._batches[0][1][index : index + LOOKED_AT]
        for batch in range(1, len(self._batches)):
            if len(window) >= LOOKED_AT:
                break
            window += self._batches[batch][1][: LOOKED_AT - len(window)]
        known = sorted(at for at in window if at)
        return min(own, known[len(known) // SHARE])


def _part(polled: Polled, start: int, end: int) -> Polled:
    return Polled(
        polled.partition,
        polled.values[start:end],
        polled.keys[start:end],
        polled.offsets[start:end],
        polled.received[start:end],
        polled.headers[start:end],
    )
