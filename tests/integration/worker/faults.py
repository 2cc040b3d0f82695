"""What the tests of faults share: seeds, quick clients, and what must hold in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random
from time import sleep
from typing import Any

import pytest

from overheal.model import Event
from tests.support import children
from tests.support.plant import Plant

SESSION_SECONDS = 3.0
BRISK = """
[kafka.properties]
"session.timeout.ms" = 3000
"heartbeat.interval.ms" = 500
"reconnect.backoff.max.ms" = 1000
"""
"""Clients that notice a loss within seconds."""


def seeds(quick: int, every: int) -> list[Any]:
    """Return seeds: the first `quick` of them run always, the others where slow tests do."""
    slow = (pytest.param(seed, marks=pytest.mark.slow) for seed in range(quick, every))
    return [*range(quick), *slow]


def parts(events: Sequence[Event], number: int) -> Iterator[Sequence[Event]]:
    """Yield events in so many parts, in their order."""
    size = -(-len(events) // number)
    for start in range(0, len(events), size):
        yield events[start : start + size]


def some_read(plant: Plant, rng: Random, since: int, produced: int) -> None:
    """Wait until a part of what was produced is in the ledger, and for a moment more."""
    wanted = since + rng.randrange(produced)
    children.until(lambda: plant.read() >= wanted, 60, f"{wanted} records in the ledger")
    sleep(rng.uniform(0, 0.3))


def accounted(plant: Plant, events: Sequence[Event]) -> None:
    """Fail unless everything is stored once and the findings are those of `overheal analyze`."""
    plant.settled()
    plant.agrees(events)
    plant.settled()
    whole(plant, events)


def whole(plant: Plant, events: Sequence[Event]) -> None:
    """Fail unless each event is stored once and the ledger has neither gap nor overlap."""
    reached: dict[tuple[str, int], int] = defaultdict(int)
    stored = 0
    with plant.store() as store:
        counts = store.counts()
        entries = list(store.ranges(plant.names.events))
    for entry in sorted(entries, key=lambda one: (one.epoch, one.partition, one.first)):
        place = entry.epoch, entry.partition
        assert entry.first == reached[place], entry
        reached[place] = entry.last + 1
        stored += entry.stored
    assert counts.actions + counts.observations == len({event.key for event in events})
    assert stored == len({event.key for event in events})
