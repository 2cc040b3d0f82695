"""How often somebody reports, and what silence is beyond all that its own past makes plausible."""

from __future__ import annotations

from bisect import insort
from math import log

import msgspec

from overheal.model import DAY, HOUR, MINUTE

TOP_KEPT = 16
"""The longest gaps, by which the tail of all gaps is judged."""

HORIZON = 90 * DAY
ERROR = 0.005
"""How often in `HORIZON` the tail's estimate may be exceeded by chance."""

TOGETHER = MINUTE
"""Reports closer together than this are one."""

WEEK_HOURS = 168
_EPOCH_OFFSET = 3 * 24
"""1970-01-01 was a Thursday; weeks begin on Monday."""


class Rhythm(msgspec.Struct):
    """When one agent reported; times are microseconds UTC.

    `longest` are the longest gaps, ascending. `weeks` counts for each hour of the week in how many
    weeks it reported then.
    """

    first_at: int
    last_at: int
    counted_at: int
    hour: int = -1
    count: int = 1
    beats: int = 0
    longest: list[int] = []
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
        learned = self._learn(gap)
        self.last_at = at
        if at - self.counted_at >= TOGETHER:
            self.count += 1
            self.counted_at = at
        self._note(at)
        return learned

    def plausible(self, times: float) -> int:
        """Return how long it may be silent: `times` the longest gap, or what its tail allows.

        The tail of the gaps is taken for a power law (Hill 1975, "A simple general approach to
        inference about the tail of a distribution"), its index a standard error smaller than
        estimated; the gap that `HORIZON` would exceed with `ERROR` is allowed.
        """
        if not self.longest:
            return 0
        allowed = int(times * self.longest[-1])
        base, kept = self.longest[0], len(self.longest)
        spread = sum(log(gap / base) for gap in self.longest[1:])
        if kept == TOP_KEPT and spread > 0:
            index = (kept - 1) / spread * (1 - 1 / kept**0.5)
            watched = max(self.last_at - self.first_at, 1)
            beyond = log(kept * max(HORIZON / watched, 1.0) / ERROR) / index
            allowed = max(allowed, int(base * 2.718281828459045 ** min(beyond, 7.0)))
        return allowed

    def missed(self, until: int) -> float:
        """Return in how many hours it would have reported, in an ordinary week, up to `until`."""
        weeks = max((self.last_at - self.first_at) / (7 * DAY), 1.0)
        start, end = self.last_at // HOUR + 1, until // HOUR
        whole, rest = divmod(max(end - start, 0), WEEK_HOURS)
        hours = [(start + number + _EPOCH_OFFSET) % WEEK_HOURS for number in range(rest)]
        expected = [min(count / weeks, 1.0) for count in self.weeks]
        return whole * sum(expected) + sum(expected[hour] for hour in hours)

    def _learn(self, gap: int) -> bool:
        if len(self.longest) >= TOP_KEPT:
            if gap <= self.longest[0]:
                return False
            del self.longest[0]
        insort(self.longest, gap)
        return True

    def _note(self, at: int) -> None:
        hour = at // HOUR
        if hour != self.hour:
            self.hour = hour
            self.weeks[(hour + _EPOCH_OFFSET) % WEEK_HOURS] += 1
