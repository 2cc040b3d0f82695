"""Workers come, go, and stand still: partitions move, and each event is judged and stored once."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import sleep

import pytest

from tests.integration.worker.accounting import cut, right, seeds
from tests.integration.worker.faults import BRISK, Pulse, some_read
from tests.integration.worker.made import story
from tests.support import children
from tests.support.chdb_front import ChdbFront
from tests.support.plant import Plant
from tests.support.servers import Kafka

Plants = Callable[..., Plant]
OURS = "are ours"
TAKEN = "were taken away"


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_one_worker_becomes_three_then_two_then_one_while_events_come(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    workers, fleet = [plant.start("worker")], plant.start("fleet")
    with Pulse(plant):
        for number, part in enumerate(cut(events, 4)):
            before = plant.written()
            plant.produce(part, rng=rng)
            some_read(plant, rng, before, len(part))
            if number == 0:
                workers += [plant.start("worker"), plant.start("worker")]
                for worker in workers[1:]:
                    worker.says(OURS)
            elif len(workers) > 1:
                gone = workers.pop(rng.randrange(len(workers)))
                if rng.random() < 0.5:
                    gone.kill()
                else:
                    assert gone.end() == 0
    right(plant, events)
    assert [worker.end() for worker in [*workers, fleet]] == [0, 0]


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_worker_that_stood_still_wakes_up_as_one_that_lost_everything_and_joins_again(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    sleeper, fleet = plant.start("worker"), plant.start("fleet")
    sleeper.says(OURS)
    first, second, third = cut(events, 3)
    with Pulse(plant):
        plant.produce(first, rng=rng)
        sleep(rng.uniform(0, 1.0))
        sleeper.pause()
        other = plant.start("worker")
        other.says("partitions [0, 1, 2] are ours")
        plant.produce(second, rng=rng)
        plant.settled()
        sleeper.resume()
        sleeper.says(TAKEN)
        children.until(lambda: sleeper.said().count(OURS) > 1, "partitions for it again")
        plant.produce(third, rng=rng)
    right(plant, events)
    assert [process.end() for process in (sleeper, other, fleet)] == [0, 0, 0]


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_what_a_worker_was_about_to_insert_when_it_stood_still_comes_once(
    seed: int, kafka: Kafka, own_clickhouse: ChdbFront, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(kafka.bootstrap, own_clickhouse.url, text=BRISK)
    sleeper, fleet = plant.start("worker"), plant.start("fleet")
    sleeper.says("told again")
    table = rng.choice(["action_events", "observations", "ingest_ranges", "findings"])
    with Pulse(plant):
        own_clickhouse.fail("slow", f"INTO `{table}`", seconds=8.0)
        plant.produce(events, rng=rng)
        children.until(lambda: own_clickhouse.struck("slow") > 0, "an insert under way")
        sleeper.pause()
        other = plant.start("worker")
        other.says("partitions [0, 1, 2] are ours")
        children.until(lambda: len(plant.findings()) > 0, "findings")
        sleeper.resume()
        sleeper.says(TAKEN)
    right(plant, events)
    assert [process.end() for process in (sleeper, other, fleet)] == [0, 0, 0]
