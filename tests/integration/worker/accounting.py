"""What must hold when a fault has passed: everything accounted for, nothing twice, same findings."""

from __future__ import annotations

import random
import signal
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest

from overheal.detect.settings import SettingsBook
from overheal.flow import EventKey, ScopeFlow
from overheal.model import MICROSECOND, Event
from overheal.stages.rules import RuleBook, rules_of
from overheal.store import Store
from tests.support import children
from tests.support.plant import Plant, Process

KILLED = -signal.SIGKILL
SOON = 1.0
DOUBLES = """
SELECT source, id, uniqExact(_partition, _offset, _item) AS places
FROM (SELECT source, id, _partition, _offset, _item FROM action_events
      UNION ALL SELECT source, id, _partition, _offset, _item FROM observations)
GROUP BY source, id HAVING places > 1 OR places = 0
"""
COUNTED = """
SELECT source, id, counted, human_counted
FROM action_events FINAL
WHERE counted > 0 OR human_counted > 0
"""


def seeds(sample: int, many: int) -> list[Any]:
    """Return the seeds of a fault: `sample` in every run of the tests, up to `many` in long ones."""
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(sample + 1, many + 1)]
    return [*range(1, sample + 1), *slow]


def member(more: str = "") -> str:
    """Return settings of a worker in a group of its own, where it comes back at once if killed."""
    return f'group = "{uuid.uuid4().hex}"\ninstance = "one"\n{more}'


def fleet(plant: Plant, **environment: str) -> Process:
    """Start the fleet in a group of its own."""
    return plant.start("fleet", OVERHEAL_FLEET__GROUP=plant.database, **environment)


def cut(events: Sequence[Event], pieces: int) -> list[Sequence[Event]]:
    """Return the events in about so many pieces, in order."""
    size = max(1, -(-len(events) // pieces))
    return [events[start : start + size] for start in range(0, len(events), size)]


def delayed(events: Sequence[Event], rng: random.Random, seconds: float = 300.0) -> list[Event]:
    """Return the events as they come where each is on its way for up to so long."""
    most = round(seconds * MICROSECOND)
    return sorted(events, key=lambda event: event.time + rng.randint(0, most))


def fed(
    plant: Plant, process: Process, pieces: Iterator[Sequence[Event]], rng: random.Random
) -> list[Event]:
    """Write pieces, each once the one before is stored, until the process dies; return them.

    Slow storing is not waited for: a worker that heard nothing for two seconds takes it that time
    has passed, and what comes then from long ago is late for the fleet.
    """
    made: list[Event] = []
    with plant.store() as store:
        for piece in pieces:
            plant.produce(piece, rng=rng)
            made += piece
            written = plant.written()
            with suppress(TimeoutError):
                children.until(
                    lambda wanted=written: not process.alive or plant.read_in(store) >= wanted,  # type: ignore[misc]
                    "it stored",
                    SOON,
                )
            if not process.alive:
                break
    return made


def awake(plant: Plant, process: Process) -> Process:
    """Wait until a worker reads all partitions, or died before; return it."""
    children.until(
        lambda: not process.alive or process.said().count(": from offset ") >= plant.partitions,
        "it reads",
    )
    return process


def accounted(plant: Plant, events: Collection[Event], refused: int = 0) -> None:
    """Fail unless the ledger has every offset once and the store exactly what it says.

    `events` are those that are stored, however often they were sent; `refused` how many dead
    letters there are.
    """
    with plant.store() as store:
        entries = list(store.ranges(plant.names.events))
        assert sum(entry.records for entry in entries) == plant.written()
        assert sum(entry.stored for entry in entries) == len({event.key for event in events})
        assert sum(entry.dead_letters for entry in entries) == refused
        for partition in range(plant.partitions):
            lane = [entry for entry in entries if entry.partition == partition]
            if not lane:
                continue
            assert [lane[0].first, *(one.first - two.last for two, one in pairwise(lane))] == [
                0,
                *[1] * (len(lane) - 1),
            ], lane
            for entry in lane:
                parts = entry.stored + entry.duplicates + entry.dead_letters
                assert entry.received == parts, entry
            place = (plant.names.events, lane[0].epoch, partition)
            ranges = [(entry.first, entry.last) for entry in lane]
            assert store.stored_per_range(*place, ranges) == [one.stored for one in lane]
            assert store.refused_per_range(*place, ranges) == [one.dead_letters for one in lane]
        assert store._engine.rows(DOUBLES) == []
    plant.balanced()


def right(plant: Plant, events: Collection[Event], refused: int = 0) -> None:
    """Wait for the end of all work, and fail unless it is accounted for and judged as `analyze`.

    What the stored events count for is what they would count for in order.
    """
    plant.settled()
    accounted(plant, events, refused)
    try:
        plant.agrees(list(events))
    except AssertionError:
        wanted, found = plant.expected(list(events)), plant.verdicts()
        differ = {key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)}
        told = [f"{key}: wanted {wanted.get(key)}, found {found.get(key)}" for key in differ]
        raise AssertionError("\n".join(told) or "the same, but too late") from None
    expected = counts(plant, events)
    with plant.store() as store, suppress(TimeoutError):
        children.until(lambda: _counts(store) == expected, "the same counts")
    with plant.store() as store:
        differ = {*_counts(store).items()} ^ {*expected.items()}
    assert not differ, sorted(differ)


def counts(plant: Plant, events: Collection[Event]) -> dict[EventKey, tuple[int, int]]:
    """Return how many recoveries by automation and by hand events count for, told in order."""
    rules = rules_of(plant.catalog, SettingsBook({}, plant.catalog.overrides))
    told = sorted(events, key=lambda event: event.time)
    counted = ScopeFlow(RuleBook(rules)).judge(told).counted
    return {key: (one.by_automation, one.by_hand) for key, one in counted.items()}


def _counts(store: Store) -> dict[EventKey, tuple[int, int]]:
    found = store._engine.rows(COUNTED)
    return {(source, name): (automated, human) for source, name, automated, human in found}
