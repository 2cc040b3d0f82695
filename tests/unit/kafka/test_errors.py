"""Which of Kafka's errors heal by themselves, which end a lane, and which end the process."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from overheal.errors import BrokerError, BrokerUnavailable
from overheal.kafka.errors import (
    DENIED,
    FENCED,
    GONE,
    LOST,
    TRANSIENT,
    Fenced,
    PartitionLost,
    TopicGone,
    translated,
)

KINDS = ((TRANSIENT, BrokerUnavailable), (GONE, TopicGone), (LOST, PartitionLost), (FENCED, Fenced))


@pytest.mark.parametrize(("codes", "kind"), KINDS, ids=lambda one: getattr(one, "__name__", ""))
def test_every_code_becomes_its_type_and_says_what_was_asked_and_the_code(codes, kind):
    for code in codes:
        error = KafkaError(code)
        found = translated(error, "describing events")
        assert type(found) is kind
        assert str(found).startswith(f"describing events: {error.str()} ({error.name()})")


def test_no_code_has_two_types():
    groups = (TRANSIENT, GONE, LOST, FENCED, DENIED)
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_a_broker_that_goes_away_while_the_driver_asks_it_is_asked_again():
    gone = KafkaError(KafkaError._DESTROY_BROKER)
    assert isinstance(translated(gone, "describing events"), BrokerUnavailable)


@pytest.mark.parametrize("code", [*DENIED, KafkaError.UNSUPPORTED_VERSION, KafkaError._FATAL])
def test_what_waiting_does_not_heal_stops_the_process(code):
    found = translated(KafkaError(code), "reading")
    assert type(found) is BrokerError
    assert not isinstance(found, BrokerUnavailable)
