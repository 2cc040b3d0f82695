"""A backlog over several partitions: events leave ingest in the order in which they were received."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from random import Random

import pytest
from confluent_kafka import Producer

from overheal.kafka.reader import Reader
from overheal.model import MICROSECOND
from overheal.run.ingest import member as ingest_member
from overheal.run.ingest.in_step import SLACK, InStep
from tests.integration.kafka.running import Installation
from tests.support.children import until
from tests.support.events import document
from tests.support.servers import Kafka
from tests.support.topics import Topics

SCOPES = ("cart", "shop", "pay")
SPAN_SECONDS = 7_200.0
MESSAGE_SECONDS = 1.0


class Backlog:
    """Events of two hours that end a minute ago, `count` of them, keyless over three partitions."""

    def __init__(self, site: Installation, count: int, shares: Iterable[int] = (1, 1, 1)) -> None:
        self.site = site
        self.producer = Producer({**site.settings.producer(), "linger.ms": 100})
        rng, start = Random(7), time.time() - SPAN_SECONDS - 60
        self.at = {
            f"e-{number:06d}": start + SPAN_SECONDS * number / count for number in range(count)
        }
        self.partitions: dict[int, list[str]] = defaultdict(list)
        for name in self.at:
            self.partitions[rng.choices((0, 1, 2), list(shares))[0]].append(name)

    def send(self, partition: int, *, lie: Callable[[str], float] = lambda _name: 0.0) -> None:
        """Produce what falls to a partition; `lie` says by how many seconds a record's time lies."""
        for name in self.partitions[partition]:
            self.produce(name, partition, self.at[name], lie(name))
        assert self.producer.flush(60) == 0

    def produce(self, name: str, partition: int, at: float, lie: float = 0.0) -> None:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}Z"
        service = SCOPES[hash(name) % 3]
        raw = json.dumps(document(name, when, service=service, labels={"pad": "x" * 300})).encode()
        while True:
            try:
                self.producer.produce(
                    self.site.names.actions,
                    raw,
                    partition=partition,
                    timestamp=int((at + lie) * 1000),
                )
            except BufferError:
                self.producer.poll(0.1)
            else:
                self.producer.poll(0)
                return

    def wait_for_all(self) -> None:
        """Wait until every event is in the topic of events."""
        until(lambda: len(set(self.site.events())) >= len(self.at), "all events")

    def disorder(self) -> float:
        """Return by how many seconds an event comes behind a later one of its scope, at most."""
        newest: dict[bytes, float] = {}
        worst = 0.0
        for record in self.site.records(self.site.names.events):
            at, key = self.at[json.loads(record.value or b"")["id"]], record.key or b""
            worst = max(worst, newest.get(key, at) - at)
            newest[key] = max(newest.get(key, at), at)
        return worst


@pytest.fixture
def site(kafka: Kafka, topics: Topics) -> Installation:
    return Installation(kafka.bootstrap, topics, partitions=3)


@pytest.mark.parametrize("shares", [(1, 1, 1), (12, 4, 1)])
def test_a_backlog_of_hours_comes_out_in_the_order_of_its_receipt(site, shares):
    backlog = Backlog(site, 24_000, shares)
    for partition in range(3):
        backlog.send(partition)
    with site.ingest():
        backlog.wait_for_all()
    assert backlog.disorder() <= SLACK / MICROSECOND
    assert len(site.events()) == len(backlog.at)
    for partition in range(3):
        assert site.committed(partition) == len(backlog.partitions[partition])


def test_producers_whose_clocks_run_ahead_cost_the_others_nothing(site):
    backlog, rng = Backlog(site, 12_000), Random(3)
    for partition in range(3):
        backlog.send(partition, lie=lambda _name: 3600.0 * (rng.random() < 0.03))
    with site.ingest():
        backlog.wait_for_all()
    assert backlog.disorder() <= 4 * SLACK / MICROSECOND


def test_a_partition_that_says_nothing_holds_nobody_up(site):
    backlog = Backlog(site, 6_000)
    backlog.partitions[0], unread = [], backlog.partitions[0]
    backlog.at = {name: at for name, at in backlog.at.items() if name not in set(unread)}
    settings = {"bootstrap.servers": site.settings.bootstrap, "transactional.id": site.prefix}
    open_transaction = Producer({**settings, "transaction.timeout.ms": 60_000})
    open_transaction.init_transactions(30)
    open_transaction.begin_transaction()
    oldest = int(min(backlog.at.values()) * 1000) - 60_000
    raw = json.dumps(document("open", "2026-03-02T00:00:00Z")).encode()
    open_transaction.produce(site.names.actions, raw, partition=0, timestamp=oldest)
    open_transaction.flush(30)
    backlog.send(1)
    backlog.send(2)
    with site.ingest():
        backlog.wait_for_all()
        assert backlog.disorder() <= SLACK / MICROSECOND
        assert "open" not in site.events()
        open_transaction.commit_transaction(30)
        until(lambda: "open" in site.events(), "the record of the transaction")


def test_live_a_record_waits_for_nobody(site):
    backlog = Backlog(site, 0)
    sent: dict[str, float] = {}
    with site.ingest() as running:
        until(lambda: running.reasons == [], "being ready")
        for number in range(12):
            if number in {0, 6}:
                time.sleep(2 * MESSAGE_SECONDS)
            name = f"live-{number}"
            sent[name] = time.time()
            backlog.produce(name, number % 3, sent[name])
            backlog.producer.flush(10)
            time.sleep(0.1 * (number % 4))
        site.wait_for(len(sent))
    reader = Reader(site.settings, site.names.events)
    took = {
        json.loads(value or b"")["id"]: received / MICROSECOND
        for polled in reader.to_end(20)
        for value, received in zip(polled.values, polled.received, strict=True)
    }
    reader.close()
    assert {name: took[name] - sent[name] for name in sent if took[name] - sent[name] > 1} == {}


def test_what_was_paused_for_being_ahead_goes_on_after_a_rebalance(site, monkeypatch):
    monkeypatch.setattr(ingest_member, "InStep", partial(InStep, most_bytes=600_000))
    backlog = Backlog(site, 40_000, (30, 1, 1))
    for name in [name for name in backlog.partitions[0] if int(name[2:]) % 2]:
        backlog.partitions[0].remove(name)
        backlog.partitions[2].append(name)
        backlog.at[name] += SPAN_SECONDS / 2
    backlog.partitions[2].sort(key=lambda name: backlog.at[name])
    for partition in range(3):
        backlog.send(partition)
    with site.ingest() as first:
        in_step = first._process._member._in_step
        until(lambda: bool(in_step.paused), "a partition that is paused")
        with site.ingest() as second:
            until(lambda: second.reasons == [], "the other being ready")
            backlog.wait_for_all()
        until(lambda: not in_step.paused, "nothing being paused")
        for partition in range(3):
            backlog.at[f"l-{partition}"] = time.time()
            backlog.produce(f"l-{partition}", partition, backlog.at[f"l-{partition}"])
        backlog.producer.flush(10)
        backlog.wait_for_all()
