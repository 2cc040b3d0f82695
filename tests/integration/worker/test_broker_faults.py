"""Brokers die, stand still and come back: worker and fleet wait, go on, and nothing is missing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import sleep

import pytest

from tests.integration.worker.faults import BRISK, SESSION_SECONDS, accounted, parts, seeds, some_read
from tests.integration.worker.made import story
from tests.support.broker import LocalKafka
from tests.support.plant import Plant

Plants = Callable[..., Plant]


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_broker_that_is_killed_and_comes_back_costs_nothing(
    seed: int, own_kafka: LocalKafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(own_kafka.bootstrap, clickhouse_server, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    for part in parts(events, 3):
        before = plant.written()
        plant.produce(part, rng=rng)
        some_read(plant, rng, before, len(part))
        own_kafka.kill()
        own_kafka.restart()
    accounted(plant, events)
    assert worker.end() == 0
    assert fleet.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_broker_that_stands_still_for_longer_than_sessions_last_costs_nothing(
    seed: int, own_kafka: LocalKafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(own_kafka.bootstrap, clickhouse_server, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    for part in parts(events, 2):
        before = plant.written()
        plant.produce(part, rng=rng)
        some_read(plant, rng, before, len(part))
        own_kafka.pause()
        sleep(rng.uniform(1.2, 4.0) * SESSION_SECONDS)
        own_kafka.resume()
    accounted(plant, events)
    assert worker.end() == 0
    assert fleet.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_leader_that_is_lost_among_three_brokers_costs_nothing(
    seed: int,
    local_kafka: Callable[..., LocalKafka],
    clickhouse_server: str,
    plants: Plants,
):
    rng, events = Random(seed), story(seed)
    cluster = local_kafka(brokers=3)
    plant = plants(cluster.bootstrap, clickhouse_server, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    for part in parts(events, 2):
        before = plant.written()
        plant.produce(part[::2], rng=rng)
        some_read(plant, rng, before, len(part) // 2)
        leader = cluster.leader(plant.names.events, rng.randrange(plant.partitions))
        cluster.kill(leader)
        plant.produce(part[1::2], rng=rng)
        some_read(plant, rng, before, len(part))
        cluster.restart(leader)
    accounted(plant, events)
    assert worker.end() == 0
    assert fleet.end() == 0
