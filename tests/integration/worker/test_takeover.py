"""How long nobody judges: from the death of a worker to the next finding of what it had."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from confluent_kafka import Producer

from overheal.kafka.partitioning import partition_of
from overheal.kafka.reader import Reader
from overheal.run.messages import read_finding
from tests.support import children
from tests.support.events import document
from tests.support.plant import Plant
from tests.support.servers import Kafka

SERVICES = 10_000
EVENTS = 300_000
DAYS = 30
FROM_DEATH = 20.0
FROM_ASSIGNMENT = 10.0


def produce(plant: Plant, rows: list[tuple[str, datetime]], prefix: str) -> None:
    """Write one finished restart a row, each service a scope of its own."""
    driver = Producer(plant.kafka.producer())
    whole = json.dumps(document("ID", "TIME", service="NAME", scope="NAME"))
    for number, (name, moment) in enumerate(rows):
        text = whole.replace("ID", f"{prefix}{number}").replace("NAME", name)
        value = text.replace("TIME", moment.isoformat()).encode()
        while True:
            try:
                driver.produce(plant.names.events, value, f"production/{name}".encode())
            except BufferError:
                driver.poll(0.1)
            else:
                break
        driver.poll(0)
    assert driver.flush(120) == 0


@pytest.mark.slow
def test_ten_thousand_scopes_of_thirty_days_are_judged_again_within_seconds(
    kafka: Kafka,
    clickhouse_server: str,
    plants: Callable[..., Plant],
    record_property: Callable[[str, object], None],
):
    rng, now = random.Random(1), datetime.now(UTC)
    plant = plants(kafka.bootstrap, clickhouse_server, partitions=4)
    step = timedelta(days=DAYS) / EVENTS
    rows = [
        (f"service-{rng.randrange(SERVICES)}", now - step * (EVENTS - number))
        for number in range(EVENTS)
    ]
    produce(plant, rows, "old-")
    workers = [plant.start("worker"), plant.start("worker")]
    plant.settled(600)
    owned = [
        set(json.loads(re.findall(r"partitions (\[.*\]) are ours", one.said())[-1]))
        for one in workers
    ]
    dying = 0 if len(owned[0]) <= 2 else 1
    lost = owned[dying]
    name = next(
        f"service-{number}"
        for number in range(SERVICES)
        if partition_of(f"production/service-{number}".encode(), plant.partitions) in lost
    )
    findings = Reader(plant.kafka, plant.names.findings)
    list(findings.to_end(60))
    workers[dying].kill()
    died = monotonic()
    moment = datetime.now(UTC)
    produce(plant, [(name, moment + timedelta(milliseconds=n)) for n in range(12)], "new-")

    def found() -> bool:
        return any(
            one is not None and one.service == name
            for polled in findings.read(0)
            for one in map(read_finding, polled.headers)
        )

    taken: list[float] = []

    def judged() -> bool:
        if not taken and workers[1 - dying].said().count("are ours") > 1:
            taken.append(monotonic())
        return found()

    children.until(judged, f"a finding about {name}")
    total = monotonic() - died
    assignment = monotonic() - taken[0]
    findings.close()
    record_property("seconds from death", round(total, 2))
    record_property("seconds from assignment", round(assignment, 2))
    lanes = re.findall(r"\d+ scopes, \d+ events told again, [\d.]+ s", workers[1 - dying].said())
    shown = f"{total:.1f} s from death, {assignment:.1f} s from assignment; {lanes}"
    print(shown)
    assert total < FROM_DEATH, shown
    assert assignment < FROM_ASSIGNMENT, shown
