"""`overheal audit`: what a worker did adds up, and whatever was damaged behind its back is named."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from overheal.clock import SystemClock
from overheal.errors import InputError
from overheal.kafka import topics
from overheal.kafka.admin import topic_epoch
from overheal.kafka.reader import Reader
from overheal.run.audit.verdict import Audited, LaneAudit
from overheal.run.audit.wiring import DEEP, NORMAL, QUICK, Request, audit
from overheal.run.topics import specifications
from tests.support.children import until
from tests.support.command import OVERHEAL, ROOT
from tests.support.events import at, restart
from tests.support.plant import Plant
from tests.support.servers import Kafka

DEPTHS = [QUICK, NORMAL, DEEP]


class Site:
    """One installation whose records a test places itself."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.topic = plant.names.events
        self.ends: dict[int, int] = {}

    @property
    def epoch(self) -> str:
        return topic_epoch(self.plant.kafka, self.topic)

    def send(self, values: Sequence[bytes | None], partition: int = 0, **settings: Any) -> None:
        """Write records to one partition, keyed by their scope; `settings` are the producer's."""
        made = Producer({**self.plant.kafka.client(), **settings})
        if "transactional.id" in settings:
            made.init_transactions()
            made.begin_transaction()
        for value in values:
            made.produce(
                self.topic, value, b"production/checkout", partition=partition, callback=self._sent
            )
        if "transactional.id" in settings:
            made.flush(30)
            if settings.get("client.id") == "aborts":
                made.abort_transaction()
            else:
                made.commit_transaction()
        assert made.flush(30) == 0

    def work(self) -> None:
        """Let a worker take everything that can be read, and end it."""
        worker = self.plant.start()
        try:
            with self.plant.store() as store:
                for partition, end in self.ends.items():
                    place = (self.topic, self.epoch, partition)
                    until(
                        lambda place=place, end=end: (  # type: ignore[misc]
                            (store.progress(*place).next_offset or 0) >= end
                        ),
                        f"{end} in the ledger:\n{worker.said()}",
                    )
            assert worker.end() == 0
        finally:
            worker.kill()

    def audit(self, depth: str = NORMAL, partition: int | None = None) -> Audited:
        request = Request(str(self.plant.path), None, partition, depth)
        return audit(request, SystemClock(), lambda _: None, lambda _: None)

    def sql(self, statement: str, **values: Any) -> None:
        """Change the store behind overheal's back."""
        with self.plant.store() as store:
            store._engine.command(f"{statement} SETTINGS mutations_sync = 2", **values)

    def delete_before(self, offset: int, partition: int = 0) -> None:
        """Let retention take the first records of a partition."""
        client = AdminClient(self.plant.kafka.client())
        place = TopicPartition(self.topic, partition, offset)
        for future in client.delete_records([place]).values():
            future.result(30)

    def _sent(self, error: Any, message: Any) -> None:
        assert error is None
        if message.value() != b"aborted":
            self.ends[message.partition()] = message.offset() + 1


@pytest.fixture
def site(plants: Callable[..., Plant], kafka: Kafka, clickhouse_server: str) -> Site:
    return Site(plants(kafka.bootstrap, clickhouse_server, partitions=1))


@pytest.fixture
def wide(plants: Callable[..., Plant], kafka: Kafka, clickhouse_server: str) -> Site:
    return Site(plants(kafka.bootstrap, clickhouse_server, partitions=2))


def documents(start: int, end: int) -> list[bytes | None]:
    return [restart(f"e{number}", at(seconds=number)).document for number in range(start, end)]


def lane(audited: Audited, partition: int = 0) -> LaneAudit:
    return next(one for one in audited.lanes if one.present and one.partition == partition)


def kinds(audited: Audited) -> list[str]:
    return sorted(gap.kind for gap in audited.gaps)


