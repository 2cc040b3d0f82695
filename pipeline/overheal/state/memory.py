"""Remembering things for a while, in memory bounded by their rate and, where said, number."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

UNBOUNDED = 2**62


class Recent(msgspec.Struct, Generic[T]):
    """Keys with a value each, remembered for at least `keep` and at most twice as long.

    Times are event times in microseconds. Two generations rotate, so that forgetting costs
    nothing per key. Where more than `most` come within `keep`, older ones are forgotten earlier:
    twice as many are remembered at most.
    """

    keep: int
    young: dict[str, T] = {}
    old: dict[str, T] = {}
    rotated_at: int = 0
    most: int = UNBOUNDED

    def get(self, key: str) -> T | None:
        """Return the value of a key, or None where it is unknown or forgotten."""
        found = self.young.get(key)
        return found if found is not None else self.old.get(key)

    def put(self, key: str, value: T, now: int) -> None:
        """Remember a key; `now` is the event time that drives forgetting."""
        young, since = self.young, now - self.rotated_at
        if since >= self.keep or len(young) >= self.most:
            self.old = young if since < 2 * self.keep else {}
            self.young = young = {}
            self.rotated_at = now
        young[key] = value

    def drop(self, key: str) -> None:
        """Forget a key at once."""
        self.young.pop(key, None)
        self.old.pop(key, None)


RecentKeys = Recent[int]
