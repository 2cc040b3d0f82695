"""What the records of one partition become: events, dead letters, and nothing lost between."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from overheal.adapters.registry import all_adapters
from overheal.catalog import Catalog, parse
from overheal.contract.cloudevents import MAX_DOCUMENT, PAYLOAD_KEPT
from overheal.contract.decode import decode
from overheal.contract.redaction import Redactor
from overheal.kafka.polled import Polled, unreadable
from overheal.model import DAY, HOUR
from overheal.run.bounds import Bounds
from overheal.run.formats import HOLD
from overheal.run.intake import FELT, CanonicalIntake, Intake, Taken, scope_key
from overheal.run.poison import Poison
from tests.support.events import at, document, micros

TOPIC = "overheal.actions.v1"
NOW = micros(at(minutes=1))
SECRET = "sk_live_abcdefgh12345678"
BOUNDS = Bounds(past=400 * DAY, ahead=24 * HOUR)


def polled(*values: Any, first: int = 0, received: int = NOW, headers: Any = None) -> Polled:
    raws = [
        json.dumps(value).encode() if isinstance(value, dict | list) else value for value in values
    ]
    count = len(raws)
    return Polled(
        3,
        raws,
        [b"key"] * count,
        list(range(first, first + count)),
        [received] * count,
        [headers] * count,
    )


def intake(insist: str | None = None, catalog: Catalog | None = None) -> Intake:
    return Intake(all_adapters, Redactor(), BOUNDS, catalog or Catalog(), insist)


def take(*values: Any, **options: Any) -> Taken:
    return intake().take(polled(*values, **options), TOPIC, "epoch-1")


def killing(uid: str, minute: float, reason: str = "Killing", count: int = 1) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"web.{uid}", "namespace": "shop", "uid": uid, "resourceVersion": "7"},
        "involvedObject": {
            "kind": "Pod",
            "name": "web-5d9c7b-abcde",
            "namespace": "shop",
            "uid": "p-1",
        },
        "reason": reason,
        "message": "Container web failed liveness probe, will be restarted",
        "type": "Normal",
        "count": count,
        "firstTimestamp": at(minutes=minute),
        "lastTimestamp": at(minutes=minute),
        "source": {"component": "kubelet"},
    }


def test_canonical_records_become_events_at_their_offsets():
    taken = take(document("e-1", at()), document("e-2", at()), first=40)
    assert [
        (event.id, offset) for event, offset in zip(taken.events, taken.offsets, strict=True)
    ] == [
        ("e-1", 40),
        ("e-2", 41),
    ]
    assert taken.received == [NOW, NOW]
    assert (taken.next_offset, taken.records, taken.letters) == (42, 2, [])


def test_the_document_that_is_sent_on_is_read_as_the_same_event():
    bare = {"id": "b-1", "time": at(), **document("x", at())["data"]}
    (event,) = take(bare).events
    assert decode(event.document) == event


def test_formats_mix_in_one_partition_and_keep_their_order():
    taken = take(document("e-1", at()), killing("u-1", 0.5), document("e-2", at()))
    assert taken.events[0].source == "urn:test"
    assert taken.events[-1].id == "e-2"
    assert taken.offsets == sorted(taken.offsets)
    assert taken.letters == []


def test_one_broken_item_of_a_batch_costs_only_itself_and_keeps_its_index():
    good = json.dumps(document("e-1", at())).encode()
    batch = b"[" + good + b', {"specversion":"1.0","id":}, ' + good.replace(b"e-1", b"e-3") + b"]"
    taken = take(batch, first=7)
    assert [(event.id, item) for event, item in zip(taken.events, taken.items, strict=True)] == [
        ("e-1", 0),
        ("e-3", 2),
    ]
    (letter,) = taken.letters
    assert (letter.line, letter.item, letter.code) == (7, 1, "not_json")
    assert letter.payload == b'{"specversion":"1.0","id":}'


def test_a_batch_that_is_cut_off_keeps_what_came_before():
    good = json.dumps(document("e-1", at())).encode()
    taken = take(b"[" + good + b"," + good[:40])
    assert [event.id for event in taken.events] == ["e-1"]
    assert [(letter.item, letter.code) for letter in taken.letters] == [(1, "unfinished")]


def test_a_list_of_kubernetes_is_read_item_by_item_in_order_of_time():
    listed = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [killing("u-2", 5), {"kind": 3}, killing("u-1", 1)],
    }
    taken = take(listed)
    times = [event.time for event in taken.events]
    assert len(times) >= 2
    assert times == sorted(times)
    assert [letter.item for letter in taken.letters] == [1]


def test_records_without_events_are_counted_by_reason():
    taken = take(
        None,
        b"",
        [],
        {"type": "BOOKMARK", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {}}},
    )
    assert taken.ignored == {"tombstone": 1, "empty value": 1, "empty list": 1, "watch bookmark": 1}
    assert (taken.events, taken.letters, taken.next_offset) == ([], [], 4)


def test_a_letter_says_where_it_stood_and_keeps_key_headers_and_bytes():
    (letter,) = take(
        b'{"specversion": 1', first=9, headers={"x-team": "Zürich".encode(), "raw": b"\xff"}
    ).letters
    assert (letter.origin, letter.partition, letter.line, letter.item, letter.epoch) == (
        TOPIC,
        3,
        9,
        0,
        "epoch-1",
    )
    assert letter.headers == {"x-team": "Zürich", "raw": "\\xff"}
    assert (letter.key, letter.payload) == (b"key", b'{"specversion": 1')


def test_no_secret_leaves_in_an_event_or_in_a_letter():
    good = document(
        "e-1", at(), trigger={"kind": "failure", "condition": f"token {SECRET} expired"}
    )
    bad = document("e-2", at(), password=SECRET, unknown=SECRET)
    broken = f'{{"specversion": "1.0", "note": "{SECRET}'.encode()
    source = polled(
        good,
        bad,
        broken,
        {"foreign": SECRET},
        headers={"authorization": b"abc12345", "x": SECRET.encode()},
    )
    source.keys = [SECRET.encode()] * 4
    taken = intake().take(source, TOPIC)
    assert [event.id for event in taken.events] == ["e-1"]
    assert len(taken.letters) == 3
    left = repr((taken.events, taken.letters))
    assert SECRET not in left
    assert "abc12345" not in left


def test_a_secret_across_the_cut_of_a_long_payload_does_not_stay_in_half():
    padding = "x" * (PAYLOAD_KEPT - 30)
    raw = f'{{"specversion": "{padding} {SECRET} and on, "'.encode()
    (letter,) = take(raw).letters
    assert len(letter.payload) <= PAYLOAD_KEPT
    assert SECRET[:12].encode() not in letter.payload


def test_what_no_format_knows_is_refused_with_what_was_tried():
    (letter,) = take({"hello": "world"}).letters
    assert letter.code == "unknown_format"
    assert "tried canonical, kubernetes" in letter.reason
    assert '{"hello": "world"}' in letter.reason


def test_a_document_over_the_limit_keeps_only_its_head():
    (letter,) = take(b"{" + b" " * MAX_DOCUMENT + b"}").letters
    assert letter.code == "too_long"
    assert len(letter.payload) == 4096


def test_an_unreadable_record_of_the_broker_is_a_letter():
    source = polled(document("e-1", at()))
    unreadable(source, 5, "offsets 1 to 5 cannot be read: CRC")
    taken = intake().take(source, TOPIC)
    assert [letter.code for letter in taken.letters] == ["unreadable"]
    assert taken.next_offset == 6


def test_impossible_times_are_refused_by_the_time_of_receipt():
    old, ahead = document("old", "2024-01-01T00:00:00Z"), document("new", "2026-03-09T00:00:00Z")
    fine = document("fine", "2026-03-03T01:59:00Z")
    taken = take(old, ahead, fine)
    assert [event.id for event in taken.events] == ["fine"]
    assert [letter.code for letter in taken.letters] == ["impossible_time"] * 2
    assert "more than 400 days before" in taken.letters[0].reason
    assert "worker.ahead_hours" in taken.letters[1].reason


def test_where_the_receipt_is_unknown_the_present_stands_in_for_it():
    source = polled(document("new", "2026-03-09T00:00:00Z"), received=0)
    assert intake().take(source, TOPIC, present=NOW).letters
    assert not intake().take(source, TOPIC).letters


def test_a_service_that_fits_two_entries_of_the_catalog_costs_only_its_events():
    catalog = parse({"services": {"web": {"owner": "a"}}}, "catalog", [])
    one, two = document("e-1", at(), service="shop/web"), document("e-2", at(), service="bank/web")
    taken = intake(catalog=catalog).take(polled(one, two), TOPIC)
    assert [event.id for event in taken.events] == ["e-1"]
    assert [letter.code for letter in taken.letters] == ["ambiguous_service"]


def test_the_worker_reads_the_same_and_knows_copies_that_are_only_told():
    source = polled(document("e-1", at()), document("e-2", at()), [document("e-3", at())])
    source.headers[1] = {FELT: b"production/shop"}
    taken = CanonicalIntake(Redactor(), BOUNDS).take(source, TOPIC)
    assert [event.id for event in taken.events] == ["e-1", "e-2", "e-3"]
    assert taken.felt == {1: "production/shop"}


def test_a_scope_key_is_environment_and_scope():
    assert scope_key("production\0shop/eu") == "production/shop/eu"


# What a format remembers


def held_back(first: int = 10) -> tuple[Intake, Taken]:
    """Take a record whose documents wait: a rescale, whose effects may still come."""
    reader = intake()
    hpa = {
        **killing("u-9", 0, "SuccessfulRescale"),
        "involvedObject": {
            "kind": "HorizontalPodAutoscaler",
            "name": "web",
            "namespace": "shop",
            "uid": "h-1",
        },
        "message": "New size: 5; reason: cpu resource utilization (percentage of request) above target",
        "source": {"component": "horizontal-pod-autoscaler"},
    }
    return reader, reader.take(polled(hpa, first=first), TOPIC, present=NOW)


def test_a_record_of_a_stateful_format_is_held_until_everything_has_spoken():
    reader, taken = held_back()
    assert taken.waiting == [10]
    assert reader.held(3) == 10
    assert reader.held(4) is None
    later = reader.take(polled(document("e-1", at()), first=11, received=NOW + HOLD - 1), TOPIC)
    assert reader.held(3) == 10
    assert [event.id for event in later.events] == ["e-1"]
    end = reader.take(polled(document("e-2", at()), first=12, received=NOW + HOLD), TOPIC)
    assert reader.held(3) is None
    assert end.events[0].id == "e-2"


def test_an_idle_partition_speaks_by_the_wall_clock():
    reader, taken = held_back()
    assert reader.settle(3, TOPIC, NOW + HOLD - 1) is None
    settled = reader.settle(3, TOPIC, NOW + HOLD)
    assert settled is not None
    assert len(taken.events) + len(settled.events) == 1
    assert reader.held(3) is None
    assert reader.settle(3, TOPIC, NOW + 2 * HOLD) is None


def test_reading_again_from_the_held_offset_gives_the_same_events():
    first, taken = held_back()
    told = [*taken.events, *first.settle(3, TOPIC, NOW, insist=True).events]
    second, again = held_back()
    repeated = [*again.events, *second.settle(3, TOPIC, NOW, insist=True).events]
    assert told == repeated
    assert told


def test_a_partition_that_went_away_leaves_no_memory():
    reader, _ = held_back()
    reader.forget(3)
    assert reader.held(3) is None


# Poison


def watched(poison: Poison, *values: Any, first: int = 0) -> tuple[Taken, Any]:
    taken = intake().take(polled(*values, first=first), TOPIC)
    return taken, poison.watch(taken)


def test_too_many_refusals_in_a_row_stop_and_dead_letter_nothing_beyond():
    good, bad = document("e-1", at()), b"nonsense"
    taken, error = watched(
        Poison(3, "ingest.poison_limit"), bad, good, *[bad] * 5, document("e-2", at())
    )
    assert [letter.line for letter in taken.letters] == [0, 2, 3, 4]
    assert [event.id for event in taken.events] == ["e-1"]
    assert taken.next_offset == 5
    for part in (
        TOPIC,
        "partition 3",
        "offsets 2 to 4",
        "not_json",
        "`ingest.poison_limit`",
        "is not JSON",
    ):
        assert part in str(error)


def test_good_records_between_refusals_never_stop():
    poison = Poison(2, "ingest.poison_limit")
    for first in range(0, 40, 2):
        assert watched(poison, b"nonsense", document("e", at()), first=first)[1] is None


def test_a_streak_goes_on_over_batches_and_restarts():
    poison = Poison(3, "ingest.poison_limit")
    assert watched(poison, b"x", b"x")[1] is None
    told = poison.remembered(3)
    after = Poison(3, "ingest.poison_limit")
    after.recall(3, told)
    taken, error = watched(after, b"x", b"x", first=2)
    assert "offsets 0 to 2" in str(error)
    assert taken.next_offset == 3
    again = Poison(3, "ingest.poison_limit")
    again.recall(3, after.remembered(3))
    taken, error = watched(again, b"x", first=3)
    assert error is not None
    assert (taken.letters, taken.next_offset) == ([], 3)


def test_metadata_of_somebody_else_is_no_streak():
    poison = Poison(3, "ingest.poison_limit")
    for text in ("", "{}", "null", "[1]", '{"refused": "many"}'):
        poison.recall(3, text)
        assert poison.remembered(3) == ""


def test_zero_never_stops():
    assert watched(Poison(0, "ingest.poison_limit"), *[b"x"] * 100)[1] is None


VALUES = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"[",
            b'[{"a":1},',
            b'{"items":[{"kind":"Event"},3,null]}',
            json.dumps(document("e", at())).encode(),
            json.dumps(killing("u", 0)).encode(),
            json.dumps([killing("u", 0), document("e", at()), 4]).encode(),
            b'{"apiVersion":"v1","kind":"Event","metadata":[]}',
        ]
    ),
)


@given(st.lists(VALUES, max_size=8))
def test_any_records_are_taken_whole_and_every_one_is_accounted_for(values):
    taken = take(*values)
    assert taken.next_offset == len(values)
    assert taken.offsets == sorted(taken.offsets)
    spoken = {*taken.offsets, *taken.waiting, *(letter.line for letter in taken.letters)}
    ignored = sum(taken.ignored.values())
    assert len(spoken) + ignored >= len(values)
