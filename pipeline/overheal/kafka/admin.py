"""Asking a cluster about itself: each question bounded in time, each refusal a typed error."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

from overheal.errors import BrokerError, TopicError
from overheal.kafka.errors import DENIED, TopicGone, error_of, made, translated
from overheal.kafka.settings import KafkaSettings

SECONDS = 10.0
CREATE = "run `overheal topics create`"


@dataclass(frozen=True)
class Described:
    """A topic as it stands: `epoch` is its id, replaced when a topic is made anew."""

    name: str
    epoch: str
    partitions: int
    replication: int


class Admin:
    """One administrative client; every call waits ten seconds at most.

    Raises `BrokerUnavailable` where nobody answers, `BrokerError` for what is refused.
    """

    def __init__(self, settings: KafkaSettings, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._denied: KafkaError | None = None
        self.client = made(AdminClient, settings.client(error_cb=self._heard, log_level=0))

    def brokers(self) -> int:
        """Return how many brokers there are."""
        return len(self.metadata().brokers)

    def metadata(self) -> Any:
        """Return the driver's metadata of the whole cluster."""
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return self.client.list_topics(timeout=min(2.0, self._seconds))
            except KafkaException as exception:
                self.client.poll(0)
                if self._denied is not None:
                    raise self._refusal() from None
                if time.monotonic() > deadline:
                    raise self._raised(exception, "asking the cluster what it holds") from None

    def describe(self, names: Iterable[str]) -> dict[str, Described]:
        """Return the topics that exist, by name."""
        existing = self.metadata().topics
        wanted = [name for name in names if name in existing]
        if not wanted:
            return {}
        futures = self.client.describe_topics(
            TopicCollection(wanted), request_timeout=self._seconds
        )
        found = {}
        for name, future in futures.items():
            try:
                one = self.result(future, f"describing {name}")
            except TopicGone:
                continue
            replicas = [len(partition.replicas) for partition in one.partitions]
            epoch = _uuid(str(one.topic_id))
            found[name] = Described(name, epoch, len(replicas), min(replicas, default=0))
        return found

    def lowest(self, topic: str, partition: int) -> int:
        """Return the first offset that a partition still holds; raises `BrokerUnavailable`."""
        place = TopicPartition(topic, partition)
        asked = self.client.list_offsets(
            {place: OffsetSpec.earliest()},  # type: ignore[no-untyped-call]
            request_timeout=self._seconds,
        )
        (found,) = asked.values()
        offset: int = self.result(found, f"{topic} [{partition}]: first offset").offset
        return offset

    def configs(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the settings in force of topics that exist: name → setting → value."""
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        if not resources:
            return {}
        futures = self.client.describe_configs(resources, request_timeout=self._seconds)
        found = self.results(futures, "reading the settings of")
        return {
            resource.name: {name: str(entry.value) for name, entry in entries.items()}
            for resource, entries in found.items()
        }

    def results(self, futures: Mapping[Any, Future[Any]], what: str) -> dict[Any, Any]:
        """Return the results by what was asked about."""
        return {asked: self.result(one, f"{what} {asked}") for asked, one in futures.items()}

    def result(self, future: Future[Any], what: str) -> Any:
        """Return one result."""
        try:
            wait([future], self._seconds + 1.0)
            return future.result(0)
        except KafkaException as exception:
            raise self._raised(exception, what) from None
        except TimeoutError:
            raise translated(KafkaError(KafkaError._TIMED_OUT), what) from None  # noqa: SLF001

    def _heard(self, error: KafkaError) -> None:
        if error.code() in DENIED:
            self._denied = error

    def _refusal(self) -> BrokerError:
        error = self._denied or KafkaError(KafkaError._AUTHENTICATION)  # noqa: SLF001
        return translated(error, "entering the cluster")

    def _raised(self, exception: KafkaException, what: str) -> BrokerError:
        return translated(error_of(exception), what)


def _uuid(text: str) -> str:
    """Return an id that Kafka writes in 22 letters as a UUID is usually written."""
    return str(uuid.UUID(bytes=base64.urlsafe_b64decode(text + "==")))


def topic_epoch(settings: KafkaSettings, topic: str) -> str:
    """Return the topic's id, a UUID; raises `TopicError` where there is none."""
    found = _described(settings, topic).epoch
    if not uuid.UUID(found).int:
        raise TopicError(f"{topic}: the brokers give topics no ids; Kafka 3.1 or newer is needed")
    return found


def partition_count(settings: KafkaSettings, topic: str) -> int:
    """Return how many partitions a topic has; raises `TopicError` where it does not exist."""
    return _described(settings, topic).partitions


def _described(settings: KafkaSettings, topic: str) -> Described:
    found = Admin(settings).describe([topic])
    if topic not in found:
        raise TopicError(f"{topic}: does not exist; {CREATE}")
    return found[topic]
