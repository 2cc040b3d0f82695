"""A member of a group on a real broker."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from contextlib import contextmanager
from time import monotonic

import pytest

from overheal.errors import BrokerUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.kafka.polled import UNREADABLE
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings
from tests.support import children
from tests.support.children import until


class Member:
    def __init__(self, settings, topic, group="g", **options) -> None:
        self.told = []
        self.seen = {}
        self.consumer = Consumer(
            settings,
            topic,
            f"{topic}.{group}",
            on_assign=lambda found: self.told.append(("assigned", found)),
            on_revoke=lambda found: self.told.append(("revoked", found)),
            on_lost=lambda found: self.told.append(("lost", found)),
            **options,
        )

    def poll(self, most=1000):
        batches = self.consumer.poll(most, 0.2)
        for batch in batches:
            self.seen.setdefault(batch.partition, []).extend(batch.offsets)
        return batches

    def join(self, count):
        until(lambda: self.poll() or len(self.consumer.assigned) == count, "partitions")

    def total(self):
        return sum(map(len, self.seen.values()))

    def read(self, count, seconds=30):
        until(lambda: self.poll() is None or self.total() >= count, f"{count} records", seconds)


@pytest.fixture
def settings(kafka):
    return KafkaSettings(kafka.bootstrap)


@contextmanager
def member(settings, topic, **options):
    made = Member(settings, topic, **options)
    try:
        yield made
    finally:
        made.consumer.close()


def fill(settings, topic, count, **options):
    producer = Producer(settings)
    for number in range(count):
        producer.send(topic, b"%d" % number, b"key-%d" % number, **options)
    producer.flush(30)
    producer.close()


def test_new_partitions_wait_until_they_are_resumed(settings, topics):
    topic = topics(partitions=2)
    fill(settings, topic, 20)
    with member(settings, topic) as one:
        one.join(2)
        for _ in range(5):
            assert one.poll() == []
        one.consumer.resume([0, 1])
        one.consumer.resume([0, 1])
        one.read(20)
    assert one.told == [("assigned", [0, 1]), ("revoked", [0, 1])]


def test_records_come_as_columns_in_order_with_the_brokers_time(settings, topics):
    topic = topics(config={"message.timestamp.type": "LogAppendTime"})
    fill(settings, topic, 5, headers={"source": b"test"})
    with member(settings, topic) as one:
        one.join(1)
        one.consumer.resume([0])
        found = []
        until(lambda: found.extend(one.poll()) or one.total() >= 5, "records")
    assert [value for batch in found for value in batch.values] == [b"0", b"1", b"2", b"3", b"4"]
    assert found[0].keys[0] == b"key-0"
    assert found[0].headers[0] == {"source": b"test"}
    assert found[0].offsets[0] == 0
    assert found[0].received[0] > 1_700_000_000_000_000


def test_a_seek_right_after_the_assignment_holds(settings, topics):
    topic = topics()
    fill(settings, topic, 50)
    with member(settings, topic) as one:
        until(lambda: one.poll() or one.told, "the assignment")
        one.consumer.seek(0, 40)
        one.consumer.resume([0])
        one.read(10)
        assert one.seen[0] == list(range(40, 50))
        one.consumer.pause([0])
        one.consumer.seek(0, 10)
        assert one.poll() == []
        one.seen.clear()
        one.consumer.resume([0])
        one.read(40)
        assert one.seen[0] == list(range(10, 50))
        assert one.consumer.watermarks(0) == (0, 50)


def test_a_commit_carries_its_metadata_to_the_next_member(settings, topics):
    topic = topics(partitions=2)
    with member(settings, topic) as one:
        one.join(2)
        assert one.consumer.committed(0) == (None, "")
        one.consumer.commit({0: (0, '{"pending":[0,19]}'), 1: (7, "")})
    with member(settings, topic) as other:
        other.join(2)
        assert other.consumer.committed(0) == (0, '{"pending":[0,19]}')
        assert other.consumer.committed(1) == (7, "")


def test_two_members_share_and_each_is_told_what_it_gives_away(settings, topics):
    topic = topics(partitions=4)
    with member(settings, topic) as one:
        one.join(4)
        with member(settings, topic) as other:
            until(
                lambda: one.poll() or other.poll() or len(other.consumer.assigned) == 2,
                "half of the partitions",
            )
            assert one.consumer.assigned.isdisjoint(other.consumer.assigned)
            assert one.told[1][0] == "revoked"
            given = one.told[1][1]
            with pytest.raises(PartitionLost):
                one.consumer.commit({given[0]: (1, "")})
            with pytest.raises(PartitionLost):
                one.consumer.seek(given[0], 0)
            one.consumer.pause(given)
            kept = min(one.consumer.assigned)
            one.consumer.commit({kept: (3, "")})
        one.join(4)


def test_what_a_callback_raises_comes_out_of_poll(settings, topics):
    def refuse(_):
        raise ValueError("no room")

    topic = topics()
    consumer = Consumer(settings, topic, topic, on_assign=refuse, on_revoke=print, on_lost=print)
    with pytest.raises(ValueError, match="no room"):
        until(lambda: consumer.poll(10, 0.2) is None, "the assignment")
    consumer.close()


def test_aborted_transactions_are_not_seen(settings, topics):
    topic = topics()
    producer = Producer(settings, transactional_id=topic)
    producer.begin()
    producer.send(topic, b"aborted")
    producer.flush(30)
    producer.abort_transaction()
    producer.begin()
    producer.send(topic, b"committed")
    producer.commit_transaction()
    producer.close()
    with member(settings, topic) as one:
        one.join(1)
        one.consumer.resume([0])
        found = []
        until(lambda: found.extend(one.poll()) or found, "the record")
    assert found[0].values == [b"committed"]


FROZEN = """
import sys
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.kafka.settings import KafkaSettings
bootstrap, topic = sys.argv[1:]
told = []
def tell(name):
    return lambda found: told.append(name)
