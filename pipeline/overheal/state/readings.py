"""Counters that are read from time to time, and the events that should explain their moves."""

from __future__ import annotations

import msgspec

from overheal.model import HOUR, MICROSECOND

CLOCKS = 5 * MICROSECOND
"""By how much an event may be stamped later than the reading that holds it."""

PROBABLE = 1.96
"""Standard errors of a 95 % interval."""


class Counter(msgspec.Struct, array_like=True):
    """One counter: its last reading, whose it was, and what events told since."""

    value: float
    at: int
    uid: str = ""
    pending: int = 0


class Hour(msgspec.Struct, array_like=True):
    """What counters moved by readings of one hour, and what events say about these moves.

    `first_at`, `last_at` are the moments between which the counters were read; `readings` names
    readings that moved, the first few.
    """

    start: int
    first_at: int
    last_at: int
    moved: int = 0
    seen: int = 0
    readings: list[tuple[int, str, str]] = []


class Ledger(msgspec.Struct):
    """Moves and events of all counters of one kind at one service, by hours in order."""

    counters: dict[str, Counter] = {}
    hours: list[Hour] = []
    kind: str = ""

    def read(
        self, name: str, value: float, at: int, uid: str, said: tuple[str, str]
    ) -> Hour | None:
        """Take a reading; return the hour that it moved, None where there is nothing to compare.

        A counter that fell, or is another's by its uid, begins anew: what it moved meanwhile is
        not known. `said` is the id of the reading and who told of it.
        """
        counter = self.counters.get(name)
        other = counter is not None and bool(uid and counter.uid and uid != counter.uid)
        if counter is None or other or value < counter.value:
            self.counters[name] = Counter(value, at, uid)
            return None
        moved, seen, before = round(value - counter.value), counter.pending, counter.at
        counter.value, counter.at, counter.pending = value, at, 0
        counter.uid = counter.uid or uid
        if not moved and not seen:
            return None
        hour = self._hour(at, before)
        hour.moved += moved
        hour.seen += seen
        if moved and len(hour.readings) < 3:
            hour.readings.append((at, *said))
        return hour

    def tell(self, name: str, at: int, count: int) -> bool:
        """Take what events say of one counter; return whether that counter is known.

        What happened up to its last reading (and the clocks' tolerance) belongs to that.
        """
        counter = self.counters.get(name)
        if counter is None:
            return False
        if at > counter.at + CLOCKS:
            counter.pending += count
        else:
            self._hour(counter.at, counter.at).seen += count
        return True

    def between(self, start: int, end: int) -> list[Hour]:
        """Return the hours that began after `start` and ended up to `end`."""
        return [hour for hour in self.hours if start < hour.start and hour.start + HOUR <= end]

    def forget_before(self, time: int) -> None:
        """Forget hours that began at or before `time`."""
        self.hours = [hour for hour in self.hours if hour.start > time]

    def _hour(self, at: int, before: int) -> Hour:
        start = at - at % HOUR
        for hour in reversed(self.hours):
            if hour.start == start:
                hour.first_at, hour.last_at = min(hour.first_at, before), max(hour.last_at, at)
                return hour
        hour = Hour(start, before, at)
        self.hours.append(hour)
        self.hours.sort(key=lambda item: item.start)
        return hour


def interval(seen: int, moved: int) -> tuple[float, float]:
    """Return the 95 % interval of the share seen (Wilson 1927), both within [0, 1].

    >>> low, high = interval(700, 1000)
    >>> round(low, 3), round(high, 3)
    (0.671, 0.728)
    """
    n, p = moved, min(seen / moved, 1.0)
    z2 = PROBABLE**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = PROBABLE * (p * (1 - p) / n + z2 / (4 * n * n)) ** 0.5 / (1 + z2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)
