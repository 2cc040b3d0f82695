"""What the adapter remembers: bounded in time and in number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """A dict that forgets what was not touched for `span` µs, and the oldest beyond `limit`.

    Time is event time and never goes back: an earlier moment counts as the latest one known.
    """

    def __init__(self, span: int, limit: int = 500_000) -> None:
        self._span = span
        self._limit = limit
        self._now = 0
        self._kept: dict[K, tuple[int, V]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def __iter__(self) -> Iterator[K]:
        return iter(self._kept)

    def get(self, key: K) -> V | None:
        """Return what is remembered under a key, without touching it."""
        found = self._kept.get(key)
        return None if found is None else found[1]

    def put(self, key: K, value: V, at: int) -> V:
        """Remember a value as of `at`, and forget what is too old or too much."""
        kept = self._kept
        self._now = max(self._now, at)
        kept.pop(key, None)
        kept[key] = (self._now, value)
        horizon = self._now - self._span
        while kept:
            oldest = next(iter(kept))
            if kept[oldest][0] >= horizon and len(kept) <= self._limit:
                break
            del kept[oldest]
        return value

    def drop(self, key: K) -> V | None:
        """Forget a key and return what stood there."""
        found = self._kept.pop(key, None)
        return None if found is None else found[1]
