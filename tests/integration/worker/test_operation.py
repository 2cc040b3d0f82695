"""Running the worker: stopping, reloading, being asked how it is, and what it refuses to start with."""

from __future__ import annotations

import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from tests.integration.worker.accounting import cut, right
from tests.integration.worker.faults import BRISK, Pulse
from tests.integration.worker.made import story
from tests.support import children
from tests.support.chdb_front import ChdbFront
from tests.support.events import at, restart
from tests.support.plant import Plant, Process
from tests.support.servers import Kafka

Plants = Callable[..., Plant]


def asked(port: int, path: str) -> tuple[int, str]:
    """Return status and body of the operations front; (0, "") while nothing listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def ready(port: int) -> bool:
    return asked(port, "/readyz")[0] == 200


def metric(port: int, name: str, **labels: str) -> float:
    """Return the sum of a metric's values whose labels are these."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sum(
        float(line.rpartition(" ")[2])
        for line in asked(port, "/metrics")[1].splitlines()
        if re.match(rf"{name}(\{{| )", line) and all(one in line for one in wanted)
    )


def listening(plant: Plant) -> tuple[Process, int]:
    """Start a worker that answers on a port."""
    (port,) = children.free_ports(1)
    return plant.start("worker", OVERHEAL_OPERATIONS__LISTEN=f"127.0.0.1:{port}"), port


# -- stopping ------------------------------------------------------------------------------------


def test_a_stop_stores_and_commits_everything_read_and_the_next_start_tells_nothing_again(
    plant: Plant,
):
    events = story(3)
    fleet = plant.start("fleet")
    worker = plant.start("worker")
    worker.says("told again")
    first, second = cut(events, 2)
    with Pulse(plant):
        plant.produce(first)
        children.until(lambda: plant.read() > 0, "something read")
        began = monotonic()
        assert worker.end() == 0
        assert monotonic() - began < 20
        assert "everything read is stored and committed" in worker.said()
        read = plant.read()
        again = plant.start("worker")
        children.until(lambda: again.said().count("told again") == plant.partitions, "lanes")
        starts = re.findall(r"from offset (\d+) on, .* (\d+) events told again", again.said())
        assert [told for _, told in starts] == ["0"] * plant.partitions
        assert sum(int(offset) for offset, _ in starts) == read
        plant.produce(second)
    right(plant, events)
    assert [again.end(), fleet.end()] == [0, 0]


def test_a_second_stop_ends_at_once_and_loses_nothing(
    kafka: Kafka, own_clickhouse: ChdbFront, plants: Plants
):
    plant = plants(kafka.bootstrap, own_clickhouse.url, text=BRISK)
    worker = plant.start("worker")
    worker.says("told again")
    own_clickhouse.fail("unavailable", "INSERT", -1)
    events = story(4)
    plant.produce(events)
    worker.says("trying again")
    worker.signal(signal.SIGTERM)
    with pytest.raises(TimeoutError):
        children.until(lambda: not worker.alive, "an early end", 1.5)
    worker.signal(signal.SIGTERM)
    assert worker.died(5) == 128 + signal.SIGTERM
    own_clickhouse.heal()
    again, fleet = plant.start("worker"), plant.start("fleet")
    right(plant, events)
    assert [again.end(), fleet.end()] == [0, 0]


def test_a_stop_while_the_store_is_down_ends_within_the_bound_and_says_what_is_left(
    kafka: Kafka, own_clickhouse: ChdbFront, plants: Plants
):
    plant = plants(kafka.bootstrap, own_clickhouse.url, text="drain_seconds = 3" + BRISK)
    worker = plant.start("worker")
    worker.says("told again")
    own_clickhouse.fail("unavailable", "INSERT", -1)
    plant.produce(story(5, 50))
    worker.says("trying again")
    began = monotonic()
    assert worker.end() == 0
    assert monotonic() - began < 10
    assert "is left to the next worker" in worker.said()
    assert "everything read is stored" not in worker.said()


# -- reloading -----------------------------------------------------------------------------------


def test_a_reload_is_taken_by_every_worker_and_a_broken_file_by_none(
    kafka: Kafka, clickhouse_server: str, plants: Plants
):
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    workers = [plant.start("worker"), plant.start("worker")]
    for worker in workers:
        worker.says("told again")
    before = plant.path.read_text()
    plant.path.write_text(before + "[detectors.recovery_frequency]\nper_hour = 'many'\n")
    workers[0].signal(signal.SIGHUP)
    workers[0].says("the old configuration stays in force")
    plant.path.write_text(before + "[detectors.recovery_frequency]\nper_hour = 2\n")
    workers[0].signal(signal.SIGHUP)
    workers[0].says("reloaded: new rules hold")
    workers[1].says("other rules hold from now on")
    assert "other rules hold" not in workers[0].said()
    workers[1].signal(signal.SIGHUP)
    workers[1].says("reloaded: the rules are the same")
    found = present(plant, 3)
    children.until(lambda: frequent(plant) == found, f"a finding for {found} services")
    with plant.store() as store:
        assert len(store.inputs()) == 2
    assert [worker.end() for worker in workers] == [0, 0]


def frequent(plant: Plant) -> int:
    """Return how many services are recovered too often, as the store has it."""
    return sum(one.detector == "recovery_frequency" for one in plant.findings().values())


