"""When it is time for snapshots: judging again after a crash must not take long, nor saving."""

from __future__ import annotations

from collections.abc import Mapping

JUDGED_SECONDS = 5.0
"""Judging that all lanes of a process may have to do again after a crash, about."""
SHARE = 10.0
"""Snapshots take at most one part in so many of the time that judging takes."""


class Pace:
    """Times one lane: what judging took since its last snapshots, and what these took.

    `behind` is how many seconds it would take to judge again what no snapshot holds; at first,
    what it took to judge again what lies behind the snapshots that the lane began with.
    """

    def __init__(self, behind: float = 0.0) -> None:
        self.behind = behind
        self._cost = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether anything was judged that no snapshot holds."""
        return self.behind > 0.0

    @property
    def pays(self) -> bool:
        """Whether snapshots would take a small part of what judging took since the last ones."""
        return self.is_behind and self.behind >= SHARE * self._cost

    def judged(self, seconds: float) -> None:
        """Take note of judging."""
        self.behind += seconds

    def frozen(self, seconds: float) -> None:
        """Take note that snapshots were made in so many seconds."""
        self.behind = 0.0
        self._cost = seconds


def in_turn(paces: Mapping[int, Pace]) -> set[int]:
    """Return the lanes whose snapshots are due: those furthest behind, and no more than needed.

    So lanes take turns, and what arrives meanwhile waits for the snapshots of one instead of all.
    """
    left = sum(pace.behind for pace in paces.values())
    turns: set[int] = set()
    for lane, pace in sorted(paces.items(), key=lambda one: -one[1].behind):
        if left < JUDGED_SECONDS:
            break
        if pace.pays:
            turns.add(lane)
            left -= pace.behind
    return turns
