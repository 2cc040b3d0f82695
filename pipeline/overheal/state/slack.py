"""How long to wait for what is late, learned from what was."""

from __future__ import annotations


class Slack:
    """Remembers for a while how late things came, at most `most`; times are microseconds UTC.

    A stream in order costs no waiting. Where something came late, the next are waited for as long,
    for at least `keep` and at most twice that: then it is forgotten.
    """

    def __init__(self, most: int, keep: int) -> None:
        self._most = most
        self._keep = keep
        self._young = 0
        self._old = 0
        self._turned_at = 0

    def late(self, by: int, now: int) -> None:
        """Note that something came so late at `now`; what came later still is an exception."""
        self._turn(now)
        if by <= self._most:
            self._young = max(self._young, by)

    def at(self, now: int) -> int:
        """Return how long to wait."""
        self._turn(now)
        return max(self._young, self._old)

    def _turn(self, now: int) -> None:
        if now - self._turned_at >= self._keep:
            self._old = self._young if now - self._turned_at < 2 * self._keep else 0
            self._young = 0
            self._turned_at = now
