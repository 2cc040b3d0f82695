"""When it is time for snapshots: judging again after a crash must not take long, nor saving."""

from __future__ import annotations

JUDGED_SECONDS = 3.0
"""Judging that all lanes of a process may have to do again after a crash, about."""
SHARE = 10.0
"""Snapshots take at most one part in so many of the time that judging takes."""


class Pace:
    """Times one lane: what judging took since its last snapshots, and what these took.

    `judged` is what it took to judge again what lies behind the snapshots that a lane began with.
    """

    def __init__(self, judged: float = 0.0) -> None:
        self._judged = judged
        self._cost = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether anything was judged that no snapshot holds."""
        return self._judged > 0.0

    def judged(self, seconds: float) -> None:
        """Take note of judging."""
        self._judged += seconds

    def frozen(self, seconds: float) -> None:
        """Take note that snapshots were made in so many seconds."""
        self._judged = 0.0
        self._cost = seconds

    def is_due(self, lanes: int) -> bool:
        """Return whether a lane, one of `lanes`, wants snapshots now."""
        return self._judged >= max(JUDGED_SECONDS / max(1, lanes), SHARE * self._cost)
