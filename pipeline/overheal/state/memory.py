"""Remembering things for a while, in memory bounded by their rate and, where said, number."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

UNBOUNDED = 2**62

PARTS = 3
"""Generations that turn: what is remembered longer than promised is a third of it at most."""

FEW = 100
"""So few keys are not worth a generation of their own before all of `keep` has passed."""

CROWDED = 4
"""However much comes at once, no more than so many times `most` is remembered for that."""


class Recent(msgspec.Struct, Generic[T]):
    """Keys with a value each, remembered for at least `keep` and at most a third longer.

    A few are remembered up to twice as long.

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

    def __bool__(self) -> bool:
        return bool(self.young or self.older)

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
        young, since = self.young, now - self.turned_at
        if (since * PARTS >= self.keep and (len(young) >= FEW or since >= self.keep)) or (
            len(young) * PARTS >= self.most
        ):
            self._turn(now, since)
            young = self.young
        young[key] = value

    def pass_to(self, now: int) -> None:
        """Forget what is too old at `now`, an event time, as if a key had come."""
        since = now - self.turned_at
        if since >= self.keep:
            self._turn(now, since)

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

    def _turn(self, now: int, since: int) -> None:
        """Let the youngest be older, and forget what is too old or too many."""
        keep, older = self.keep, self.older
        if since >= 2 * keep:
            if older:
                self.older = []
        else:
            while older and older[-1][0] <= now - keep:
                older.pop()
            if self.young:
                older.insert(0, (self.turned_at + max(0, min(since, keep)), self.young))
            if len(older) > 1 and self.most < UNBOUNDED:
                self._make_room(now)
        self.young, self.turned_at = {}, now

    def _make_room(self, now: int) -> None:
        """Forget the oldest that are too many."""
        older = self.older
        count = sum([len(part) for _, part in older])
        while older:
            at, oldest = older[-1]
            count -= len(oldest)
            if count < (self.most if at <= now - self.least else CROWDED * self.most):
                return
            older.pop()


RecentKeys = Recent[int]
