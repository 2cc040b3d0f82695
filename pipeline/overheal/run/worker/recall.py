"""Whether an event that comes too late was taken before: the store is asked, it forgets nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from overheal.flow import EventKey
from overheal.model import Event
from overheal.run.worker.block import Lot
from overheal.store import Store


class Recall:
    """Answers for one lane.

    A lane that replays what a crash left half-way meets its own rows at or after `durable_before`:
    those are no duplicates. What it took itself and is not durable yet is in `note`.
    """

    def __init__(self, store: Store, lot: Lot, durable_before: int) -> None:
        self._store = store
        self._lot = lot
        self._durable_before = durable_before
        self._fresh: dict[EventKey, int] = {}

    def __call__(self, events: Sequence[Event]) -> Collection[EventKey]:
        """Return the keys of those events that were taken before; raises `StoreUnavailable`."""
        lot = self._lot
        known = {event.key for event in events if event.key in self._fresh}
        for key, origin in self._store.origins([event.key for event in events]).items():
            own = (origin.topic, origin.epoch, origin.partition) == (
                lot.topic,
                lot.epoch,
                lot.partition,
            )
            if not own or origin.offset < self._durable_before:
                known.add(key)
        return known

    def note(self, events: Sequence[Event], offset: int) -> None:
        """Remember late events, the last of them at `offset`, until they are durable."""
        self._fresh.update({event.key: offset for event in events})

    def durable(self, offset: int) -> None:
        """Take note that everything up to and with `offset` is stored."""
        self._durable_before = offset + 1
        self._fresh = {key: at for key, at in self._fresh.items() if at > offset}
