"""`kill -9` at every boundary: whoever goes on stores the rest, and nothing twice."""

from __future__ import annotations

import random

import pytest

from tests.integration.worker.accounting import KILLED, cut, fed, right, seeds
from tests.integration.worker.made import story
from tests.support.doomed import PLACES
from tests.support.plant import Plant

NAMES = sorted(PLACES)
PAIRS = [(NAMES[at], NAMES[(at + len(NAMES) // 2) % len(NAMES)]) for at in range(len(NAMES))]
MOST = 3


@pytest.mark.parametrize("seed", seeds(1, 20))
@pytest.mark.parametrize("places", PAIRS[: -(-len(PAIRS) // 2)], ids=" then ".join)
def test_two_kills_at_any_boundary_lose_nothing_and_store_nothing_twice(
    plant: Plant, places: tuple[str, str], seed: int
):
    rng = random.Random(f"{seed} {places}")
    events = story(seed, 200)
    pieces = iter(cut(events, 16))
    plant.start("fleet")
    for place in rng.sample(places, 2):
        worker = plant.start(dies=f"{place}:{rng.randint(1, MOST)}", OVERHEAL_SNAPSHOTS="always")
        fed(plant, worker, pieces, rng)
        assert worker.died() == KILLED, f"{place}: {worker.said()}"
    last = plant.start()
    for piece in pieces:
        plant.produce(piece, rng=rng)
    right(plant, events)
    assert last.end() == 0
    right(plant, events)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_kills_one_after_another_while_a_lane_is_rebuilt_change_nothing(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = story(seed, 200)
    pieces = iter(cut(events, 6))
    plant.start("fleet")
    first = plant.start(dies=f"after-insert:{rng.randint(3, 6)}")
    fed(plant, first, pieces, rng)
    assert first.died() == KILLED
    for _ in range(2):
        place = rng.choice(["while-rebuilding", "after-rebuilding"])
        again = plant.start(dies=f"{place}:{rng.randint(1, plant.partitions)}")
        assert again.died() == KILLED
    plant.start()
    for piece in pieces:
        plant.produce(piece, rng=rng)
    right(plant, events)
