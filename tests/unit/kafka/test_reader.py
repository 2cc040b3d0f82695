"""A reader asks again where a partition has no leader for a moment, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from overheal.errors import BrokerUnavailable
from overheal.kafka import reader as room
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings


class Driver:
    """Knows one topic of one partition; answers for its end after it was looked up so often."""

    def __init__(self, lookups: int) -> None:
        self.lookups = lookups

    def list_topics(self, topic: str, _seconds: float) -> Any:
        self.lookups -= 1
        found = type("Topic", (), {"error": None, "partitions": {0: None}})
        return type("Metadata", (), {"topics": {topic: found}})

    def offsets_for_times(self, places: list[TopicPartition], _seconds: float) -> Any:
        if self.lookups > 0:
            raise KafkaException(KafkaError(KafkaError._UNKNOWN_PARTITION))
        return [TopicPartition(one.topic, one.partition, 7) for one in places]

    def assign(self, places: list[TopicPartition]) -> None:
        self.assigned = [one.offset for one in places]

    def close(self) -> None:
        self.closed = True


def test_a_partition_that_changes_its_leader_is_looked_up_again(monkeypatch: pytest.MonkeyPatch):
    driver = Driver(3)
    monkeypatch.setattr(room, "made", lambda *_: driver)
    monkeypatch.setattr(room, "AGAIN_SECONDS", 0.0)
    Reader(KafkaSettings("nowhere:1"), "topic", newest=3)
    assert driver.assigned == [4]


def test_one_that_stays_without_a_leader_is_named(monkeypatch: pytest.MonkeyPatch):
    driver = Driver(10**9)
    monkeypatch.setattr(room, "made", lambda *_: driver)
    monkeypatch.setattr(room, "METADATA_SECONDS", 0.2)
    monkeypatch.setattr(room, "AGAIN_SECONDS", 0.01)
    with pytest.raises(BrokerUnavailable, match="topic: looking for its end"):
        Reader(KafkaSettings("nowhere:1"), "topic", newest=3)
    assert driver.closed
