"""Counting occurrences in a rolling window of event time."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from overheal.state.moments import Member

SINGLES_KEPT, BURSTS_KEPT = 5_000, 500
"""How many events are remembered at most: a count that reaches them is a lower bound."""

_LAST_ID = "\U0010ffff"


class Burst(msgspec.Struct, frozen=True, gc=False, order=True, array_like=True):
    """Several occurrences in one event: the last when it says, the others after `first_at`."""

    member: Member
    first_at: int


class Peak(NamedTuple):
    """The highest count of a window and its end, the earliest of equals; 0 without an event.

    `calm_from` is when the count fell to the limit for good, as far as is known; None where it was
    never higher.
    """

    highest: int
    end: int
    calm_from: int | None


class RollingCount(msgspec.Struct):
    """Occurrences in (t - width, t]; times in microseconds, any order of arrival.

    Occurrences of a burst whose time is unknown fill a window only where they must lie in it: all
    of them where the whole burst does, else only the last.
    """

    width: int
    singles: list[Member] = []
    bursts: list[Burst] = []

    def add(self, member: Member, first_at: int) -> None:
        """Take one event's occurrences."""
        if member.count == 1:
            if not self.singles or member >= self.singles[-1]:
                self.singles.append(member)
            else:
                insort(self.singles, member)
            if len(self.singles) > SINGLES_KEPT:
                del self.singles[: SINGLES_KEPT // 10]
        else:
            insort(self.bursts, Burst(member, first_at))
            del self.bursts[:-BURSTS_KEPT]

    def count(self, now: int) -> int:
        """Return the occurrences that must lie in (now - width, now]."""
        start = now - self.width
        total = self._position(now) - self._position(start)
        for burst in self._bursts(now):
            total += burst.member.count if burst.first_at > start else 1
        return total

    def peak(self, since: int, limit: int) -> Peak:
        """Return the fullest window that ends at an event at or after `since`."""
        best, end, over = 0, since, None
        for now in self._ends(since):
            found = self.count(now)
            if found > best:
                best, end = found, now
            if found > limit:
                over = now
        return Peak(best, end, None if over is None else self._falls(limit, over))

    def window(self, now: int) -> tuple[list[Member], int]:
        """Return what happened in the window that ends at `now`, oldest first, and since when."""
        start = now - self.width
        found = self.singles[self._position(start) : self._position(now)]
        bursts = list(self._bursts(now))
        found = sorted([*found, *(burst.member for burst in bursts)])
        begun = [burst.first_at for burst in bursts if burst.first_at > start]
        return found, min([found[0].at, *begun])

    def forget_before(self, time: int) -> None:
        """Forget what lies at or before `time`, once it is worth the work."""
        gone = self._position(time) if self.singles and self.singles[0].at <= time else 0
        if gone > 64 or gone == len(self.singles):
            del self.singles[:gone]
        if self.bursts and self.bursts[0].member.at <= time:
            self.bursts = [burst for burst in self.bursts if burst.member.at > time]

    def _falls(self, limit: int, now: int) -> int:
        """Return the first time after `now`, when the count is higher, at which it is `limit`.

        Only the newest of the singles matter: the others leave before them.
        """
        newest = self._position(now)
        kept = self.singles[max(0, newest - limit - 1) : newest]
        leaving = [(single.at, 1) for single in kept if single.at > now - self.width]
        for burst in self._bursts(now):
            leaving.append((burst.member.at, 1))
            if burst.first_at > now - self.width:
                leaving.append((burst.first_at, burst.member.count - 1))
        total = sum(weight for _, weight in leaving)
        for at, weight in sorted(leaving):
            total -= weight
            if total <= limit:
                return at + self.width
        return now

    def _ends(self, since: int) -> list[int]:
        """Return the times of events at or after `since`, ascending."""
        if not self.bursts and self.singles and self.singles[-1].at == since:
            return [since]
        ends = {member.at for member in self.singles[self._position(since - 1) :]}
        ends.update(burst.member.at for burst in self.bursts if burst.member.at >= since)
        return sorted(ends)

    def _bursts(self, now: int) -> Iterator[Burst]:
        for burst in self.bursts:
            if now - self.width < burst.member.at <= now:
                yield burst

    def _position(self, time: int) -> int:
        return bisect_right(self.singles, Member(time, _LAST_ID, "", "", ""))
