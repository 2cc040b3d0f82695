"""`kill -9` at every boundary: whoever goes on stores the rest, and nothing twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import pytest

from overheal.model import Event
from tests.integration.worker.accounting import (
    KILLED,
    awake,
    cut,
    delayed,
    fed,
    fleet,
    member,
    right,
    seeds,
)
from tests.integration.worker.made import story
from tests.support import servers
from tests.support.doomed import PLACES
from tests.support.plant import Plant

NAMES = sorted(set(PLACES) - {"before-letters", "after-letters"})
PAIRS = [(NAMES[at], NAMES[(at + len(NAMES) // 2) % len(NAMES)]) for at in range(len(NAMES))]
CHOSEN = PAIRS[: -(-len(PAIRS) // 2)]
SAMPLE = [
    pytest.param(pair, marks=pytest.mark.slow) if number % 2 else pair
    for number, pair in enumerate(CHOSEN)
]
MOST = 3
RARE = {"before-recount", "after-recount"}
"""Places where a worker comes only if an event changes what earlier ones count for."""


@pytest.fixture
def plant(plants: Callable[..., Plant], kafka: servers.Kafka, clickhouse_server: str) -> Plant:
    return plants(kafka.bootstrap, clickhouse_server, text=member())


def goes_on(
    plant: Plant, events: Sequence[Event], rest: Iterator[Sequence[Event]], rng: random.Random
) -> None:
    """Let a last worker take what is left, and fail unless all is right then and after its end."""
    last = plant.start()
    for piece in rest:
        plant.produce(piece, rng=rng)
    right(plant, events)
    assert last.end() == 0
    right(plant, events)


@pytest.mark.parametrize("seed", seeds(1, 20))
@pytest.mark.parametrize("places", SAMPLE, ids=" then ".join)
def test_two_kills_at_any_boundary_lose_nothing_and_store_nothing_twice(
    plant: Plant, places: tuple[str, str], seed: int
):
    rng = random.Random(f"{seed} {places}")
    events = delayed(story(seed, 200), rng)
    pieces = iter(cut(events, 22))
    fleet(plant)
    for place in rng.sample(places, 2):
        times = 1 if place in RARE else rng.randint(1, MOST)
        worker = plant.start(dies=f"{place}:{times}", OVERHEAL_SNAPSHOTS="always")
        fed(plant, awake(plant, worker), islice(pieces, 9), rng)
        if place in RARE:
            worker.kill()
        assert worker.died() == KILLED, f"{place}: {worker.said()}"
    goes_on(plant, events, pieces, rng)


@pytest.mark.parametrize("seed", seeds(2, 20))
def test_kills_while_events_wait_for_others_change_nothing(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = delayed(story(seed, 150), rng, 4)
    pieces = iter(cut(events, 7))
    fleet(plant)
    for patience in rng.sample(["always", ""], 2):
        place = rng.choice(["after-insert", "before-ledger", "after-ledger", "after-snapshot"])
        snapshots = rng.choice(["always", ""])
        worker = plant.start(
            dies=f"{place}:{rng.randint(1, MOST)}",
            OVERHEAL_SNAPSHOTS="always" if place == "after-snapshot" else snapshots,
            OVERHEAL_PATIENCE=patience,
        )
        fed(plant, awake(plant, worker), islice(pieces, 3), rng)
        assert worker.died() == KILLED, f"{place}: {worker.said()}"
    goes_on(plant, events, pieces, rng)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_kills_one_after_another_while_a_lane_is_rebuilt_change_nothing(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = story(seed, 200)
    pieces = iter(cut(events, 6))
    fleet(plant)
    first = plant.start(dies=f"after-insert:{rng.randint(3, 6)}")
    fed(plant, awake(plant, first), pieces, rng)
    assert first.died() == KILLED
    for _ in range(2):
        place = rng.choice(["while-rebuilding", "after-rebuilding"])
        again = plant.start(dies=f"{place}:{rng.randint(1, plant.partitions)}")
        assert again.died() == KILLED
    plant.start()
    for piece in pieces:
        plant.produce(piece, rng=rng)
    right(plant, events)
