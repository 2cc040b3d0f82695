"""How long to wait for what comes late before telling what came in time."""

from __future__ import annotations

from overheal.model import MICROSECOND

STEP = MICROSECOND // 20


class Patience:
    """Learns from how late things came lately, at most `most`; times are microseconds.

    A stream in order costs no waiting. `allowed` things a second may come later still, where each
    costs less than waiting for it. What is learned counts for `keep` to twice that; what came later
    than `most` is not worth waiting for.
    """

    def __init__(self, most: int, keep: int, allowed: int = 0) -> None:
        self._most = most
        self._keep = keep
        self._allowed = allowed
        self._young = self._none()
        self._old = self._none()
        self._began = 0
        self._before = 0
        self._any = False

    def late(self, by: int) -> None:
        """Note that something came so late."""
        if by <= self._most:
            self._young[by // STEP] += 1
            self._any = True

    def at(self, now: int) -> int:
        """Return how long to wait, as of `now` (microseconds UTC)."""
        self._began = self._began or now
        if now - self._began >= self._keep:
            self._turn(now)
        if not self._any:
            return 0
        span = max(MICROSECOND, now - self._began + self._before)
        left = self._allowed * span / MICROSECOND
        for place in range(len(self._young) - 1, -1, -1):
            left -= self._young[place] + self._old[place]
            if left < 0:
                return min(self._most, (place + 1) * STEP)
        return 0

    def _turn(self, now: int) -> None:
        recent = now - self._began < 2 * self._keep
        self._old = self._young if recent else self._none()
        self._before = now - self._began if recent else 0
        self._young = self._none()
        self._began = now
        self._any = any(self._old)

    def _none(self) -> list[int]:
        return [0] * (self._most // STEP + 1)
