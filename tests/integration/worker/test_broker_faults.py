"""Brokers die, stand still and come back: worker and fleet wait, go on, and nothing is missing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import sleep

import pytest

from tests.integration.worker.accounting import cut, right, seeds
from tests.integration.worker.faults import BRISK, SESSION_SECONDS, Pulse, some_read
from tests.integration.worker.made import story
from tests.support.broker import LocalKafka
from tests.support.plant import Plant

Plants = Callable[..., Plant]


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_broker_that_is_killed_and_comes_back_costs_nothing(
    seed: int, own_kafka: LocalKafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(own_kafka.bootstrap, clickhouse_server, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    with Pulse(plant):
        for part in cut(events, 2):
            before = plant.written()
            plant.produce(part, rng=rng)
            some_read(plant, rng, before, len(part))
            own_kafka.kill()
            sleep(rng.uniform(0, 2.0))
            own_kafka.restart()
    right(plant, events)
    assert [worker.end(), fleet.end()] == [0, 0]


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_broker_that_stands_still_for_longer_than_sessions_last_costs_nothing(
    seed: int, own_kafka: LocalKafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(own_kafka.bootstrap, clickhouse_server, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    with Pulse(plant):
        for part in cut(events, 2):
            before = plant.written()
            plant.produce(part, rng=rng)
            some_read(plant, rng, before, len(part))
            own_kafka.pause()
            sleep(rng.uniform(1.2, 3.0) * SESSION_SECONDS)
            own_kafka.resume()
    right(plant, events)
    assert [worker.end(), fleet.end()] == [0, 0]


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
    pieces = cut(events, 4)
    with Pulse(plant):
        for alive, lost in ((0, 1), (2, 3)):
            before = plant.written()
            plant.produce(pieces[alive], rng=rng)
            some_read(plant, rng, before, len(pieces[alive]))
            leader = cluster.leader(plant.names.events, rng.randrange(plant.partitions))
            cluster.kill(leader)
            plant.produce(pieces[lost], rng=rng)
            some_read(plant, rng, before, len(pieces[alive]) + len(pieces[lost]))
            cluster.restart(leader)
    right(plant, events)
    assert [worker.end(), fleet.end()] == [0, 0]