def present(plant: Plant, each: int) -> int:
    """Produce so many restarts of a dozen services from now on; return how many services."""
    start, names = datetime.now(UTC), [f"now-{number}" for number in range(12)]
    plant.produce(
        [
            restart(
                f"{name}-{number}",
                (start + timedelta(seconds=number + 1)).isoformat(),
                service=name,
                scope=name,
            )
            for number in range(each)
            for name in names
        ]
    )
    return len(names)


# -- being asked ---------------------------------------------------------------------------------


def test_a_worker_tells_how_it_is_and_why_it_is_not_ready(
    kafka: Kafka, own_clickhouse: ChdbFront, plants: Plants
):
    plant = plants(kafka.bootstrap, own_clickhouse.url, text=BRISK)
    own_clickhouse.fail("down", "", -1)
    worker, port = listening(plant)
    children.until(lambda: asked(port, "/readyz")[0] == 503, "an answer")
    assert asked(port, "/healthz")[0] == 200
    children.until(lambda: "127.0.0.1" in asked(port, "/readyz")[1], "the reason")
    own_clickhouse.heal()
    children.until(lambda: ready(port), "a worker that is ready")
    events = story(6)
    with Pulse(plant):
        plant.produce(events)
        children.until(lambda: metric(port, "overheal_stored_events_total") == len(events), "")
    plant.settled()
    children.until(lambda: metric(port, "overheal_consumer_lag_records") == 0, "no lag")
    assert metric(port, "overheal_findings_total", tier="critical") > 0
    assert 'topic="' in asked(port, "/metrics")[1]
    own_clickhouse.fail("unavailable", "INSERT", -1)
    plant.produce(story(7, 50))
    children.until(lambda: asked(port, "/readyz")[0] == 503, "trouble with the store")
    assert json.loads(asked(port, "/readyz")[1])["reasons"]
    children.until(lambda: metric(port, "overheal_retries_total", what="store") > 0, "retries")
    own_clickhouse.heal()
    children.until(lambda: ready(port), "a worker that is ready again")
    assert worker.end() == 0


def test_a_scope_that_arrives_on_two_partitions_is_named(plant: Plant):
    worker, port = listening(plant)
    worker.says("told again")
    split(plant, 0, 1)
    worker.says("the scope production/torn arrives on the partitions 0, 1")
    assert metric(port, "overheal_scopes_on_two_partitions_total") == 1
    assert worker.end() == 0


def test_a_scope_of_which_two_workers_see_one_half_each_is_named(
    kafka: Kafka, clickhouse_server: str, plants: Plants
):
    plant = plants(kafka.bootstrap, clickhouse_server, partitions=2, text=BRISK)
    workers = [plant.start("worker"), plant.start("worker")]
    for worker in workers:
        worker.says("told again")
    split(plant, 0, 1)
    children.until(
        lambda: any("arrives on the partitions 0, 1" in one.said() for one in workers),
        "the scope named",
    )
    assert [worker.end() for worker in workers] == [0, 0]


def split(plant: Plant, *partitions: int) -> None:
    """Write events of one scope to several partitions."""
    driver = Producer(plant.kafka.producer())
    for number, partition in enumerate(partitions * 3):
        event = restart(f"torn-{number}", at(number), service="torn", scope="torn")
        driver.produce(plant.names.events, event.document, b"production/torn", partition)
    assert driver.flush(30) == 0


# -- membership ----------------------------------------------------------------------------------


def test_a_worker_with_a_name_of_its_own_comes_back_without_a_rebalance(
    kafka: Kafka, clickhouse_server: str, plants: Plants
):
    slow = BRISK.replace('"session.timeout.ms" = 3000', '"session.timeout.ms" = 20000')
    plant = plants(kafka.bootstrap, clickhouse_server, text=slow)
    one = plant.start("worker", OVERHEAL_WORKER__INSTANCE="one")
    other = plant.start("worker", OVERHEAL_WORKER__INSTANCE="other")
    other.says("told again")
    children.until(lambda: one.said().count("told again") > 0, "both at work")
    moves = other.said().count("are ours") + other.said().count("go to others")
    kept = re.findall(r"partitions (\[.*\]) are ours", one.said())
    one.kill()
    again = plant.start("worker", OVERHEAL_WORKER__INSTANCE="one")
    again.says("are ours")
    events = story(8)
    with Pulse(plant):
        plant.produce(events)
    plant.settled()
    assert other.said().count("are ours") + other.said().count("go to others") == moves
    assert kept
    assert [again.end(), other.end()] == [0, 0]


# -- entering, and refusing ----------------------------------------------------------------------


@pytest.mark.parametrize("command", ["worker", "fleet", "ingest"])
def test_missing_topics_are_named_with_the_command_that_makes_them(plant: Plant, command: str):
    admin = AdminClient(plant.kafka.client())
    for name, done in admin.delete_topics([plant.names.events, plant.names.activity]).items():
        done.result(30)
        children.until(lambda name=name: name not in admin.list_topics(timeout=5).topics, name)
    process = plant.start(command)
    assert process.died(60) == 1
    assert "overheal topics create" in process.said()
    assert "Traceback" not in process.said()
