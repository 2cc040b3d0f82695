"""The control topic as the place where people tell a running fleet something."""

from __future__ import annotations

from typing import Self

from overheal.declared import Declared, Record
from overheal.errors import BrokerUnavailable, StoreError
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings
from overheal.model import MICROSECOND
from overheal.run.config import Config
from overheal.run.control.desk import checked
from overheal.run.control.records import (
    acknowledgement_record,
    is_declared,
    read_record,
    record_of,
)
from overheal.store import Acknowledgement, Store, StoredRecovery, open_store

END_SECONDS = 30.0
FLUSH_SECONDS = 30.0


class TopicDesk:
    """A running fleet: its topic is the truth, and whoever reads it stores what it says.

    Raises `BrokerError`. The store is asked where it can be reached, and not needed.
    """

    lead = 5 * MICROSECOND

    def __init__(self, config: Config) -> None:
        self._topic = config.topics.control
        self._reader = Reader(config.kafka, self._topic)
        self._kafka = config.kafka
        self._place = config.store
        self._store: Store | None = None
        self._asked = False
        self._declared = Declared()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        if self._store is not None:
            self._store.close()

    def declared(self) -> Declared:
        """Return everything that was declared so far; what cannot be read is passed over."""
        for polled in self._reader.to_end(END_SECONDS):
            for key, value in zip(polled.keys, polled.values, strict=True):
                if key is not None and value and is_declared(key):
                    record = _read(value)
                    if record is not None:
                        self._declared.add(record)
        return self._declared

    def write(self, record: Record) -> None:
        """Take a record, durably; raises `BrokerUnavailable` where that is not sure."""
        key, value = record_of(record)
        _produced(self._kafka, self._topic, key, value, "look with `list`, and say it again")

    def recoveries(self, service: str, start: int, end: int) -> list[StoredRecovery] | None:
        """Return automated recoveries of a service, None where the store cannot be asked."""
        store = self._opened()
        return None if store is None else store.recoveries(service, start, end)

    def check_service(self, name: str) -> str:
        """Return a warning about a service that was never seen, or ""."""
        store = self._opened()
        return "" if store is None else checked(name, store.service_names())

    def _opened(self) -> Store | None:
        if not self._asked:
            self._asked = True
            try:
                self._store = None if self._place is None else open_store(self._place)
            except StoreError:
                self._store = None
        return self._store


def tell_acknowledgement(config: Config, given: Acknowledgement) -> None:
    """Write an acknowledgement, durably; raises `BrokerUnavailable` where that is not sure."""
    key, value = acknowledgement_record(given)
    remedy = "say it again, or name the store alone with --server"
    _produced(config.kafka, config.topics.control, key, value, remedy)


def _produced(kafka: KafkaSettings, topic: str, key: bytes, value: bytes, remedy: str) -> None:
    producer = Producer(kafka)
    try:
        producer.send(topic, value, key)
        producer.flush(FLUSH_SECONDS)
    except BrokerUnavailable as error:
        raise BrokerUnavailable(f"{error}; whether it was taken is not sure: {remedy}") from None
    finally:
        producer.close()


def _read(value: bytes) -> Record | None:
    try:
        return read_record(value)
    except ValueError:
        return None
