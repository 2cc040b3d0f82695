"""What the worker reads of one lane, on both kinds of store."""

from __future__ import annotations

import msgspec
import pytest

from overheal.model import DAY, HOUR, DeadLetter
from overheal.store import IngestRange, Origin, Progress, Recount, Snapshot, StoredEvent
from tests.integration.store.made import START, event, observation

LANE = ("events", "epoch-1", 3)
SNAPSHOT = Snapshot(
    topic="events",
    scope="production/shop",
    epoch="epoch-1",
    partition=0,
    partitions=4,
    offset=10,
    record_key=b"production/shop",
    format="f1",
    due=START + HOUR,
    state=b"\x00\xff{",
    written_at=START,
)


def rows(*numbers, **changes):
    place = {"topic": "events", "epoch": "epoch-1", "partition": 3, "scope": "shop", "counted": 1}
    return [StoredEvent(event(n), **(place | {"offset": n} | changes)) for n in numbers]


def after(store, offset, upto=10**9, since=0, lane=LANE):
    return [row for part in store.stored_after(*lane, offset, upto, since) for row in part]


def as_read(row):
    at = row.event.time if row.counted_at is None else row.counted_at
    return msgspec.structs.replace(row, counted_at=at)


def entry(first, last, **changes):
    fields = {"origin": "events", "epoch": "epoch-1", "partition": 3, "first": first, "last": last}
    size = last - first + 1
    return IngestRange(**(fields | {"records": size, "received": size, "stored": size} | changes))


def test_events_after_an_offset_come_back_whole_and_in_order(store):
    written = rows(*range(20), received_at=START + DAY, drill="d", human_counted=2)
    seen = StoredEvent(
        observation(7), scope="shop", topic="events", epoch="epoch-1", partition=3, offset=7, item=1
    )
    store.write_events([*written[10:], seen, *written[:10]])
    expected = [as_read(row) for row in written[5:13]]
    expected.insert(3, as_read(seen))
    assert after(store, 4, upto=12) == expected
    assert after(store, -1)[0].offset == 0
    assert after(store, 19) == []


def test_other_lanes_late_events_and_old_ones_stay_out(store):
    store.write_events(rows(1, partition=4) + rows(2, epoch="epoch-2") + rows(3, topic="other"))
    store.write_events(rows(4, late=True) + rows(5, 6, 9))
    found = after(store, -1, since=event(6).time)
    assert [row.offset for row in found] == [6, 9]


def test_an_event_that_was_written_again_comes_once(store):
    for token in ("one", "two", "three"):
        store.write_events(rows(*range(5_000)), token)
    found = after(store, -1)
    assert [row.offset for row in found] == list(range(5_000))


def test_a_lane_can_be_left_half_read(store):
    store.write_events(rows(*range(5_000)))
    batches = store.stored_after(*LANE, -1, 10**9, 0)
    assert 0 < len(next(batches)) < 5_000
    batches.close()
    assert store.counts().events == 5_000


def test_keys_of_a_lane_include_late_ones(store):
    store.write_events(rows(*range(5)) + rows(6, late=True) + rows(7, partition=1))
    found = [key for part in store.keys_since(*LANE, 6, event(3).time) for key in part]
    assert sorted(found) == [("urn:test", f"e-{n}", event(n).time) for n in (3, 4, 6)]


def test_where_an_event_stood_is_where_it_was_stored_first(store):
    store.write_events(rows(1, received_at=START) + rows(2, received_at=START))
    store.write_events(rows(1, offset=50, received_at=START + 5), "again")
    seen = StoredEvent(observation(3), topic="t", epoch="e", partition=1, offset=2, item=4)
    store.write_events([seen])
    keys = [("urn:test", "e-1"), ("urn:test", "o-3"), ("urn:test", "e-9"), ("urn:x", "e-2")]
    assert store.origins(keys) == {
        ("urn:test", "e-1"): Origin("events", "epoch-1", 3, 1, 0),
        ("urn:test", "o-3"): Origin("t", "e", 1, 2, 4),
    }
    assert store.origins([]) == {}


def test_progress_of_an_empty_ledger_is_none(store):
    assert store.progress(*LANE) == Progress()


