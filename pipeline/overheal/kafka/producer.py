"""An idempotent producer: what was sent and flushed is durable, once and in order."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as Driver

from overheal.errors import BrokerError, BrokerUnavailable
from overheal.kafka.errors import RecordTooLarge, TransactionAborted, error_of, made, translated
from overheal.kafka.settings import KafkaSettings

FULL_SECONDS = 30.0
TRANSACTION_SECONDS = 30.0
SHOWN = 3


class Producer:
    """Sends records; with a transactional id they become visible together or not at all."""

    def __init__(self, settings: KafkaSettings, *, transactional_id: str = "") -> None:
        self._failed: list[str] = []
        self._failures = 0
        self._ready = False
        self._driver = made(
            Driver, {**settings.producer(transactional_id), "on_delivery": self._delivered}
        )

    def send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        headers: Mapping[str, bytes] | None = None,
        partition: int | None = None,
    ) -> None:
        """Queue one record; durable only after `flush` or `commit_transaction`.

        Waits up to 30 seconds while the local queue is full, then raises `BrokerUnavailable`: the
        record is not queued. Raises `RecordTooLarge` for one that no broker would take.
        """
        deadline = time.monotonic() + FULL_SECONDS
        while True:
            try:
                self._driver.produce(
                    topic,
                    value,
                    key,
                    -1 if partition is None else partition,
                    headers=list(headers.items()) if headers else None,
                )
            except BufferError:
                if time.monotonic() > deadline:
                    raise BrokerUnavailable(
                        f"{topic}: the local queue is full and no broker takes records; "
                        "check [kafka] bootstrap and that the brokers run"
                    ) from None
                self._driver.poll(0.1)
            except KafkaException as exception:
                raise self._refused(exception, topic, value) from None
            else:
                self._driver.poll(0)
                return

    def flush(self, seconds: float) -> None:
        """Return once everything sent is durable.

        Raises `BrokerUnavailable` where that takes longer than `seconds`: everything is still
        queued, call again. Raises `BrokerError` where the cluster refused a record for good.
        """
        try:
            left = self._driver.flush(seconds)
        except KafkaException as exception:
            raise translated(error_of(exception), "flushing") from None
        self._complain()
        if left:
            raise BrokerUnavailable(
                f"{left} records wait for Kafka; check [kafka] bootstrap and that the brokers run"
            )

    def begin(self) -> None:
        """Begin a transaction; the first one fences older producers with the same id.

        Raises `Fenced`, or `BrokerUnavailable`: call again.
        """
        try:
            if not self._ready:
                self._driver.init_transactions(TRANSACTION_SECONDS)
                self._ready = True
            self._driver.begin_transaction()
        except KafkaException as exception:
            raise translated(error_of(exception), "beginning a transaction") from None

    def commit_transaction(self) -> None:
        """Make what was sent since `begin` durable and visible.

        Raises `BrokerUnavailable`: call again. Raises `TransactionAborted` where it had to be
        given up: begin and send again. Raises `Fenced`.
        """
        try:
            self._driver.commit_transaction(TRANSACTION_SECONDS)
        except KafkaException as exception:
            error = error_of(exception)
            if not error.txn_requires_abort():
                raise translated(error, "committing a transaction") from None
            self.abort_transaction()
            raise TransactionAborted(
                f"the transaction was aborted: {error.str()}; it is sent again"
            ) from None
        self._complain()

    def abort_transaction(self) -> None:
        """Discard what was sent since `begin`; raises `Fenced`, or `BrokerUnavailable`."""
        try:
            self._driver.abort_transaction(TRANSACTION_SECONDS)
        except KafkaException as exception:
            raise translated(error_of(exception), "aborting a transaction") from None
        self._failed.clear()
        self._failures = 0

    def close(self) -> None:
        """Drop what is still queued and free the client; never raises, blocks up to a second."""
        with suppress(KafkaException):
            self._driver.purge()
            self._driver.flush(1.0)

    def _complain(self) -> None:
        if not self._failures:
            return
        shown, count = "; ".join(self._failed), self._failures
        self._failed.clear()
        self._failures = 0
        raise BrokerError(f"{count} records were refused by Kafka: {shown}")

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None or error.code() == KafkaError._PURGE_QUEUE:  # noqa: SLF001
            return
        self._failures += 1
        if len(self._failed) < SHOWN:
            self._failed.append(f"{message.topic()}: {error.str()} ({error.name()})")

    @staticmethod
    def _refused(exception: KafkaException, topic: str, value: bytes | None) -> BrokerError:
        error = error_of(exception)
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            return RecordTooLarge(
                f"{topic}: a record of {len(value or b'')} bytes is larger than message.max.bytes "
                "of [kafka] properties"
            )
        return translated(error, f"sending to {topic}")
