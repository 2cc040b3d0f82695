"""Whether an event that comes too late was taken before: the store is asked, it forgets nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from overheal.flow import EventKey
from overheal.model import Event
from overheal.run.worker.block import Lot
from overheal.stages.row import Row
from overheal.store import Store


class _Taken:
    """Rows of one batch that ends at `offset`; their keys are made when they are asked for."""

    def __init__(self, rows: Sequence[Row], offset: int) -> None:
        self.offset = offset
        self._rows = rows
        self._keys: set[EventKey] = set()

    def __contains__(self, key: EventKey) -> bool:
        if not self._keys:
            self._keys = {row.event.key for row in self._rows}
        return key in self._keys


class Recall:
    """Answers for one lane.

    A lane that replays what a crash left half-way meets its own rows at or after `durable_before`:
    those are no duplicates. What it took itself and is not durable yet is in `note`, late or not: a
    backlog may go past an event's lateness before the event is stored.
    """

    def __init__(self, store: Store, lot: Lot, durable_before: int) -> None:
        self._store = store
        self._lot = lot
        self._durable_before = durable_before
        self._taken: deque[_Taken] = deque()

    def __call__(self, events: Sequence[Event]) -> Collection[EventKey]:
        """Return the keys of those events that were taken before; raises `StoreUnavailable`."""
        lot = self._lot
        keys = [event.key for event in events]
        known = {key for key in keys if any(key in one for one in self._taken)}
        for key, origin in self._store.origins(keys).items():
            own = (origin.topic, origin.epoch, origin.partition) == (
                lot.topic,
                lot.epoch,
                lot.partition,
            )
            if not own or origin.offset < self._durable_before:
                known.add(key)
        return known

    def note(self, rows: Sequence[Row], offset: int) -> None:
        """Remember what was taken, the last of it at `offset`, until it is durable."""
        if rows:
            self._taken.append(_Taken(rows, offset))

    def durable(self, offset: int) -> None:
        """Take note that everything up to and with `offset` is stored."""
        self._durable_before = offset + 1
        while self._taken and self._taken[0].offset <= offset:
            self._taken.popleft()
