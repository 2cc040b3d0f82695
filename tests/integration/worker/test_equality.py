"""However many workers share the work, the findings are those of `overheal analyze`."""

from __future__ import annotations

from tests.integration.worker.made import story
from tests.support.plant import Plant


def test_one_worker_and_the_fleet_find_what_analyze_finds(plant: Plant):
    events = story(1)
    plant.produce(events)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    plant.settled()
    plant.agrees(events)
    assert worker.end() == 0
    assert fleet.end() == 0
    assert plant.written() == plant.read()