def test_progress_goes_to_the_first_gap(store):
    for first, last in ((100, 109), (110, 149), (160, 169), (170, 179)):
        store.write_range(entry(first, last, watermark=START + last))
    assert store.progress(*LANE) == Progress(next_offset=150, watermark=START + 149, gap=True)
    store.write_range(entry(150, 159, watermark=START + 159))
    assert store.progress(*LANE) == Progress(next_offset=180, watermark=START + 179)
    assert store.progress("events", "epoch-2", 3) == Progress()


def test_ranges_that_overlap_hide_no_gap(store):
    for first, last in ((0, 9), (0, 19), (30, 39)):
        store.write_range(entry(first, last))
    assert store.progress(*LANE).next_offset == 20
    store.write_range(entry(20, 29))
    assert store.progress(*LANE).next_offset == 40


def test_the_streak_counts_the_refusals_at_the_end(store):
    refused = {"stored": 0, "dead_letters": 10}
    store.write_range(entry(0, 9, **refused))
    assert store.progress(*LANE).refused_streak == 10
    store.write_range(entry(10, 19, stored=9, dead_letters=1))
    assert store.progress(*LANE).refused_streak == 0
    store.write_range(entry(20, 29, **refused))
    store.write_range(entry(30, 39, records=0, received=0, stored=0))
    store.write_range(entry(40, 49, **refused))
    assert store.progress(*LANE).refused_streak == 20


def test_the_ledger_comes_back_in_order(store):
    entries = [
        entry(0, 9, watermark=5, late=2, reasons={"tombstone": 3, "empty": 1}, written_at=START),
        entry(10, 19),
        entry(0, 4, partition=4),
        entry(0, 4, epoch="epoch-2"),
    ]
    for item in reversed(entries):
        store.write_range(item)
    store.write_range(msgspec.structs.replace(entries[0], origin="other"))
    assert list(store.ranges("events")) == entries
    assert list(store.ranges("events", "epoch-2")) == entries[3:]


def test_a_lane_gets_its_snapshots_back(store):
    lane = msgspec.structs.replace(SNAPSHOT, scope="", record_key=b"")
    older = msgspec.structs.replace(lane, offset=5, written_at=START - 1)
    drill = msgspec.structs.replace(SNAPSHOT, drill="2026-q4")
    store.write_snapshots([SNAPSHOT, lane, drill])
    store.write_snapshots([older])
    found = sorted(store.snapshots("events", 0, 4), key=lambda row: row.drill)
    assert found == [SNAPSHOT, drill]
    assert list(store.snapshots("events", 1, 4)) == []
    assert store.lane_snapshot("events", "epoch-1", 0) == lane
    assert store.lane_snapshot("events", "epoch-2", 0) is None
    assert store.lane_snapshot("events", "epoch-1", 1) is None


def test_of_a_scope_the_newest_snapshot_of_a_place_counts(store):
    newer = msgspec.structs.replace(SNAPSHOT, offset=20, written_at=START + 5, state=b"new")
    store.write_snapshots([newer])
    store.write_snapshots([SNAPSHOT])
    assert list(store.snapshots("events", 0, 4)) == [newer]
    store._engine.command("OPTIMIZE TABLE detector_state FINAL")
    assert list(store.snapshots("events", 0, 4)) == [newer]


def test_of_a_scope_in_two_places_the_one_written_last_counts(store):
    elsewhere = msgspec.structs.replace(
        SNAPSHOT, epoch="epoch-2", partition=1, offset=3, written_at=START + 9
    )
    store.write_snapshots([elsewhere, SNAPSHOT])
    assert list(store.snapshots("events", 1, 4)) == [elsewhere]
    assert list(store.snapshots("events", 0, 4)) == []
    assert store.homes("events", ["production/shop", "production/none"]) == {
        "production/shop": {("epoch-1", 0), ("epoch-2", 1)}
    }


# What Java's clients compute: org.apache.kafka.common.utils.UtilsTest.
MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("partitions", [1, 5, 12, 97])
def test_with_other_partitions_a_scope_goes_where_kafka_places_its_key(store, partitions):
    store.write_snapshots(
        [msgspec.structs.replace(SNAPSHOT, scope=key.decode(), record_key=key) for key in MURMUR2]
    )
    found = {
        row.record_key: partition
        for partition in range(partitions)
        for row in store.snapshots("events", partition, partitions)
    }
    assert found == {key: (number & 0x7FFFFFFF) % partitions for key, number in MURMUR2.items()}


