"""Keeping a history in event-time order although its parts arrive out of order.

What arrives in order is told at once. What arrives late, but within reach, restores the state
saved before it and tells the rest again, in order: so a detector never sees disorder, and the
final state is a function of the events alone. Beyond reach nothing is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from overheal.state.alarms import NEVER
from overheal.state.log import Log, SavedLog

_LAST_RANK = 99

COPIED_AFTER = 8
"""Items told between two copies of a state: telling them again is cheaper than a copy for each."""

COPY_BYTES, LATE_BYTES = 200, 1500
"""So many bytes of a packed copy are worth one item more that has to be told again: as a rule, and
where something just came late, since more may."""

THINNED = 3
"""How many times as old as the next newer copy but one a copy is at least, or that between goes."""

QUIET = 6
"""After so many times the reach without an item nothing of what is settled is kept."""

StateT = TypeVar("StateT")
ItemT = TypeVar("ItemT")
LoggedT = TypeVar("LoggedT")
Key = tuple[int, int, str, str]
"""Event time, rank of the phase, source, id: a total order of events."""


class Reach(msgspec.Struct, Generic[LoggedT]):
    """What a timeline needs, beside its state, to tell the last minutes again.

    `base` is the state before what is logged as saved, or None where it is the state itself; it
    holds everything before `since` (microseconds UTC).
    """

    since: int
    base: bytes | None
    log: SavedLog[LoggedT]
    told: Key | None


class Teller(Generic[StateT, ItemT, LoggedT]):
    """What a timeline does with states and items; subclasses say how.

    Where `fold` and `unfold` are given, they pack logged items together and take them apart.
    """

    fold: Callable[[list[LoggedT]], bytes] | None = None
    unfold: Callable[[bytes], list[LoggedT]] | None = None

    def tell(self, state: StateT, item: ItemT) -> None:
        """Change a state by one item."""
        raise NotImplementedError

    def save(self, state: StateT) -> bytes:
        """Return a state as bytes."""
        raise NotImplementedError

    def load(self, saved: bytes) -> StateT:
        """Return the state that `save` was given."""
        raise NotImplementedError

    def key(self, item: ItemT) -> Key:
        """Return where an item stands."""
        raise NotImplementedError

    def pack(self, item: ItemT) -> LoggedT:
        """Return what is logged of an item that was told."""
        raise NotImplementedError

    def unpack(self, logged: LoggedT) -> ItemT:
        """Return an item to be told again."""
        raise NotImplementedError


class Timeline(Generic[StateT, ItemT, LoggedT]):
    """A state, the log since its oldest saved copy, and the copies.

    With `reach` 0 every item must arrive in order, and nothing is logged or saved.
    """

    def __init__(self, state: StateT, reach: int, teller: Teller[StateT, ItemT, LoggedT]) -> None:
        self.state = state
        self._reach = reach
        self._teller = teller
        self._log: Log[LoggedT] = Log(teller.fold, teller.unfold)
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
        tell, state = self._teller.tell, self.state
        if not self._reach:
            for _, item in items:
                tell(state, item)
            self._told = items[-1][0]
            return False
        if first[0] < settled and len(items) > COPIED_AFTER:
            self._settle(settled)
        else:
            settled = 0
        for key, item in items:
            if key[0] >= settled:
                self._tell_logged(key, item)
            else:
                tell(state, item)
                self._told = key
        return False

    def will_pass(self) -> None:
        """Save what time alone is about to change, where nothing saved it since it was settled."""
        if self._reach and not self._copies:
            self._copies.append((self._since, self._teller.save(self.state)))

    def passed(self, time: int) -> None:
        """Note that time alone changed the state up to `time`: before that is out of order."""
        mark: Key = (time, _LAST_RANK, "", "")
        if self._told is None or self._told < mark:
            self._told = mark

    @property
    def logged(self) -> int:
        """How many items could still be told again."""
        return len(self._log)

    @property
    def oldest(self) -> int:
        """When the first of them was (microseconds UTC), `NEVER` where there is none."""
        return self._log.time(0) if len(self._log) else NEVER

    def items(self) -> list[LoggedT]:
        """Return what is logged of the items that could still be told again, in order."""
        return self._log.between(0, len(self._log))

    def between(self, start: int, end: int) -> list[ItemT]:
        """Return the items with start ≤ time < end (microseconds UTC) that are still logged."""
        log = self._log
        return list(map(self._teller.unpack, log.between(log.place(start), log.place(end))))

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
            and (len(self._log) >= self._worth(COPY_BYTES) or told < time - QUIET * self._reach)
        ):
            self._settle(time)
        elif copies:
            self._log.drop_before(self._log.place(copies[0][0]))

    def reach(self, settled: int = 0) -> Reach[LoggedT]:
        """Return what `revive` needs beside the state; nothing will come before `settled`."""
        if self._told is None or self._told[0] < settled:
            return Reach(max(self._since, settled), None, SavedLog(), self._told)
        since, base = self._copies[0] if self._copies else (self._since, None)
        return Reach(since, base, self._log.saved(), self._told)

    def revive(self, saved: Reach[LoggedT]) -> None:
        """Take over what a timeline with the same state could still tell again."""
        self._since, self._told = saved.since, saved.told
        self._copies = [] if saved.base is None else [(saved.since, saved.base)]
        self._log.restore(saved.log)

    def _tell_logged(self, key: Key, item: ItemT, late: int = NEVER) -> None:
        """Tell and log an item, and save the state before it where the last copy is old.

        Something just came `late`, where it did: a copy from before it will soon be of use.
        """
        copies, time = self._copies, key[0]
        if not copies:
            copies.append((self._since, self._teller.save(self.state)))
        elif self._told is None or self._told[0] < time:
            last = copies[-1][0]
            if (time - last >= self._reach // 2 and self._is_far(last, COPY_BYTES)) or (
                last < late <= time and self._is_far(last, LATE_BYTES)
            ):
                copies.append((time, self._teller.save(self.state)))
                self._thin()
        self._teller.tell(self.state, item)
        self._log.append(time, self._teller.pack(item))
        self._told = key

    def _is_far(self, time: int, copy_bytes: int) -> bool:
        """Return whether enough was logged since a time to be worth a copy."""
        before = len(self._log) - self._worth(copy_bytes)
        return before >= 0 and self._log.time(before) >= time

    def _worth(self, copy_bytes: int) -> int:
        """Return how many items are worth another copy as large as the last."""
        return max(COPIED_AFTER, len(self._copies[-1][1]) // copy_bytes)

    def _thin(self) -> None:
        """Let copies stand the farther apart the older they are: what is late is mostly not very.

        None is farther from the next than half the reach, since the log begins with the oldest.
        """
        copies = self._copies
        now = copies[-1][0]
        for place in range(len(copies) - 2, 0, -1):
            older, newer = copies[place - 1][0], copies[place + 1][0]
            if newer - older <= self._reach // 2 and now - older <= THINNED * (now - newer):
                del copies[place]

    def _settle(self, time: int) -> None:
        """Let the state itself be the base: everything told lies before `time`, for good."""
        self._copies.clear()
        self._log.clear()
        self._since = time

    def _merge(self, items: Sequence[tuple[Key, ItemT]], start: Key) -> None:
        """Go back before `start` and tell everything from there in order, with `items`."""
        teller = self._teller
        if not self._copies:
            self._copies.append((self._since, teller.save(self.state)))
        while len(self._copies) > 1 and self._copies[-1][0] > start[0]:
            self._copies.pop()
        at, saved = self._copies[-1]
        position = self._log.place(at)
        logged = map(teller.unpack, self._log.between(position, len(self._log)))
        rest = sorted([*((teller.key(item), item) for item in logged), *items], key=_first)
        self._log.drop_from(position)
        self.state = teller.load(saved)
        self._told = None
        for key, item in rest:
            self._tell_logged(key, item, start[0])


def _first(pair: tuple[Key, ItemT]) -> Key:
    return pair[0]
