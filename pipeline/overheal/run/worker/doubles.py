"""Noticing scopes that arrive on several partitions: each half would be judged alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from overheal.errors import StoreUnavailable
from overheal.run.worker.block import Lot
from overheal.run.worker.lane import Lane
from overheal.run.worker.watch import Watch
from overheal.store import Store

SAVED_WITHIN = 20.0
"""Seconds after which a scope that is new should be in a snapshot, so that others see it."""


class Doubles:
    """Looks for every new scope twice, since what another process has shows in its snapshots only.

    Once when it is met, and once when a snapshot of its own is durable: of two workers that met a
    half each, the one that saves last sees the other.
    """

    def __init__(self, store: Store, watch: Watch) -> None:
        self._store = store
        self._watch = watch
        self._met: dict[Lot, set[str]] = {}
        self._since: dict[Lot, float] = {}
        self._saving: dict[Lot, set[str]] = {}
        self._named: set[tuple[str, ...]] = set()

    def meet(self, lanes: Sequence[Lane], every: Mapping[int, Lane]) -> None:
        """Look for what is new in `lanes`; `every` are all lanes of this process."""
        for lane in lanes:
            fresh = lane.newcomers
            if fresh and self._look(lane.lot, fresh, every):
                self._met.setdefault(lane.lot, set()).update(fresh)
                self._since.setdefault(lane.lot, time.monotonic())
                lane.newcomers = set()

    def wants_snapshots(self, lane: Lane) -> bool:
        """Whether a scope of this lane is in no snapshot for long."""
        since = self._since.get(lane.lot)
        return since is not None and time.monotonic() - since >= SAVED_WITHIN

    def saving(self, lane: Lane) -> None:
        """Take note that snapshots of all scopes of a lane are about to be stored."""
        self._since.pop(lane.lot, None)
        self._saving.setdefault(lane.lot, set()).update(self._met.pop(lane.lot, ()))

    def saved(self, lots: Sequence[Lot], every: Mapping[int, Lane]) -> None:
        """Look again for what has become durable with the snapshots of `lots`."""
        for lot in lots:
            names = self._saving.get(lot)
            if names is not None and self._look(lot, names, every):
                del self._saving[lot]

    def forget(self, partition: int) -> None:
        """Drop what is known of a partition that others have."""
        for known in (self._met, self._since, self._saving):
            for lot in [lot for lot in known if lot.partition == partition]:
                del known[lot]

    def _look(self, lot: Lot, names: set[str], every: Mapping[int, Lane]) -> bool:
        """Name those that are elsewhere too; return whether the store could be asked."""
        try:
            homes = self._store.homes(lot.topic, sorted(names))
        except StoreUnavailable:
            return False
        for scope in sorted(names):
            found = {lot.partition, *(one for one, lane in every.items() if scope in lane.keys)}
            found |= {one for epoch, one in homes.get(scope, ()) if epoch == lot.epoch}
            name = scope, *map(str, sorted(found))
            if len(found) > 1 and name not in self._named:
                self._named.add(name)
                self._watch.doubled(scope, sorted(found))
        return True