consumer = Consumer(KafkaSettings(bootstrap), topic, topic + ".g",
    on_assign=tell("assigned"), on_revoke=tell("revoked"), on_lost=tell("lost"))
while not told:
    consumer.poll(10, 0.2)
print("assigned", flush=True)
sys.stdin.readline()
try:
    consumer.commit({0: (5, "stale")})
    print("committed", flush=True)
except PartitionLost:
    print("refused", flush=True)
while "lost" not in told and "revoked" not in told:
    consumer.poll(10, 0.2)
print(told[1], flush=True)
sys.stdin.readline()
"""


def test_a_member_that_stood_still_cannot_commit_and_is_told_what_it_lost(settings, topics):
    topic = topics()
    frozen = children.start(
        [sys.executable, "-c", FROZEN, settings.bootstrap, topic],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert frozen.stdout.readline() == "assigned\n"
        os.kill(frozen.pid, signal.SIGSTOP)
        with member(settings, topic) as other:
            until(lambda: other.poll() or other.consumer.assigned, "the partition")
            other.consumer.commit({0: (9, "fresh")})
            os.kill(frozen.pid, signal.SIGCONT)
            frozen.stdin.write("\n")
            frozen.stdin.flush()
            assert frozen.stdout.readline() == "refused\n"
            assert frozen.stdout.readline() == "lost\n"
            assert other.consumer.committed(0) == (9, "fresh")
    finally:
        children.kill(frozen)


def test_while_the_broker_stands_still_a_commit_ends_in_time_and_polling_goes_on(own_kafka):
    settings = KafkaSettings(own_kafka.bootstrap)
    from tests.support.topics import Topics

    topic = Topics(own_kafka.client())()
    fill(settings, topic, 3)
    with member(settings, topic) as one:
        one.join(1)
        one.consumer.resume([0])
        one.read(3)
        own_kafka.pause()
        start = monotonic()
        with pytest.raises(BrokerUnavailable):
            one.consumer.commit({0: (3, "")})
        assert monotonic() - start < 45
        assert one.poll() == []
        own_kafka.resume()

        def committed():
            one.poll()
            try:
                one.consumer.commit({0: (3, "")})
            except (BrokerUnavailable, PartitionLost):
                return False
            return True

        until(committed, "the commit")
        fill(settings, topic, 2)
        one.consumer.resume([0])
        one.read(5, 60)


def batches_of(log):
    """Return first offset, position and length of the batches in a segment file."""
    found, at = [], 0
    while at < len(log):
        base, length = struct.unpack(">qi", log[at : at + 12])
        found.append((base, at, length + 12))
        at += length + 12
    return found


@pytest.mark.parametrize("damaged", [1, 2], ids=["in the middle", "at the end"])
def test_records_that_cannot_be_read_are_told_and_passed(own_kafka, damaged):
    from tests.support.topics import Topics

    settings = KafkaSettings(own_kafka.bootstrap)
    topic = Topics(own_kafka.client())()
    for _ in range(3):
        fill(settings, topic, 100)
    (segment,) = own_kafka.folder.rglob(f"{topic}-0/*.log")
    log = bytearray(segment.read_bytes())
    found = batches_of(log)
    first, at, length = next(one for one in found if one[0] == damaged * 100)
    log[at + length - 5] ^= 0xFF
    with segment.open("r+b") as file:
        file.write(log)
    with member(settings, topic) as one:
        one.join(1)
        one.consumer.resume([0])
        polled = []
        until(lambda: polled.extend(one.poll()) or one.total() >= 201, "the others")
        letters = [
            (offset, headers[UNREADABLE].decode())
            for batch in polled
            for offset, headers in zip(batch.offsets, batch.headers, strict=True)
            if headers and UNREADABLE in headers
        ]
        ((offset, reason),) = letters
        assert offset == first + 99
        assert f"offsets {first} to {first + 99}" in reason
        readable = [each for each in range(300) if not first <= each < first + 99]
        assert one.seen[0] == readable
        fill(settings, topic, 1)
        one.read(202)
        assert one.seen[0][-1] == 300
    reader = Reader(settings, topic)
    assert sum(len(batch.offsets) for batch in reader.to_end(30)) == 202
    reader.close()


def test_a_reader_sees_everything_up_to_the_end_and_then_what_comes(settings, topics):
    topic = topics(partitions=3)
    reader = Reader(settings, topic)
    assert list(reader.to_end(30)) == []
    fill(settings, topic, 30)
    assert sum(len(batch.offsets) for batch in reader.to_end(30)) == 30
    assert list(reader.to_end(30)) == []
    fill(settings, topic, 1)
    until(lambda: reader.read(0.2), "the new record")
    reader.close()


def test_a_reader_starts_where_it_is_told(settings, topics):
    topic = topics()
    fill(settings, topic, 30)
    for options, first in (({"start": {0: 25}}, 25), ({"newest": 3}, 27)):
        reader = Reader(settings, topic, **options)
        offsets = [offset for batch in reader.to_end(30) for offset in batch.offsets]
        reader.close()
        assert offsets == list(range(first, 30))


def test_commit_metadata_may_hold_a_document_of_a_thousand_bytes(settings, topics):
    topic = topics()
    document = json.dumps({"pending": list(range(200))})
    with member(settings, topic) as one:
        one.join(1)
        one.consumer.commit({0: (1, document)})
        assert one.consumer.committed(0) == (1, document)
