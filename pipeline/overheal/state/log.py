"""What was told of late, in order, so that it can be told again; most of it packed in blocks."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

BLOCK = 32
"""Items that are packed together; as many again stay loose, since the newest change most."""

LoggedT = TypeVar("LoggedT")


class SavedLog(msgspec.Struct, Generic[LoggedT], array_like=True):
    """A log as it is saved: times (microseconds UTC), packed blocks, loose items after them.

    The first `gone` items of the first block are no part of it.
    """

    times: list[int] = []
    gone: int = 0
    blocks: list[bytes] = []
    loose: list[LoggedT] = []


class Log(Generic[LoggedT]):
    """Items with their times, in order; places count from 0.

    Where there are `fold` and `unfold`, what is older is kept in blocks that these make and read.
    """

    def __init__(
        self,
        fold: Callable[[list[LoggedT]], bytes] | None = None,
        unfold: Callable[[bytes], list[LoggedT]] | None = None,
    ) -> None:
        self._fold = fold
        self._unfold = unfold
        self._times = array("q")
        self._gone = 0
        self._blocks: list[bytes] = []
        self._loose: list[LoggedT] = []

    def __len__(self) -> int:
        return len(self._times)

    @property
    def weight(self) -> int:
        """The bytes of the blocks."""
        return sum(map(len, self._blocks))

    def append(self, time: int, item: LoggedT) -> None:
        """Add an item that is no older than the last."""
        self._times.append(time)
        self._loose.append(item)
        if self._fold is not None and len(self._loose) >= 2 * BLOCK:
            self._blocks.append(self._fold(self._loose[:BLOCK]))
            del self._loose[:BLOCK]

    def place(self, time: int) -> int:
        """Return the place of the first item at or after a time (microseconds UTC)."""
        return bisect_left(self._times, time)

    def time(self, place: int) -> int:
        """Return the time of an item (microseconds UTC)."""
        return self._times[place]

    def between(self, first: int, last: int) -> list[LoggedT]:
        """Return the items with first ≤ place < last."""
        start, end = first + self._gone, last + self._gone
        begin = start // BLOCK * BLOCK
        packed = len(self._blocks) * BLOCK
        found: list[LoggedT] = []
        for number in range(start // BLOCK, min(len(self._blocks), -(-end // BLOCK))):
            found += self._unfolded(number)
        if end > packed:
            found += self._loose[max(0, begin - packed) : end - packed]
        return found[start - begin : end - begin]

    def drop_before(self, place: int) -> None:
        """Forget the items before a place."""
        del self._times[:place]
        start = place + self._gone
        packed = min(start // BLOCK, len(self._blocks))
        del self._blocks[:packed]
        self._gone = start - packed * BLOCK
        self._begin_whole()

    def drop_from(self, place: int) -> None:
        """Forget the items at a place and after it."""
        del self._times[place:]
        number, inside = divmod(place + self._gone, BLOCK)
        if number < len(self._blocks):
            self._loose = self._unfolded(number)[:inside]
            del self._blocks[number:]
        else:
            del self._loose[place + self._gone - len(self._blocks) * BLOCK :]
        self._begin_whole()

    def clear(self) -> None:
        """Forget everything."""
        self.drop_before(len(self))

    def saved(self) -> SavedLog[LoggedT]:
        """Return it as it stands."""
        return SavedLog(self._times.tolist(), self._gone, self._blocks.copy(), self._loose.copy())

    def restore(self, saved: SavedLog[LoggedT]) -> None:
        """Stand as another log stood when it was saved."""
        self._times = array("q", saved.times)
        self._gone, self._blocks, self._loose = saved.gone, saved.blocks, saved.loose

    def _begin_whole(self) -> None:
        """Forget for good what is gone, where it is in no block."""
        if not self._blocks:
            del self._loose[: self._gone]
            self._gone = 0

    def _unfolded(self, number: int) -> list[LoggedT]:
        if self._unfold is None:
            raise TypeError("a log without `unfold` has no blocks")
        return self._unfold(self._blocks[number])
