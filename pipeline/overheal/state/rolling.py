"""Counting occurrences in a rolling window of event time."""

from __future__ import annotations

from bisect import bisect_right, insort

import msgspec


class Burst(msgspec.Struct, frozen=True, gc=False, order=True, array_like=True):
    """Several occurrences in one event: the last at `at`, the others after `first_at`."""

    at: int
    first_at: int
    count: int
    id: str


class RollingCount(msgspec.Struct):
    """Occurrences in (t - width, t]; times in microseconds, any order of arrival.

    Occurrences of a burst whose time is unknown fill the window only where they must lie in it:
    all of them when `first_at` is inside, else only the last.
    """

    width: int
    singles: list[tuple[int, str]] = []
    bursts: list[Burst] = []

    def add(self, at: int, first_at: int, count: int, event_id: str) -> None:
        """Take one event's occurrences."""
        if count == 1:
            entry = (at, event_id)
            if not self.singles or entry >= self.singles[-1]:
                self.singles.append(entry)
            else:
                insort(self.singles, entry)
        else:
            insort(self.bursts, Burst(at, first_at, count, event_id))

    def count(self, now: int) -> int:
        """Return the occurrences that must lie in (now - width, now]."""
        start = now - self.width
        total = self._position(now) - self._position(start)
        for burst in self.bursts:
            if start < burst.at <= now:
                total += burst.count if burst.first_at > start else 1
        return total

    def highest(self, since: int) -> tuple[int, int]:
        """Return the largest count of any window ending at an event at or after `since`, and when.

        The earliest of equals; (0, since) where there is no such event.
        """
        ends = {at for at, _ in self.singles[self._position(since - 1) :]}
        ends.update(burst.at for burst in self.bursts if burst.at >= since)
        best = (0, since)
        for end in sorted(ends):
            if (found := self.count(end)) > best[0]:
                best = (found, end)
        return best

    def ids(self, now: int) -> list[tuple[int, str]]:
        """Return (time, event id) of the window that ends at `now`, oldest first."""
        start = now - self.width
        found = self.singles[self._position(start) : self._position(now)]
        if self.bursts:
            found = found + [(b.at, b.id) for b in self.bursts if start < b.at <= now]
            found.sort()
        return found

    def falls_to(self, limit: int, now: int) -> int:
        """Return the first time at or after `now` at which the count is `limit` or less."""
        if self.count(now) <= limit:
            return now
        leaving = {at + self.width for at, _ in self.singles}
        for burst in self.bursts:
            leaving.update((burst.at + self.width, burst.first_at + self.width))
        times = sorted(time for time in leaving if time > now)
        low, high = 0, len(times) - 1
        while low < high:
            middle = (low + high) // 2
            if self.count(times[middle]) <= limit:
                high = middle
            else:
                low = middle + 1
        return times[low]

    def forget_before(self, time: int) -> None:
        """Forget what lies at or before `time`, once it is worth the work."""
        gone = self._position(time)
        if gone > 64 or gone == len(self.singles):
            del self.singles[:gone]
        if self.bursts and self.bursts[0].at <= time:
            self.bursts = [burst for burst in self.bursts if burst.at > time]

    def _position(self, time: int) -> int:
        return bisect_right(self.singles, (time, "\U0010ffff"))
