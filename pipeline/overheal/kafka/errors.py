"""What Kafka says, as the types that decide what happens next.

BrokerError
├── BrokerUnavailable   retry
│   └── TopicGone       the topic is not there, or not yet: it may be made anew
├── TopicError          stop; a command repairs it
├── PartitionLost       another member owns the partition: drop its lane, go on with the others
├── Fenced              another producer with the same transactional id took over: stop
├── TransactionAborted  nothing of the transaction was written: begin again
└── RecordTooLarge      one record is larger than the cluster takes: dead letter
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from overheal.errors import BrokerError, BrokerUnavailable, ConfigError

Client = TypeVar("Client")


class TopicGone(BrokerUnavailable):
    """The brokers know no such topic or partition; one that is made anew is another one."""


class PartitionLost(BrokerError):  # noqa: N818 - reads as a sentence where it is raised
    """This member owns the partition no more; what it knows about it is out of date."""


class Fenced(BrokerError):  # noqa: N818
    """Another producer with the same transactional id took over; this one can do nothing more."""


class TransactionAborted(BrokerError):  # noqa: N818
    """The transaction was aborted and nothing of it was written; it can be begun again."""


class RecordTooLarge(BrokerError):  # noqa: N818
    """One record is larger than `message.max.bytes` of the producer; others can be sent."""


LOST = frozenset(
    {
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001 - that is how the driver names its own codes
    }
)
GONE = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_TOPIC_ID,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
    }
)
FENCED = frozenset(
    {
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
        KafkaError._FENCED,  # noqa: SLF001
    }
)
DENIED = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
        KafkaError.SASL_AUTHENTICATION_FAILED,
    }
)
TRANSIENT = frozenset(
    {
        # of the driver itself: its view of the brokers changes while it asks
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
        KafkaError._MSG_TIMED_OUT,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._DESTROY_BROKER,  # noqa: SLF001
        KafkaError._UNKNOWN_BROKER,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - also one that has no leader now
        KafkaError._NODE_UPDATE,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._WAIT_COORD,  # noqa: SLF001
        KafkaError._WAIT_CACHE,  # noqa: SLF001
        KafkaError._IN_PROGRESS,  # noqa: SLF001
        KafkaError._PREV_IN_PROGRESS,  # noqa: SLF001
        KafkaError._OUTDATED,  # noqa: SLF001
        KafkaError._RETRY,  # noqa: SLF001
        KafkaError._FAIL,  # noqa: SLF001
        KafkaError._QUEUE_FULL,  # noqa: SLF001
        # of brokers: those that Kafka's protocol guide marks as retriable
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.PREFERRED_LEADER_NOT_AVAILABLE,
        KafkaError.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.LISTENER_NOT_FOUND,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.NOT_CONTROLLER,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError.FETCH_SESSION_ID_NOT_FOUND,
        KafkaError.INVALID_FETCH_SESSION_EPOCH,
        KafkaError.REBOOTSTRAP_REQUIRED,
        KafkaError.CONCURRENT_TRANSACTIONS,
    }
)


def made(kind: Callable[[dict[str, Any]], Client], properties: dict[str, Any]) -> Client:
    """Return a client of the driver; raises `ConfigError` for properties that it does not take."""
    try:
        return kind(properties)
    except KafkaException as exception:
        raise ConfigError(
            f"kafka: the driver refuses the settings: {error_of(exception).str()}; "
            "correct [kafka], its properties first of all"
        ) from None


def error_of(exception: KafkaException) -> KafkaError:
    """Return the error that the driver's exception carries."""
    error: KafkaError = exception.args[0]
    return error


def translated(error: KafkaError, what: str) -> BrokerError:
    """Return the error to raise where Kafka refused `what`, a clause such as `commit of 3`."""
    code, text = error.code(), f"{what}: {error.str()} ({error.name()})"
    if code in FENCED:
        return Fenced(f"{text}; another process runs with the same transactional id: stop one")
    if code in LOST:
        return PartitionLost(f"{text}; another member of the group owns the partition now")
    if code in DENIED:
        return BrokerError(f"{text}; check [kafka] username and password, and the cluster's ACLs")
    if code in GONE:
        return TopicGone(f"{text}; `overheal topics create` makes what is missing")
    if code in TRANSIENT or error.retriable():
        return BrokerUnavailable(f"{text}; check [kafka] bootstrap and that the brokers run")
    return BrokerError(text)
