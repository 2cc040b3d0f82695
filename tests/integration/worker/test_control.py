"""Expectations and drills on a running fleet: a record on the control topic, taken by everybody."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Producer

from overheal.model import Finding
from tests.integration.worker.faults import BRISK
from tests.support import children
from tests.support.command import run, says
from tests.support.events import restart
from tests.support.plant import Plant
from tests.support.servers import Kafka

Plants = Callable[..., Plant]
EXPECT = ("--until", "1h", "--owner", "web", "--reason", "an import")


def said(plant: Plant, *arguments: str) -> str:
    done = run(*arguments, "--config", plant.path)
    assert done.returncode == 0, says(done)
    return done.stdout.decode()


def listed(plant: Plant, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(said(plant, what, "list", "--output", "json"))
    return found


def after(moment: str) -> None:
    """Wait until a moment is over."""
    rest = (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()
    time.sleep(max(0.0, rest) + 0.5)


def storm(plant: Plant, prefix: str, count: int, *services: str) -> None:
    """Produce so many restarts of services, a fraction of a second apart, from now on."""
    start = datetime.now(UTC)
    plant.produce(
        [
            restart(
                f"{prefix}-{name}-{number}",
                (start + timedelta(milliseconds=50 * number)).isoformat(),
                service=name,
                scope=name,
            )
            for number in range(count)
            for name in services
        ]
    )


def standing(plant: Plant, detector: str) -> dict[str, Finding]:
    found = {one.service: one for one in plant.findings().values() if one.detector == detector}
    return dict(sorted(found.items()))


def tiers(plant: Plant) -> dict[str, str]:
    return {name: one.tier.word for name, one in standing(plant, "recovery_frequency").items()}


def wait(plant: Plant, expected: dict[str, str]) -> None:
    children.until(lambda: tiers(plant) == expected, f"{expected}, not {tiers(plant)}")


def test_an_expectation_lowers_the_next_finding_on_every_worker_and_after_a_restart(
    kafka: Kafka, clickhouse_server: str, plants: Plants
):
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    workers = [plant.start("worker"), plant.start("worker")]
    for worker in workers:
        worker.says("told again")
    driver = Producer(plant.kafka.producer())
    driver.produce(plant.names.control, b"{}", b"drill/broken")
    assert driver.flush(30) == 0
    workers[0].says("is left aside")
    said(plant, "expect", "add", "cart", "--rate", "50/hour", *EXPECT)
    assert "known already" in said(plant, "expect", "add", "cart", "--rate", "50/hour", *EXPECT)
    for worker in workers:
        worker.says("declared: expect-")
    (row,) = listed(plant, "expect")
    after(row["since"])
    storm(plant, "a", 4, "cart", "ledger")
    wait(plant, {"cart": "informational", "ledger": "actionable"})
    assert standing(plant, "recovery_frequency")["cart"].evidence["expected"]["id"] == row["id"]

    for worker in workers:
        worker.kill()
    again = plant.start("worker")
    again.says("declared: expect-")
    storm(plant, "b", 8, "cart", "ledger")
    wait(plant, {"cart": "actionable", "ledger": "critical"})
    (row,) = listed(plant, "expect")
    assert row["state"] == "active"
    with plant.store() as store:
        assert list(store.declared().expectations) == [row["id"]]

    said(plant, "expect", "remove", row["id"])
    (row,) = listed(plant, "expect")
    after(row["removed_at"])
    storm(plant, "c", 1, "cart")
    wait(plant, {"cart": "critical", "ledger": "critical"})
    with plant.store() as store:
        assert store.declared().expectations[row["id"]].removed_at is not None
    assert again.end() == 0


def test_an_acknowledgement_reaches_the_store_whichever_of_topic_and_store_can_be_reached(
    kafka: Kafka, clickhouse_server: str, plants: Plants
):
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    worker = plant.start("worker")
    worker.says("told again")
    storm(plant, "a", 4, "cart")
    wait(plant, {"cart": "actionable"})
    ident = standing(plant, "recovery_frequency")["cart"].id
    assert "it is about" in said(plant, "ack", ident[:-4], "--by", "ada", "--found", "a leak")
    worker.says(f"acknowledged: {ident} by ada")
    away = {"OVERHEAL_STORE__SERVER": "http://127.0.0.1:9/nobody"}
    done = run("ack", ident, "--by", "bob", "--config", plant.path, env=away)
    assert done.returncode == 0, says(done)
    assert "the fleet was told" in says(done)
    part = run("ack", ident[:-4], "--by", "bob", "--config", plant.path, env=away)
    assert "no whole id" in says(part)
    worker.says(f"acknowledged: {ident} by bob")

    def stored() -> list[tuple[str, str]]:
        with plant.store() as store:
            return [(one.by, one.found) for one in store.acknowledgements()]

    children.until(lambda: len(stored()) == 2, "both acknowledgements stored")
    assert stored() == [("ada", "a leak"), ("bob", "")]
    assert worker.end() == 0


def test_a_drill_is_taken_by_a_running_worker_and_the_same_after_a_restart(
    kafka: Kafka, clickhouse_server: str, plants: Plants
):
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    worker = plant.start("worker")
    worker.says("told again")
    start = ("drill", "start", "unplugged", "--service", "cart", "--owner", "web")
    said(plant, *start, "--no-automation")
    worker.says("declared: unplugged")
    (row,) = listed(plant, "drill")
    after(row["since"])
    storm(plant, "a", 5, "cart", "ledger")
    wait(plant, {"ledger": "actionable"})
    children.until(lambda: standing(plant, "automation_in_drill"), "automation told")
    worker.kill()
    again = plant.start("worker")
    again.says("declared: unplugged")
    storm(plant, "b", 7, "cart", "ledger")
    wait(plant, {"ledger": "critical"})
    children.until(
        lambda: standing(plant, "automation_in_drill")["cart"].count == 12,
        "all of it told",
    )
    found = standing(plant, "automation_in_drill")
    assert list(found) == ["cart"]
    assert found["cart"].tier.word == "actionable"
    assert found["cart"].evidence["drill"] == "unplugged"

    said(plant, "drill", "end", "unplugged")
    (row,) = listed(plant, "drill")
    after(row["ended_at"])
    storm(plant, "c", 4, "cart")
    wait(plant, {"cart": "actionable", "ledger": "critical"})
    (row,) = listed(plant, "drill")
    assert row["state"] == "ended"
    with plant.store() as store:
        assert store.declared().drills["unplugged"].ended_at is not None
        assert sum(one.recoveries for one in store.hourly("cart")) == 4
    assert again.end() == 0
