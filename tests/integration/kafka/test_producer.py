"""An idempotent producer on a real broker."""

from __future__ import annotations

import pytest

from overheal.errors import BrokerError, BrokerUnavailable
from overheal.kafka.errors import Fenced, RecordTooLarge
from overheal.kafka.partitioning import partition_of
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings
from tests.support.topics import Topics


@pytest.fixture
def settings(kafka):
    return KafkaSettings(kafka.bootstrap)


def everything(settings, topic):
    reader = Reader(settings, topic)
    found = list(reader.to_end(30))
    reader.close()
    return found


def test_a_key_lies_where_murmur2_puts_it(settings, topics):
    topic = topics(partitions=7)
    producer = Producer(settings)
    for number in range(300):
        producer.send(topic, b"x", b"production/scope-%d" % number)
    producer.flush(30)
    producer.close()
    for batch in everything(settings, topic):
        assert all(partition_of(key, 7) == batch.partition for key in batch.keys)


def test_while_the_broker_stands_still_everything_stays_queued_and_arrives_once(own_kafka):
    settings = KafkaSettings(own_kafka.bootstrap)
    topic = Topics(own_kafka.client())()
    producer = Producer(settings)
    producer.send(topic, b"before")
    producer.flush(30)
    own_kafka.pause()
    for number in range(100):
        producer.send(topic, b"%d" % number)
    with pytest.raises(BrokerUnavailable, match="100 records wait"):
        producer.flush(1)
    own_kafka.resume()
    producer.flush(60)
    own_kafka.kill()
    producer.send(topic, b"after")
    with pytest.raises(BrokerUnavailable):
        producer.flush(1)
    own_kafka.restart()
    producer.flush(60)
    producer.close()
    values = [value for batch in everything(settings, topic) for value in batch.values]
    assert values == [b"before", *(b"%d" % number for number in range(100)), b"after"]


def test_a_record_that_no_broker_would_take_is_refused_alone(settings, topics):
    topic = topics()
    producer = Producer(settings)
    with pytest.raises(RecordTooLarge):
        producer.send(topic, b"x" * 2_000_000)
    producer.send(topic, b"small")
    producer.flush(30)
    producer.close()
    assert [batch.values for batch in everything(settings, topic)] == [[b"small"]]


def test_a_record_that_the_topic_refuses_is_an_error_once(settings, topics):
    topic = topics(config={"max.message.bytes": "1000"})
    producer = Producer(KafkaSettings(settings.bootstrap, {"compression.type": "none"}))
    producer.send(topic, b"x" * 5_000)
    with pytest.raises(BrokerError, match="1 records were refused"):
        producer.flush(30)
    producer.flush(30)
    producer.close()


def test_another_producer_with_the_same_id_fences_the_first(settings, topics):
    topic = topics()
    first = Producer(settings, transactional_id=topic)
    first.begin()
    first.send(topic, b"1")
    first.flush(30)
    second = Producer(settings, transactional_id=topic)
    second.begin()
    second.send(topic, b"2")
    second.commit_transaction()
    with pytest.raises(Fenced):
        first.commit_transaction()
    first.close()
    second.close()
    assert [batch.values for batch in everything(settings, topic)] == [[b"2"]]
