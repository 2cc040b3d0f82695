"""Records again, late, out of order, from wrong clocks, and such as hold no event at all."""

from __future__ import annotations

import json
import random
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer

from overheal.contract.decode import decode
from overheal.contract.letter import Letter
from overheal.kafka.reader import Reader
from overheal.model import Event
from tests.integration.worker.accounting import (
    KILLED,
    accounted,
    cut,
    delayed,
    fed,
    fleet,
    member,
    right,
    seeds,
)
from tests.integration.worker.made import story
from tests.integration.worker.operated import Operated
from tests.support import children, servers
from tests.support.broker import LocalKafka
from tests.support.events import at, document, restart
from tests.support.plant import Plant

KEY = b"default/scope-0"


@pytest.fixture
def plant(plants: Callable[..., Plant], kafka: servers.Kafka, clickhouse_server: str) -> Plant:
    return plants(kafka.bootstrap, clickhouse_server, text=member())


# -- again, and out of order ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_the_same_again_is_a_duplicate_whenever_it_comes(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = story(seed, 200)
    tardy = late(6, "scope-0")
    fleet(plant)
    worker = plant.start()
    for piece in cut(events, 4):
        fed(plant, worker, iter([[*piece, *rng.sample(piece, 5)]]), rng)
    again = rng.sample([*events, *tardy], 60)
    fed(plant, worker, iter([tardy, again, tardy[:2]]), rng)
    rng.choice([worker.kill, worker.end])()
    worker = plant.start()
    fed(plant, worker, iter([rng.sample([*events, *tardy], 60)]), rng)
    judged(plant, events, tardy)
    assert worker.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_late_records_that_a_crash_left_half_stored_are_no_duplicates(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = story(seed, 150)
    tardy = late(9, "scope-0")
    worker = plant.start()
    fed(plant, worker, iter([events]), rng)
    worker.kill()
    place = rng.choice(["after-insert", "before-ledger", "after-ledger"])
    worker = plant.start(dies=place)
    fed(plant, worker, iter([[*tardy, tardy[3]]]), rng)
    assert worker.died() == KILLED
    fleet(plant)
    worker = plant.start()
    fed(plant, worker, iter([tardy[:4]]), rng)
    judged(plant, events, tardy)
    assert worker.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_producers_out_of_order_within_the_lateness_make_no_difference(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = story(seed, 250)
    coming = delayed(events, rng, 590)
    fleet(plant)
    worker = plant.start()
    first, second = cut(coming, 2)
    for piece in cut(first, 3):
        fed(plant, worker, iter([piece]), rng)
    rng.choice([worker.kill, worker.end])()
    worker = plant.start()
    for piece in cut(second, 3):
        fed(plant, worker, iter([piece]), rng)
    judged(plant, events, [])
    assert worker.end() == 0


# -- clocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_clock_an_hour_ahead_ends_nothing_for_others_and_is_told_of(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = until_now(story(seed, 200))
    recent = (time.time() - 420) * 1_000_000
    first = [event for event in events if event.time <= recent]
    second = [event for event in events if event.time > recent]
    early = ahead(5, 3600, "scope-1", "urn:fast-clock")
    fleet(plant)
    worker = Operated(plant)
    fed(plant, worker.process, iter([[*first, *early[:4], early[1]]]), rng)
    worker.process.says("the clock of urn:fast-clock runs 3")
    assert worker.value("overheal_clock_ahead_events_total") >= 4
    rng.choice([worker.process.kill, worker.process.end])()
    again = plant.start()
    fed(plant, again, iter([[*early, *second], early]), rng)
    plant.settled()
    accounted(plant, [*events, *early])
    plant.agrees(events)
    assert again.end() == 0


def test_what_was_received_before_its_time_is_judged_when_that_comes(plant: Plant):
    fleet(plant)
    worker = plant.start()
    fed(plant, worker, iter([ahead(1, 0, "scope-1")]), random.Random(1))
    events = ahead(5, 75, "scope-1")
    fed(plant, worker, iter([events]), random.Random(1))
    worker.kill()
    worker = plant.start()
    worker.says("from offset")
    assert datetime.now(UTC) < datetime.fromisoformat(document_of(events[0])["time"])
    children.until(
        lambda: any(one.detector == "recovery_frequency" for one in plant.findings().values()),
        "the finding about restarts whose time has come",
    )
    now = datetime.now(UTC)
    assert now > datetime.fromisoformat(document_of(events[2])["time"]) - timedelta(seconds=61)
    assert worker.end() == 0


def test_impossible_times_are_dead_letters(plant: Plant):
    events = story(1, 60)
    worker = Operated(plant)
    wrong = [*ahead(2, 25 * 3600, "scope-0"), *at_year(1971, 3)]
    plant.produce([*events[:30], *wrong, *events[30:]])
    fleet(plant)
    right(plant, events, refused=5)
    assert codes(plant) == {"impossible_time": 5}
    assert worker.value("overheal_dead_letters_total") == 5
    assert worker.process.end() == 0


# -- what is no event ----------------------------------------------------------------------------

BINARY = {
    "ce_specversion": b"1.0",
    "ce_id": b"binary",
    "ce_source": b"urn:test",
    "ce_type": b"io.overheal.action.finished.v1",
    "ce_time": at(5).encode(),
    "content-type": b"application/json",
}
WITHOUT_TIME = {name: value for name, value in BINARY.items() if name != "ce_time"}
DATA = json.dumps(document("binary", at(5))["data"]).encode()
Odd = tuple[bytes | None, dict[str, bytes], str]
ODD: list[Odd] = [
    (b"nonsense", {}, "not_json"),
    (b"{", {}, "not_json"),
    (b"\xff\xfe\x00", {}, "invalid_utf8"),
    (b"7", {}, "not_an_object"),
    (b"{}", {}, "missing_field"),
    (json.dumps({**document("a", at()), "time": "yesterday"}).encode(), {}, "invalid_value"),
    (json.dumps({**document("b", at()), "data": 7}).encode(), {}, "missing_field"),
    (json.dumps({**document("c", at()), "type": "com.example.other"}).encode(), {}, "wrong_type"),
    (json.dumps(document("d", at(), note="x" * 985_000)).encode(), {}, "too_long"),
    (DATA, WITHOUT_TIME, "missing_header"),
    (DATA, {**BINARY, "ce_id": b"\xff"}, "invalid_header"),
    (DATA, {**BINARY, "content-type": b"application/avro"}, "unsupported_encoding"),
    (None, {}, ""),
    (b"", {}, ""),
]


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_each_record_that_is_no_event_is_one_dead_letter_or_ignored(plant: Plant, seed: int):
    rng = random.Random(seed)
    events = story(seed, 60)
    binary = restart("binary", at(5))
    odd = rng.sample(ODD, len(ODD))
    fleet(plant)
    worker = plant.start(dies=rng.choice(["before-letters", "after-letters"]))
    fed(plant, worker, iter([events[:20]]), rng)
    sent(plant, [*odd[:7], (DATA, BINARY, "")])
    plant.produce(events[20:40])
    sent(plant, odd[7:])
    assert worker.died() == KILLED
    worker = plant.start()
    plant.produce(events[40:])
    wanted = Counter(code for _, _, code in ODD if code)
    right(plant, [*events, binary], refused=wanted.total())
    assert codes(plant) == wanted
    with plant.store() as store:
        assert sum(one.ignored for one in store.ranges(plant.names.events)) == 2
    assert Counter(code for _, code in told(plant)) == wanted
    assert worker.end() == 0


def test_a_topic_that_is_all_poison_stops_the_worker_and_restarting_drains_it_no_further(
    plant: Plant,
):
    sent(plant, [(b"nonsense", {}, "")] * 60)
    limited = {"OVERHEAL_WORKER__POISON_LIMIT": "10"}
    for _ in range(3):
        worker = plant.start(**limited)
        assert worker.died() == 1
        assert "10 records in a row were refused (offsets 0 to 9)" in worker.said()
        assert "`worker.poison_limit` (now 10)" in worker.said()
        assert "Traceback" not in worker.said()
        assert plant.read() == 10
    with plant.store() as store:
        assert store.counts().dead_letters == 10
    worker = plant.start(OVERHEAL_WORKER__POISON_LIMIT="0")
    plant.settled()
    accounted(plant, [], refused=60)
    assert worker.end() == 0


@pytest.mark.parametrize("how", ["garbage", "unknown compression"])
def test_a_batch_that_the_broker_holds_damaged_is_dead_lettered_and_passed(
    how: str, plants: Callable[..., Plant], own_kafka: LocalKafka, clickhouse_server: str
):
    plant = plants(own_kafka.bootstrap, clickhouse_server, partitions=1, text=member())
    events = story(1, 60)
    pieces = cut(events, 3)
    for piece in pieces:
        plant.produce(piece)
    (segment,) = own_kafka.folder.rglob(f"{plant.names.events}-0/*.log")
    damage(segment, len(pieces[0]), how)
    last = len(pieces[0]) + len(pieces[1]) - 1
    for _ in range(2):
        worker = plant.start()
        wanted = plant.written()
        children.until(lambda end=wanted: reached(plant) == end, f"offset {wanted}")  # type: ignore[misc]
        assert worker.end() == 0
        assert set(codes(plant)) == {"unreadable"}
        assert max(told(plant)) == (last, "unreadable")
        plant.produce([restart(f"after-{wanted}", at(hours=9))])
    with plant.store() as store:
        counts = store.counts()
    assert counts.actions + counts.observations == len(pieces[0]) + len(pieces[2]) + 1


def damage(segment: Any, offset: int, how: str) -> None:
    """Spoil the batch that holds an offset where the broker keeps it."""
    log = bytearray(segment.read_bytes())
    at = 0
    while at < len(log):
        base, length = struct.unpack(">qi", log[at : at + 12])
        last = base + struct.unpack(">i", log[at + 23 : at + 27])[0]
        if base <= offset <= last:
            if how == "garbage":
                log[at + 61 : at + length + 12] = random.Random(1).randbytes(length - 49)
            else:
                log[at + 22] = log[at + 22] & 0xF8 | 6
        at += length + 12
    with segment.open("r+b") as file:
        file.write(log)


# -- making and looking --------------------------------------------------------------------------


def late(number: int, scope: str) -> list[Event]:
    """Return restarts a day before every story: a finding, if anybody judged them."""
    times = [at(hours=-24, seconds=20.0 * each) for each in range(number)]
    return [
        restart(f"tardy-{each}", time, service="tardy", scope=scope)
        for each, time in enumerate(times)
    ]


def ahead(number: int, seconds: float, scope: str, source: str = "urn:test") -> list[Event]:
    """Return restarts from a clock that runs so many seconds ahead."""
    start = datetime.now(UTC) + timedelta(seconds=seconds)
    return [
        sourced(
            document(
                f"ahead-{seconds}-{each}",
                (start + timedelta(seconds=each)).isoformat(),
                service="fast",
                scope=scope,
            ),
            source,
        )
        for each in range(number)
    ]


def until_now(events: Sequence[Event]) -> list[Event]:
    """Return the events as they would be if the last of them were of this moment."""
    shift = timedelta(microseconds=round(time.time() * 1e6) - max(event.time for event in events))
    moved = []
    for event in events:
        made = document_of(event)
        made["time"] = (datetime.fromisoformat(made["time"]) + shift).isoformat()
        moved.append(decode(json.dumps(made).encode()))
    return moved


def at_year(year: int, number: int) -> list[Event]:
    """Return restarts in a year."""
    return [restart(f"old-{each}", f"{year}-01-01T00:00:0{each}Z") for each in range(number)]


def sourced(made: dict[str, Any], source: str) -> Event:
    """Return a document of a source as an event."""
    return decode(json.dumps({**made, "source": source}).encode())


def document_of(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.document)
    return found


def sent(plant: Plant, records: Sequence[Odd]) -> None:
    """Write records as they are, all to one partition."""
    made = Producer({**plant.kafka.producer(), "message.max.bytes": 2_000_000})
    for value, headers, _ in records:
        made.produce(plant.names.events, value, KEY, headers=list(headers.items()))
    assert made.flush(60) == 0


def judged(plant: Plant, events: Sequence[Event], tardy: Sequence[Event]) -> None:
    """Fail unless `events` are judged as if the `tardy` were not there, which are stored as late."""
    plant.settled()
    accounted(plant, [*events, *tardy])
    with plant.store() as store:
        assert store.counts().late == len(tardy)
        assert sum(one.late for one in store.ranges(plant.names.events)) == len(tardy)
    plant.agrees(list(events))


def codes(plant: Plant) -> Counter[str]:
    """Return how many dead letters of each kind the store has."""
    with plant.store() as store:
        rows = store._engine.rows("SELECT code, count() FROM dead_letters FINAL GROUP BY code")
    return Counter({row[0]: row[1] for row in rows})


def told(plant: Plant) -> set[tuple[int, str]]:
    """Return offset and code of the dead letters in their topic."""
    reader = Reader(plant.kafka, plant.names.dead_letters)
    try:
        read = [value for polled in reader.to_end(30) for value in polled.values]
    finally:
        reader.close()
    letters = [msgspec.json.decode(value or b"", type=Letter) for value in read]
    return {(letter.offset, letter.code) for letter in letters}


def reached(plant: Plant) -> int:
    """Return the offset after the last one that the ledger of partition 0 speaks of."""
    with plant.store() as store:
        return max((one.last + 1 for one in store.ranges(plant.names.events)), default=0)
