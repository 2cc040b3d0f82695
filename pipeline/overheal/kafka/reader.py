"""Reads a topic from a position, without a group: every process sees all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka import Consumer as Driver

from overheal.errors import BrokerUnavailable, TopicError
from overheal.kafka.errors import DENIED, error_of, made, translated
from overheal.kafka.polled import Polled, columns, unreadable
from overheal.kafka.settings import KafkaSettings
from overheal.kafka.skipping import BAD, Skipper

GROUP = "overheal-reader"
"""A name the driver insists on; nothing is ever committed under it."""
METADATA_SECONDS = 10.0
BATCH = 5_000
STEP_SECONDS = 0.5
AGAIN_SECONDS = 0.25


class Reader:
    """All partitions of a topic, from `start` (partition → offset) or from their beginning.

    With `newest`, only about so many of the last records of each partition.
    Raises `TopicError` where the topic does not exist, `BrokerUnavailable` where nobody answers.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        start: Mapping[int, int] | None = None,
        newest: int | None = None,
    ) -> None:
        self._topic = topic
        self._skipper = Skipper(settings, topic)
        self._driver = made(Driver, {**settings.consumer(GROUP), "enable.partition.eof": True})
        self._reached: dict[int, int] = {}
        try:
            self._partitions = self._find()
            chosen = dict(start or {})
            if newest is not None:
                chosen = {one: max(0, end - newest) for one, end in self._ends().items()}
        except BaseException:
            self._driver.close()
            raise
        self._driver.assign(
            [
                TopicPartition(topic, partition, chosen.get(partition, OFFSET_BEGINNING))
                for partition in self._partitions
            ]
        )

    def read(self, seconds: float) -> list[Polled]:
        """Return what has come, waiting up to `seconds` for the first record."""
        messages = self._driver.consume(1, seconds)
        if messages:
            messages += self._driver.consume(BATCH, 0)
        records: dict[int, list[Message]] = {}
        bad: dict[int, Message] = {}
        for message in messages:
            partition = message.partition()
            if partition is None:
                continue
            if message.error() is not None:
                self._note(partition, message, bad)
            elif partition not in bad:
                records.setdefault(partition, []).append(message)
        polled = {partition: columns(partition, found) for partition, found in records.items()}
        for partition, batch in polled.items():
            self._pass(partition, batch.offsets[-1] + 1)
        for partition, message in bad.items():
            self._skip(polled.setdefault(partition, columns(partition, [])), message)
        return [batch for batch in polled.values() if batch.offsets]

    def to_end(self, seconds: float) -> Iterator[Polled]:
        """Yield everything up to the end as it is now.

        Raises `BrokerUnavailable` where nothing comes for `seconds` before the end is reached.
        """
        ends = self._ends()
        deadline = time.monotonic() + seconds
        while any(self._reached.get(partition, 0) < end for partition, end in ends.items()):
            found = self.read(STEP_SECONDS)
            yield from found
            if found:
                deadline = time.monotonic() + seconds
            elif time.monotonic() > deadline:
                raise BrokerUnavailable(
                    f"{self._topic}: its end was not reached; nothing came for {seconds:g} s"
                )

    def close(self) -> None:
        """Free the client."""
        self._driver.close()
        self._skipper.close()

    def _find(self) -> list[int]:
        try:
            found = self._driver.list_topics(self._topic, METADATA_SECONDS).topics[self._topic]
        except KafkaException as exception:
            raise translated(error_of(exception), f"{self._topic}: looking it up") from None
        if found.error is not None:
            raise TopicError(f"{self._topic}: {found.error.str()}; run `overheal topics create`")
        return sorted(found.partitions)

    def _ends(self) -> dict[int, int]:
        """Return where each partition ends; one that changes its leader is looked up again."""
        deadline = time.monotonic() + METADATA_SECONDS
        while True:
            try:
                return self._ends_now()
            except BrokerUnavailable:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(AGAIN_SECONDS)
                # A client that found a partition without a leader would remember that for minutes.
                self._find()

    def _ends_now(self) -> dict[int, int]:
        places = [TopicPartition(self._topic, one, OFFSET_END) for one in self._partitions]
        try:
            found = self._driver.offsets_for_times(places, METADATA_SECONDS)
        except KafkaException as exception:
            raise translated(error_of(exception), f"{self._topic}: looking for its end") from None
        for one in found:
            if one.error is not None:
                raise translated(one.error, f"{self._topic}: looking for its end")
        return {one.partition: max(0, one.offset) for one in found}

    def _note(self, partition: int, message: Message, bad: dict[int, Message]) -> None:
        error = message.error()
        if error is None:
            return
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self._pass(partition, message.offset() or 0)
        elif error.code() in BAD:
            bad.setdefault(partition, message)
        elif error.fatal() or error.code() in DENIED:
            raise translated(error, f"{self._topic}: reading")

    def _pass(self, partition: int, offset: int) -> None:
        self._reached[partition] = max(offset, self._reached.get(partition, 0))

    def _skip(self, batch: Polled, message: Message) -> None:
        partition, base = batch.partition, message.offset() or 0
        end, error = self._skipper.end_of(partition, base), message.error()
        start = max(base, self._reached.get(partition, base))
        if end is not None and end > start and error is not None:
            unreadable(batch, end - 1, f"offsets {start} to {end - 1}: {error.str()}")
            self._pass(partition, end)
            start = end
        self._driver.seek(TopicPartition(self._topic, partition, start))
