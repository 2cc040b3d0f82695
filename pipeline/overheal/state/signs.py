"""What else may get worse from recovery to recovery: uptimes, times to recover, measures."""

from __future__ import annotations

import zlib
from statistics import median

import msgspec

from overheal.state.columns import WIDTH, floats, with_float
from overheal.state.trend import TrendTest

UPTIME, DURATION = "prior_uptime", "time_to_recover"
KEPT = 60
"""Values that one run of a sign's test sees."""

NEWEST = 5
_TINY = 1e-9


class Sign(msgspec.Struct):
    """One sequence of numbers, one an episode, and the test whether it gets worse.

    What `grows` is worse; else what falls is. `test` holds the values, or their inverse where they
    grow; `column` are the newest values, as `state.columns` has them. The first came at `first_at`
    (microseconds UTC); `spent` tells when tests of it began.
    """

    name: str
    grows: bool
    test: TrendTest
    first_at: int = 0
    column: bytes = b""
    spent: list[int] = []

    @classmethod
    def starting(cls, name: str, *, grows: bool) -> Sign:
        """Return a sign that has seen nothing, and may spend nothing yet."""
        return cls(name, grows, TrendTest(0.0, horizon=KEPT))

    def begin(self, alpha: float) -> None:
        """Test afresh, with `alpha` to spend."""
        self.test, self.column, self.first_at = TrendTest(alpha, horizon=KEPT, sparing=True), b"", 0

    def observe(self, value: float, of: str, at: int) -> None:
        """Take the value that the recovery with the id `of` tells, at `at` (microseconds UTC)."""
        tie = zlib.crc32(of.encode()) & 0xFFFF
        self.first_at = self.first_at or at
        self.column = with_float(self.column, value)[-NEWEST * WIDTH :]
        self.test.observe(1 / max(value, _TINY) if self.grows else value, tie, at)

    @property
    def rejects(self) -> bool:
        """Whether chance does not explain it."""
        return self.test.rejected_at is not None

    @property
    def is_used_up(self) -> bool:
        """Whether it was rejected so long ago that nothing more is looked at."""
        return self.rejects and len(self.test.numbers) == KEPT * WIDTH

    @property
    def change(self) -> tuple[float, float]:
        """The median of the first third of what is kept, and of the newest."""
        values = self.test.values
        kept = values[: max(len(values) // 3, 1)]
        first = median(1 / value for value in kept) if self.grows else median(kept)
        return first, median(floats(self.column))

    def changed(self, times: float) -> bool:
        """Whether it got worse by at least this factor."""
        first, last = self.change
        return last >= times * first if self.grows else first >= times * last
