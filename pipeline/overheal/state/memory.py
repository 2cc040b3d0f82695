"""Remembering things for a while, in memory bounded by their rate."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Recent(msgspec.Struct, Generic[T]):
    """Keys with a value each, remembered for at least `keep` and at most twice as long.

    Times are event times in microseconds. Two generations rotate, so that forgetting costs
    nothing per key.
    """

    keep: int
    young: dict[str, T] = {}
    old: dict[str, T] = {}
    rotated_at: int = 0

    def get(self, key: str) -> T | None:
        """Return the value of a key, or None where it is unknown or forgotten."""
        found = self.young.get(key)
        return self.old.get(key) if found is None else found

    def put(self, key: str, value: T, now: int) -> None:
        """Remember a key; `now` is the event time that drives forgetting."""
        if now - self.rotated_at >= self.keep:
            self.old = self.young if now - self.rotated_at < 2 * self.keep else {}
            self.young = {}
            self.rotated_at = now
        self.young[key] = value

    def drop(self, key: str) -> None:
        """Forget a key at once."""
        self.young.pop(key, None)
        self.old.pop(key, None)


RecentKeys = Recent[int]