def test_large_snapshots_are_written_in_parts(store):
    many = [
        msgspec.structs.replace(SNAPSHOT, scope=f"s-{n}", state=bytes([n % 251]) * 100_000)
        for n in range(400)
    ]
    store.write_snapshots(many)
    found = sorted(store.snapshots("events", 0, 4), key=lambda row: int(row.scope[2:]))
    assert found == many


def test_a_recount_changes_what_an_event_counts_for_and_nothing_else(store):
    written = rows(*range(6))
    store.write_events(written)
    history = [item for part in store.history() for item in part]

    def recount(number, counted, human=0, at=None):
        item = event(number)
        return Recount(
            service=item.service, time=item.time, id=item.id, source=item.source,
            counted=counted, human_counted=human, counted_at=at,
        )  # fmt: skip

    def counts():
        return [(row.counted, row.human_counted) for row in after(store, -1)]

    expected = [(1, 0)] * 6
    for step in ((0, 2), (7, 0), (0, 2), (7, 0)):
        store.recount([recount(2, *step), recount(4, 0), recount(99, 5)])
        expected[2], expected[4] = step, (0, 0)
        assert counts() == expected
        assert store.counts().recoveries == sum(counted for counted, _ in expected)
    store.recount([recount(5, 3, at=START - HOUR)])
    store.recount([])
    store._engine.command("OPTIMIZE TABLE action_events FINAL")
    expected[5] = (3, 0)
    assert counts() == expected
    assert after(store, 4)[0].counted_at == START - HOUR
    assert [item for part in store.history() for item in part] == history
    assert store._engine.rows("SELECT count() FROM action_events") == [(6,)]


def test_a_recount_takes_any_name(store):
    names = ["it's", "back\\slash", "nul\0", "日本", "half \ud800", "${x}", "%(a)s", "{a:String}"]
    events = [event(n, id=name, service=name, source=name) for n, name in enumerate(names)]
    store.write_events([StoredEvent(item, topic="t", offset=n) for n, item in enumerate(events)])
    store.recount(
        [
            Recount(
                service=item.service, time=item.time, id=item.id, source=item.source,
                counted=9, human_counted=0,
            )
            for item in events
        ]
    )  # fmt: skip
    assert store._engine.rows("SELECT sum(counted) FROM action_events FINAL") == [(9 * len(names),)]


def test_stored_places_are_counted_per_range(store):
    store.write_events(rows(*range(10), *range(15, 30)))
    store.write_events(rows(*range(5)), "again")
    store.write_events(
        [StoredEvent(event(100 + n), topic="events", epoch="epoch-1", partition=3, offset=29, item=n)
         for n in range(3)]
    )  # fmt: skip
    ranges = [(0, 9), (10, 14), (15, 19), (25, 40)]
    assert store.stored_per_range(*LANE, ranges) == [10, 0, 5, 7]
    assert store.stored_per_range("events", "epoch-2", 3, ranges) == [0, 0, 0, 0]
    assert store.offsets_stored(*LANE, 28, 40) == [(28, 0), (29, 0), (29, 1), (29, 2)]


def test_refused_places_are_counted_per_range(store):
    letters = [
        DeadLetter("events", n, "not_json", "no", b"{", 3, "epoch-1", item)
        for n in (1, 2, 12)
        for item in (0, 1)
    ]
    store.write_dead_letters(letters, START, "token")
    store.write_dead_letters(letters, START, "token")
    store.write_dead_letters([msgspec.structs.replace(letters[0], partition=9)], START)
    assert store.refused_per_range(*LANE, [(0, 9), (10, 19), (20, 29)]) == [4, 2, 0]


def test_thousands_of_ranges_are_counted(store):
    store.write_events(rows(*range(9_000)))
    ranges = [(n * 2, n * 2 + 1) for n in range(4_500)]
    assert store.stored_per_range(*LANE, ranges) == [2] * 4_500
