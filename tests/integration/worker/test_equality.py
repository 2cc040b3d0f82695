"""However many workers share the work, the findings are those of `overheal analyze`."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.worker.made import story
from tests.support.plant import Plant
from tests.support.servers import Kafka


def test_one_worker_and_the_fleet_as_installed_find_what_analyze_finds(
    plants: Callable[..., Plant], kafka: Kafka, clickhouse_server: str
):
    plant = plants(kafka.bootstrap, clickhouse_server, forked=False)
    events = story(1)
    plant.produce(events)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    plant.settled()
    plant.agrees(events)
    assert worker.end() == 0
    assert fleet.end() == 0
    assert plant.written() == plant.read()
