"""The ledger decides where a lane begins: behind a hole in it, and behind what retention took."""

from __future__ import annotations

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.integration.worker.made import story
from tests.support.plant import Plant


def test_a_hole_in_the_ledger_is_filled_and_what_lies_behind_it_stays(plant: Plant):
    events = story(3, size=200)
    for start in range(0, len(events), 60):
        plant.produce(events[start : start + 60])
        worker = plant.start("worker")
        plant.settled()
        assert worker.end() == 0
    with plant.store() as store:
        before = list(store.ranges(plant.names.events))
        partition = max({entry.partition for entry in before})
        gone = sorted((one for one in before if one.partition == partition), key=lambda e: e.first)
        assert len(gone) > 2
        store._engine.command(
            f"ALTER TABLE ingest_ranges DELETE WHERE partition = {partition} "
            f"AND first = {gone[1].first} SETTINGS mutations_sync = 2"
        )
    assert plant.audit().returncode == 1
    plant.start("worker")
    plant.settled()
    plant.balanced()
    with plant.store() as store:
        after = {(one.partition, one.first, one.last) for one in store.ranges(plant.names.events)}
    assert after == {(one.partition, one.first, one.last) for one in before}


def test_what_retention_deleted_before_it_was_read_is_named_and_the_rest_goes_on(plant: Plant):
    events = story(4, size=200)
    plant.produce(events[:100])
    worker = plant.start("worker")
    plant.settled()
    assert worker.end() == 0
    plant.produce(events[100:])
    admin = AdminClient(plant.kafka.client())
    with plant.store() as store:
        reached = store.progress(plant.names.events, _epoch(store, plant), 0).next_offset or 0
    (deleted,) = admin.delete_records([TopicPartition(plant.names.events, 0, reached + 3)]).values()
    assert deleted.result(30).low_watermark == reached + 3
    worker = plant.start("worker")
    worker.says("were deleted by retention before they were read")
    with plant.store() as store:
        worker.says("[2]: from offset")
        plant.settled()
        entries = [one for one in store.ranges(plant.names.events) if one.partition == 0]
    assert any(one.reasons.get("lost to retention") == 3 for one in entries)


def _epoch(store, plant: Plant) -> str:
    return next(iter(store.ranges(plant.names.events))).epoch
