"""Keeping a history in event-time order although its parts arrive out of order.

What arrives in order is told at once. What arrives late, but within reach, restores the state
saved before it and tells the rest again, in order: so a detector never sees disorder, and the
final state is a function of the events alone. Beyond reach nothing is told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

_LAST_RANK = 99

COPIED_AFTER = 8
"""Items told between two copies of a state: telling them again is cheaper than a copy for each."""

QUIET = 6
"""After so many times the reach without an item nothing of what is settled is kept."""

StateT = TypeVar("StateT")
ItemT = TypeVar("ItemT")
Key = tuple[int, int, str, str]
"""Event time, rank of the phase, source, id: a total order of events."""


class Reach(msgspec.Struct, Generic[ItemT]):
    """What a timeline needs, beside its state, to tell the last minutes again.

    `base` is the state before `items` as saved, or None where it is the state itself; it holds
    everything before `since`.
    """

    since: int
    base: bytes | None
    keys: list[Key]
    items: list[ItemT]
    told: Key | None


class Timeline(Generic[StateT, ItemT]):
    """A state, the log since its oldest saved copy, and the copies.

    `tell` changes a state by one item; `save` and `load` copy it; `shed` takes off an item what a
    log need not keep. With `reach` 0 every item must
    arrive in order, and nothing is logged or saved.
    """

    def __init__(
        self,
        state: StateT,
        reach: int,
        tell: Callable[[StateT, ItemT], None],
        save: Callable[[StateT], bytes],
        load: Callable[[bytes], StateT],
        shed: Callable[[ItemT], None] | None = None,
    ) -> None:
        self.state = state
        self._reach = reach
        self._tell, self._save, self._load, self._shed = tell, save, load, shed
        self._keys: list[Key] = []
        self._log: list[ItemT] = []
        self._copies: list[tuple[int, bytes]] = []
        self._since = 0
        self._told: Key | None = None

    def add(self, items: Sequence[tuple[Key, ItemT]], settled: int = 0) -> bool:
        """Tell a batch, sorted by key; return whether the history had to be told again.

        After this batch nothing will come before `settled` (microseconds UTC): what lies there
        need not be logged, however much it is.
        """
        first = items[0][0]
        again = self._told is not None and first < self._told
        if again and self._reach:
            self._merge(items, first)
            return True
        if not self._reach:
            for _, item in items:
                self._tell(self.state, item)
        else:
            if first[0] < settled and len(items) > COPIED_AFTER:
                self._settle(settled)
            else:
                settled = 0
            for key, item in items:
                if key[0] >= settled:
                    self._remember(key, item)
                self._tell(self.state, item)
                self._told = key
        self._told = items[-1][0]
        return False

    def will_pass(self) -> None:
        """Save what time alone is about to change, where nothing saved it since it was settled."""
        if self._reach and not self._copies:
            self._copies.append((self._since, self._save(self.state)))

    def passed(self, time: int) -> None:
        """Note that time alone changed the state up to `time`: before that is out of order."""
        mark: Key = (time, _LAST_RANK, "", "")
        if self._told is None or self._told < mark:
            self._told = mark

    @property
    def logged(self) -> int:
        """How many items could still be told again."""
        return len(self._log)

    def items(self) -> list[ItemT]:
        """Return the items that could still be told again, in order."""
        return list(self._log)

    def retell(self, start: Key) -> bool:
        """Tell everything from `start` again, because what an item stands for has changed.

        Returns whether anything was told; without reach nothing can be.
        """
        if not self._reach:
            return False
        self._merge([], start)
        return True

    def forget_before(self, time: int) -> None:
        """Drop what is only needed to correct the history before `time` (microseconds UTC).

        A little of what is settled is kept while more may follow soon: the next copy can wait.
        """
        copies = self._copies
        while len(copies) > 1 and copies[1][0] <= time:
            del copies[0]
        told = self._told[0] if self._told is not None else 0
        if (
            copies
            and told < time
            and (len(self._log) >= COPIED_AFTER or told < time - QUIET * self._reach)
        ):
            self._settle(time)
        elif copies:
            start = bisect_left(self._keys, (copies[0][0], 0, "", ""))
            del self._keys[:start]
            del self._log[:start]

    def reach(self, settled: int = 0) -> Reach[ItemT]:
        """Return what `revive` needs beside the state; nothing will come before `settled`."""
        if self._told is None or self._told[0] < settled:
            return Reach(max(self._since, settled), None, [], [], self._told)
        since, base = self._copies[0] if self._copies else (self._since, None)
        return Reach(since, base, self._keys.copy(), self._log.copy(), self._told)

    def revive(self, saved: Reach[ItemT]) -> None:
        """Take over what a timeline with the same state could still tell again."""
        self._since, self._told = saved.since, saved.told
        self._copies = [] if saved.base is None else [(saved.since, saved.base)]
        self._keys, self._log = saved.keys, saved.items

    def _is_far(self, time: int) -> bool:
        """Return whether enough was logged since a time to be worth a copy."""
        before = len(self._keys) - COPIED_AFTER
        return before >= 0 and self._keys[before][0] >= time

    def _settle(self, time: int) -> None:
        """Let the state itself be the base: everything told lies before `time`, for good."""
        self._copies.clear()
        self._keys.clear()
        self._log.clear()
        self._since = time

    def _remember(self, key: Key, item: ItemT) -> None:
        """Log an item, and save the state before it where the last copy is old."""
        copies = self._copies
        if not copies:
            copies.append((self._since, self._save(self.state)))
        elif (
            key[0] - copies[-1][0] >= self._reach // 2
            and (self._told is None or self._told[0] < key[0])
            and self._is_far(copies[-1][0])
        ):
            copies.append((key[0], self._save(self.state)))
        if self._shed is not None:
            self._shed(item)
        self._keys.append(key)
        self._log.append(item)

    def _merge(self, items: Sequence[tuple[Key, ItemT]], start: Key) -> None:
        """Go back before `start` and tell everything from there in order, with `items`."""
        if not self._copies:
            self._copies.append((self._since, self._save(self.state)))
        while len(self._copies) > 1 and self._copies[-1][0] > start[0]:
            self._copies.pop()
        at, saved = self._copies[-1]
        position = bisect_left(self._keys, (at, 0, "", ""))
        rest = sorted(
            [*zip(self._keys[position:], self._log[position:], strict=True), *items],
            key=lambda pair: pair[0],
        )
        del self._keys[position:]
        del self._log[position:]
        self.state = self._load(saved)
        self._told = None
        for key, item in rest:
            self._remember(key, item)
            self._tell(self.state, item)
            self._told = key