def test_duplicates_letters_tombstones_and_transactions_are_balanced_at_every_depth(site: Site):
    site.send([*documents(0, 30), *documents(10, 15), b"nonsense", None])
    site.send(documents(30, 40), **{"transactional.id": f"{site.topic}.a"})
    site.send([b"aborted"] * 7, **{"transactional.id": f"{site.topic}.b", "client.id": "aborts"})
    site.send(documents(40, 45))
    site.work()
    for depth in DEPTHS:
        audited = site.audit(depth)
        assert audited.balanced, audited.gaps
        found = lane(audited)
        assert (found.records, found.received, found.ignored) == (52, 51, 1)
        assert (found.stored, found.dead_letters, found.duplicates) == (45, 1, 5)
        assert found.next_offset is not None
        assert found.next_offset > found.records, "the transactions left no holes"
        # The mark that ends the aborted transaction may come last: it looks like one that waits.
        assert found.waiting == 0 or (found.waiting == 1 and not found.waiting_exact)


def test_the_command_prints_the_sum_or_a_document_and_exits_with_the_verdict(site: Site):
    site.send([*documents(0, 5), b"nonsense"])
    site.work()
    done = site.plant.audit()
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert (
        "received 6 = stored 5 + dead-lettered 1 + duplicates 0; ignored 0 records; waiting 0; "
        "balanced"
    ) in text
    assert text.splitlines()[1].startswith("ok     [0] offsets 0 to 5 in ")
    site.sql("ALTER TABLE action_events DELETE WHERE id = 'e3'")
    done = site.plant.audit()
    assert done.returncode == 1
    assert "offset 3  e3 of urn:test" in done.stdout.decode()
    assert "what to do: " in done.stdout.decode()
    printed = subprocess.run(
        [OVERHEAL, "audit", "--config", str(site.plant.path), "--deep", "--output", "json"],
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    document = json.loads(printed.stdout)
    assert (printed.returncode, document["balanced"]) == (1, False)
    assert document["gaps"][0]["events"] == [
        {"offset": 3, "item": 0, "source": "urn:test", "id": "e3"}
    ]


def test_records_that_nobody_took_yet_are_waiting_and_no_error(site: Site):
    site.send(documents(0, 10))
    empty = lane(site.audit())
    assert (empty.next_offset, empty.waiting) == (None, 10)
    site.work()
    site.send(documents(10, 17))
    audited = site.audit()
    assert audited.balanced
    assert lane(audited).waiting == 7
    oldest = lane(audited).oldest_waiting_at
    assert oldest is not None
    assert 0 < audited.at - oldest < 120_000_000
    assert (lane(site.audit(QUICK)).waiting, lane(site.audit(QUICK)).waiting_exact) == (7, False)


def test_records_of_an_open_transaction_are_not_counted_yet(site: Site):
    site.send(documents(0, 4))
    site.work()
    made = Producer({**site.plant.kafka.client(), "transactional.id": f"{site.topic}.open"})
    made.init_transactions()
    made.begin_transaction()
    made.produce(site.topic, documents(4, 5)[0], b"production/checkout", partition=0)
    assert made.flush(30) == 0
    audited = site.audit(DEEP)
    assert audited.balanced, audited.gaps
    assert lane(audited).waiting == 0
    made.commit_transaction()
    until(lambda: lane(site.audit()).waiting == 1, "the committed record waits")


@pytest.mark.parametrize("depth", DEPTHS)
def test_events_deleted_from_the_store_are_named(site: Site, depth: str):
    site.send([*documents(0, 20), *documents(4, 6)])
    site.work()
    site.sql("ALTER TABLE action_events DELETE WHERE id IN ('e5', 'e11')")
    audited = site.audit(depth)
    assert {gap.kind for gap in audited.gaps} == {"events_missing"}
    named = [(one.offset, one.id) for gap in audited.gaps for one in gap.events]
    assert {one for one in named if one[0] < 20} == {(5, "e5"), (11, "e11")}


def test_an_event_deleted_beside_a_row_too_many_is_found_by_looking_at_each(site: Site):
    site.send(documents(0, 6))
    site.work()
    with site.plant.store() as store:
        (row,) = [
            row
            for batch in store.stored_after(site.topic, site.epoch, 0, -1, 100, 0)
            for row in batch
            if row.offset == 2
        ]
    site.sql("ALTER TABLE action_events DELETE WHERE id = 'e2'")
    strange = msgspec.structs.replace(row, event=restart("strange", at(seconds=2)))
    with site.plant.store() as store:
        store.write_events([strange])
    assert site.audit(NORMAL).balanced, "the counts agree, so only a deep look can tell"
    (gap,) = site.audit(DEEP).gaps
    assert (gap.kind, [one.id for one in gap.events]) == ("events_missing", ["e2"])


def test_a_dead_letter_deleted_from_the_store_is_named(site: Site):
    site.send([*documents(0, 3), b"nonsense", b"more nonsense"])
    site.work()
    site.sql("ALTER TABLE dead_letters DELETE WHERE line = 4")
    (gap,) = site.audit().gaps
    assert gap.kind == "letters_missing"
    assert [one.offset for one in gap.events] == [4]


def test_an_entry_taken_out_of_the_middle_of_the_ledger_is_a_hole(site: Site):
    for start in (0, 10, 20):
        site.send(documents(start, start + 10))
        site.work()
    site.sql("ALTER TABLE ingest_ranges DELETE WHERE first >= 10 AND last < 20")
    for depth in DEPTHS:
        (gap,) = site.audit(depth).gaps
        assert (gap.kind, gap.first, gap.last) == ("hole", 10, 19)
        assert gap.count == (None if depth == QUICK else 10)


def test_an_entry_taken_off_the_end_of_the_ledger_is_seen_by_what_is_committed(site: Site):
    for start in (0, 10):
        site.send(documents(start, start + 10))
        site.work()
    site.sql("ALTER TABLE ingest_ranges DELETE WHERE first >= 10")
    for depth in DEPTHS:
        (gap,) = site.audit(depth).gaps
        assert (gap.kind, gap.first, gap.last) == ("committed_beyond", 10, 19)
    site.work()
    assert site.audit().balanced


def test_an_entry_that_says_too_much_is_named(site: Site):
    site.send(documents(0, 4))
    site.work()
    site.sql("ALTER TABLE ingest_ranges UPDATE records = records + 1 WHERE first = 0")
    assert kinds(site.audit()) == ["records"]
    site.sql("ALTER TABLE ingest_ranges UPDATE duplicates = duplicates + 2 WHERE first = 0")
    assert kinds(site.audit()) == ["records", "unequal"]


def test_two_entries_about_the_same_offsets_are_named(site: Site):
    site.send(documents(0, 10))
    site.work()
    with site.plant.store() as store:
        entry = next(store.ranges(site.topic))
        half = msgspec.structs.replace(entry, first=2, last=3, records=2, received=2, stored=2)
        store.write_range(half)
    assert kinds(site.audit()) == ["overlap"]


def test_the_same_event_on_two_partitions_is_explained(wide: Site):
    wide.send(documents(0, 6), 0)
    wide.send(documents(4, 9), 1)
    wide.work()
    wide.sql("OPTIMIZE TABLE action_events FINAL")
    audited = wide.audit()
    assert audited.balanced, audited.gaps
    assert (audited.total("stored"), audited.total("duplicates")) == (11, 0)
    assert audited.total("elsewhere") == 2
    told = " ".join(note for one in audited.lanes for note in one.notes)
    assert "stored as the same event from elsewhere" in told
    assert f"{wide.topic} [" in told
    wide.sql("ALTER TABLE action_events DELETE WHERE id = 'e5'")
    assert {one.id for gap in wide.audit().gaps for one in gap.events} == {"e5"}


def test_records_that_retention_deleted_before_they_were_taken_are_lost_and_named(site: Site):
    site.send(documents(0, 10))
    site.work()
    site.send(documents(10, 20))
    site.delete_before(16)
    for depth in DEPTHS:
        audited = site.audit(depth)
        (gap,) = audited.gaps
        assert (gap.kind, gap.first, gap.last) == ("lost_to_retention", 10, 15)
        assert "lost to retention: offsets 10 to 15" in gap.text
        assert lane(audited).waiting == 4


def test_what_retention_took_is_still_seen_after_the_worker_went_on_behind_it(site: Site):
    site.send(documents(0, 10))
    site.work()
    site.send(documents(10, 20))
    site.delete_before(16)
    site.work()
    (gap,) = site.audit().gaps
    assert (gap.kind, gap.first, gap.last) == ("lost_to_retention", 10, 15)


def test_what_retention_took_after_it_was_stored_is_checked_against_the_store_alone(site: Site):
    site.send(documents(0, 10))
    site.work()
    site.send(documents(10, 20))
    site.work()
    site.delete_before(12)
    audited = site.audit()
    assert audited.balanced, audited.gaps
    assert lane(audited).store_only >= 2
    assert any("no longer whole in Kafka" in note for note in lane(audited).notes)
    site.sql("ALTER TABLE action_events DELETE WHERE id = 'e3'")
    assert kinds(site.audit()) == ["rows_missing"]


def test_records_before_the_first_entry_that_are_still_there_were_never_taken(site: Site):
    for start in (0, 5):
        site.send(documents(start, start + 5))
        site.work()
    site.sql("ALTER TABLE ingest_ranges DELETE WHERE first < 5")
    (gap,) = site.audit().gaps
    assert (gap.kind, gap.first, gap.last, gap.count) == ("never_taken", 0, 4, 5)


def test_a_topic_made_anew_is_told_apart(site: Site):
    site.send(documents(0, 10))
    site.work()
    before = site.epoch
    client = AdminClient(site.plant.kafka.client())
    client.delete_topics([site.topic])[site.topic].result(30)
    until(lambda: site.topic not in client.list_topics(timeout=10).topics, "the topic is gone")
    gone = site.audit()
    assert gone.balanced
    assert (gone.epoch, [one.present for one in gone.lanes]) == ("", [False])
    assert "does not exist" in gone.notes[0]
    until(lambda: _created(site), "the topic is made anew")
    site.ends.clear()
    site.send(documents(10, 14))
    site.work()
    audited = site.audit()
    assert audited.balanced, audited.gaps
    assert [(one.present, one.epoch == before, one.stored) for one in audited.lanes] == [
        (False, True, 10),
        (True, False, 4),
    ]


def test_one_partition_is_audited_alone_and_an_unknown_one_is_refused(wide: Site):
    wide.send(documents(0, 6), 0)
    wide.send(documents(10, 12), 1)
    wide.work()
    wide.sql("ALTER TABLE action_events DELETE WHERE id = 'e3'")
    assert wide.audit(partition=1).balanced
    assert [one.partition for one in wide.audit(partition=1).lanes] == [1]
    assert not wide.audit(partition=0).balanced
    with pytest.raises(InputError, match="partition 7"):
        wide.audit(partition=7)


def test_an_audit_beside_a_working_worker_is_balanced(site: Site):
    worker = site.plant.start()
    for start in range(0, 400, 40):
        site.send(documents(start, start + 40))
        audited = site.audit(DEEP)
        assert audited.balanced, audited.gaps
    site.plant.settled()
    assert worker.end() == 0
    assert lane(site.audit(DEEP)).stored == 400


def _created(site: Site) -> bool:
    made = topics.create(site.plant.kafka, specifications(site.plant.config))
    return any(one.topic == site.topic for one in made) and _readable(site)


def _readable(site: Site) -> bool:
    reader = Consumer({**site.plant.kafka.client(), "group.id": "looking"})
    try:
        return reader.get_watermark_offsets(TopicPartition(site.topic, 0), timeout=10) is not None
    finally:
        reader.close()


@pytest.mark.slow
def test_records_that_compaction_removed_since_are_no_gap(site: Site):
    site.send(documents(0, 10))
    site.work()
    client = AdminClient(site.plant.kafka.client())
    wanted = {
        "cleanup.policy": "compact",
        "segment.ms": "1",
        "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": "1",
    }
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in wanted.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, site.topic, incremental_configs=entries)
    for future in client.incremental_alter_configs([resource]).values():
        future.result(30)
    site.send(documents(10, 12))
    until(lambda: _first_record(site) > 0, "the first records are compacted away")
    site.work()
    audited = site.audit()
    assert audited.balanced, audited.gaps
    assert lane(audited).store_only > 0


def _first_record(site: Site) -> int:
    reader = Reader(site.plant.kafka, site.topic)
    try:
        return next(polled.offsets[0] for polled in reader.to_end(20) if polled.offsets)
    finally:
        reader.close()
