"""How often somebody reports, and what silence is beyond all that its own past makes plausible."""

from __future__ import annotations

from bisect import insort
from math import exp, log

import msgspec

from overheal.model import DAY, HOUR, MINUTE

TOP_KEPT = 16
"""The longest gaps, by which the tail of all gaps is judged."""

HORIZON = 90 * DAY
ERROR = 0.005
"""How often in `HORIZON` the tail's estimate may be exceeded by chance."""

MOST = 7.0
"""The tail allows at most e to the power of this times as much as the least of what is kept."""

TOGETHER = MINUTE
"""Reports closer together than this are one."""

WEEK_HOURS = 168
_EPOCH_OFFSET = 3 * 24
"""1970-01-01 was a Thursday; weeks begin on Monday."""


class Rhythm(msgspec.Struct):
    """When one agent reported; times are microseconds UTC.

    `longest` are the longest gaps, ascending, `missing` the gaps in which most was missing: one
    more than the hours in which it would have reported, by the weeks before. `weeks` counts for
    each hour of the week in how many weeks it reported then.
    """

    first_at: int
    last_at: int
    counted_at: int
    hour: int = -1
    count: int = 1
    beats: int = 0
    longest: list[float] = []
    missing: list[float] = []
    weeks: list[int] = msgspec.field(default_factory=lambda: [0] * WEEK_HOURS)

    @classmethod
    def begun(cls, at: int) -> Rhythm:
        """Return the rhythm of somebody who reports for the first time."""
        rhythm = cls(at, at, at)
        rhythm._note(at)
        return rhythm

    def report(self, at: int, *, beat: bool = False) -> bool:
        """Take one report, a heartbeat or any other; return whether the longest gaps changed."""
        self.beats += beat
        gap = at - self.last_at
        if gap <= 0:
            return False
        learned = _learn(self.longest, gap)
        learned |= _learn(self.missing, 1 + self.missed(at) if gap >= HOUR else 1.0)
        self.last_at = at
        if at - self.counted_at >= TOGETHER:
            self.count += 1
            self.counted_at = at
        self._note(at)
        return learned

    def plausible(self, times: float, *, tail: bool) -> float:
        """Return how long it may be silent: `times` the longest gap, or what the `tail` allows."""
        return self._allowed(self.longest, times, tail=tail)

    def may_miss(self, times: float) -> float:
        """Return how many hours it may miss in which it usually reports, and one."""
        return self._allowed(self.missing, times, tail=True)

    def _allowed(self, top: list[float], times: float, *, tail: bool) -> float:
        """Return `times` the highest of these, or what their tail allows where that is more.

        The tail is taken for a power law (Hill 1975, "A simple general approach to inference about
        the tail of a distribution"), its index a standard error smaller than estimated; allowed
        is what `HORIZON` would exceed with probability `ERROR`.
        """
        if not top:
            return 0.0
        allowed, base, kept = times * top[-1], top[0], len(top)
        spread = sum(log(item / base) for item in top[1:])
        if tail and kept == TOP_KEPT and spread > 0:
            index = (kept - 1) / spread * (1 - 1 / kept**0.5)
            watched = max(self.last_at - self.first_at, 1)
            beyond = log(kept * max(HORIZON / watched, 1.0) / ERROR) / index
            allowed = max(allowed, base * exp(min(beyond, MOST)))
        return allowed

    def missed(self, until: int) -> float:
        """Return in how many hours it would have reported, in an ordinary week, up to `until`."""
        weeks = max((self.last_at - self.first_at) / (7 * DAY), 1.0)
        start, end = self.last_at // HOUR + 1, until // HOUR
        whole, rest = divmod(max(end - start, 0), WEEK_HOURS)
        hours = [(start + number + _EPOCH_OFFSET) % WEEK_HOURS for number in range(rest)]
        expected = [min(count / weeks, 1.0) for count in self.weeks]
        return whole * sum(expected) + sum(expected[hour] for hour in hours)

    def _note(self, at: int) -> None:
        hour = at // HOUR
        if hour != self.hour:
            self.hour = hour
            self.weeks[(hour + _EPOCH_OFFSET) % WEEK_HOURS] += 1


def _learn(top: list[float], item: float) -> bool:
    """Keep the highest; return whether these changed."""
    if len(top) >= TOP_KEPT:
        if item <= top[0]:
            return False
        del top[0]
    insort(top, item)
    return True
