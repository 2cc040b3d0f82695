"""The topic of events is made anew, or grows: what is in it is read, and state goes with its scope."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from overheal.kafka.admin import topic_epoch
from overheal.kafka.partitioning import partition_of
from tests.integration.worker.accounting import cut, right, seeds
from tests.integration.worker.faults import BRISK, Pulse, some_read
from tests.integration.worker.made import story
from tests.support import children
from tests.support.command import OVERHEAL, ROOT
from tests.support.plant import Plant
from tests.support.servers import Kafka

Plants = Callable[..., Plant]


def made_anew(plant: Plant, while_gone: Callable[[], None] = lambda: None) -> None:
    """Delete the topic of events and make it again under its name."""
    admin, name = AdminClient(plant.kafka.client()), plant.names.events
    admin.delete_topics([name])[name].result(30)
    children.until(lambda: name not in admin.list_topics(timeout=5).topics, "the topic gone")
    while_gone()
    admin.create_topics([NewTopic(name, plant.partitions, 1)])[name].result(30)
    children.until(lambda: name in admin.list_topics(timeout=5).topics, "the topic again")


def read_of(plant: Plant, epoch: str) -> int:
    with plant.store() as store:
        return sum(entry.records for entry in store.ranges(plant.names.events, epoch))


def stored(plant: Plant) -> int:
    with plant.store() as store:
        counts = store.counts()
        return counts.actions + counts.observations


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_topic_that_is_made_anew_under_a_worker_is_read_from_its_beginning(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    rng, events = random.Random(seed), story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    worker = plant.start("worker")
    first, second = cut(events, 2)
    plant.produce(first)
    plant.settled()
    before = topic_epoch(plant.kafka, plant.names.events)
    pause = rng.random() < 0.5
    made_anew(plant, lambda: worker.says("does not exist", 30) if pause else None)
    after = topic_epoch(plant.kafka, plant.names.events)
    plant.produce(second)
    written = plant.written()
    children.until(lambda: read_of(plant, after) >= written, "everything of the new topic")
    assert before != after
    assert read_of(plant, before) == len(first)
    assert stored(plant) == len(events)
    assert worker.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_topic_that_is_made_anew_between_two_runs_goes_on_with_the_state_of_its_scopes(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    events = story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    first, second = cut(events, 2)
    plant.produce(first)
    fleet, worker = plant.start("fleet"), plant.start("worker")
    plant.settled()
    assert worker.end() == 0
    made_anew(plant)
    plant.produce(second)
    again = plant.start("worker")
    plant.agrees(events)
    assert stored(plant) == len(events)
    assert [again.end(), fleet.end()] == [0, 0]


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_partitions_that_are_added_as_documented_take_the_state_of_their_scopes_along(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    rng, events = random.Random(seed), story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    first, second = cut(events, 2)
    with Pulse(plant):
        before = plant.written()
        plant.produce(first, rng=rng)
        some_read(plant, rng, before, len(first))
        early = topics(plant, "add-partitions", plant.names.events, "7")
        assert early.returncode == 1
        assert "members" in early.stderr or "left to consume" in early.stderr
    plant.settled()
    assert worker.end() == 0
    grown = topics(plant, "add-partitions", plant.names.events, "7")
    assert grown.returncode == 0, grown.stderr
    plant.partitions = 7
    scopes = {plant.catalog.place(event).scope.replace("\0", "/", 1) for event in events}
    assert any(partition_of(one.encode(), 3) != partition_of(one.encode(), 7) for one in scopes)
    again = plant.start("worker")
    with Pulse(plant):
        plant.produce(second, rng=rng)
    right(plant, events)
    assert "arrives on the partitions" not in again.said()
    sampled = topics(plant, "check", "--sample", "1000")
    assert "do no harm" in sampled.stdout + sampled.stderr
    assert [again.end(), fleet.end()] == [0, 0]


def topics(plant: Plant, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `overheal topics` on this installation."""
    return subprocess.run(
        [OVERHEAL, "topics", *words, "--config", str(plant.path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
