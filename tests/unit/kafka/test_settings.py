"""What clients of the driver are made of."""

from __future__ import annotations

import logging

import pytest
from confluent_kafka import KafkaError

from overheal.kafka.settings import GUARDED, DriverLog, KafkaSettings, TopicNames
from overheal.secret import Secret

SETTINGS = KafkaSettings(
    "kafka-1:9092",
    {"linger.ms": "7", "session.timeout.ms": "9000"},
    {"sasl.password": Secret("hunter2")},
)


def test_no_secret_shows_in_a_representation():
    assert "hunter2" not in repr(SETTINGS)
    assert "hunter2" not in str(SETTINGS)


def test_the_driver_gets_the_secret():
    assert SETTINGS.client()["sasl.password"] == "hunter2"


def test_properties_replace_defaults_and_never_guarantees():
    loose = KafkaSettings(properties=dict.fromkeys(GUARDED, "nonsense"))
    consumer, producer = loose.consumer("g"), loose.producer()
    assert SETTINGS.consumer("g")["session.timeout.ms"] == "9000"
    assert consumer["enable.auto.commit"] is False
    assert consumer["isolation.level"] == "read_committed"
    assert consumer["group.id"] == "g"
    assert producer["partitioner"] == "murmur2_random"
    assert producer["acks"] == "all"
    assert producer["message.timeout.ms"] == 0


def test_a_static_member_has_its_name():
    assert SETTINGS.consumer("g", "worker-1")["group.instance.id"] == "worker-1"
    assert "group.instance.id" not in SETTINGS.consumer("g")


def test_a_transaction_may_time_out_and_a_record_alone_may_not():
    assert "message.timeout.ms" not in SETTINGS.producer("id")
    assert SETTINGS.producer("id")["transactional.id"] == "id"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.DEBUG, logger="overheal.kafka.driver")
    logger = logging.getLogger("overheal")
    before, logger.propagate = logger.propagate, True
    yield caplog
    logger.propagate = before


def test_the_drivers_lines_show_no_secret(lines):
    DriverLog(["hunter2"]).log(logging.ERROR, "%s: %s", "SASL", "hunter2 is wrong")
    assert lines.messages == ["SASL: *** is wrong"]


def test_the_same_complaint_is_written_once_a_minute(lines):
    log = DriverLog([])
    for number in range(50):
        log.error(KafkaError(KafkaError._TRANSPORT, f"refused after {number} ms"))
    log.error(KafkaError(KafkaError._RESOLVE, "no such host"))
    assert len(lines.messages) == 2


def test_a_prefix_replaces_that_of_every_topic():
    names = TopicNames.prefixed("team-a.")
    assert names.events == "team-a.events.v1"
    assert names.dead_letters == "team-a.dead-letters.v1"
    assert TopicNames.prefixed("overheal.") == TopicNames()
