"""Remembering things for a while, in memory bounded by their rate and, where said, number."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

UNBOUNDED = 2**62

PARTS = 3
"""Generations that turn: what is remembered longer than promised is a third of it at most."""

CROWDED = 4
"""However much comes at once, no more than so many times `most` is remembered for that."""


class Recent(msgspec.Struct, Generic[T]):
    """Keys with a value each, remembered for at least `keep` and at most a third longer.

    Times are event times in microseconds. Generations turn, so that forgetting costs nothing per
    key: the youngest, and `older` ones, newest first, each with the time before which it was
    written. Where more than `most` come within `keep`, older ones are forgotten earlier, so that
    twice as many are remembered at most; but not what came within `least`, up to `CROWDED` times
    as many.
    """

    keep: int
    young: dict[str, T] = {}
    older: list[tuple[int, dict[str, T]]] = []
    turned_at: int = 0
    most: int = UNBOUNDED
    least: int = 0

    def __len__(self) -> int:
        return len(self.young) + sum([len(part) for _, part in self.older])

    def get(self, key: str) -> T | None:
        """Return the value of a key, or None where it is unknown or forgotten."""
        found = self.young.get(key)
        if found is None:
            for _, part in self.older:
                found = part.get(key)
                if found is not None:
                    return found
        return found

    def put(self, key: str, value: T, now: int) -> None:
        """Remember a key; `now` is the event time that drives forgetting."""
        young = self.young
        if (now - self.turned_at) * PARTS >= self.keep or len(young) * PARTS >= self.most:
            self._turn(now)
            young = self.young
        young[key] = value

    def pass_to(self, now: int) -> None:
        """Forget what is too old at `now`, an event time, as if a key had come."""
        if (now - self.turned_at) * PARTS >= self.keep:
            self._turn(now)

    def drop(self, key: str) -> None:
        """Forget a key at once."""
        self.young.pop(key, None)
        for _, part in self.older:
            part.pop(key, None)

    def refresh(self, key: str, now: int) -> None:
        """Remember a key as if it came now, where it is remembered at all."""
        if key not in self.young:
            found = self.get(key)
            if found is not None:
                self.put(key, found, now)

    def _turn(self, now: int) -> None:
        """Let the youngest be older, and forget what is too old or too many."""
        until = min(max(now, self.turned_at), self.turned_at + self.keep // PARTS)
        older = [(until, self.young), *self.older] if self.young else self.older
        self.older = older = [part for part in older if part[0] > now - self.keep]
        self.young, self.turned_at = {}, now
        count = sum([len(part) for _, part in older])
        while older:
            at, oldest = older[-1]
            count -= len(oldest)
            enough = self.most if at <= now - self.least else CROWDED * self.most
            if count < enough:
                return
            older.pop()


RecentKeys = Recent[int]
