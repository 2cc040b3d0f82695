"""One member of a consumer group, on one topic: columns of records in, commits out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping

from confluent_kafka import OFFSET_END, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka import Consumer as Driver

from overheal.errors import BrokerError, BrokerUnavailable
from overheal.kafka.committing import commit, committed
from overheal.kafka.errors import DENIED, PartitionLost, error_of, made, translated
from overheal.kafka.polled import Polled, columns, unreadable
from overheal.kafka.settings import KafkaSettings
from overheal.kafka.skipping import BAD, Skipper

LOGGER = logging.getLogger(__name__)
SEEK_SECONDS = 10.0
COMMITTED_SECONDS = 10.0
END_SECONDS = 1.0
PAUSE_SECONDS = 0.05

OnPartitions = Callable[[list[int]], None]


class Consumer:
    """Reads the partitions of one topic that a group assigns to it.

    The callbacks run inside `poll` and `close`, on the caller's thread, with partitions in order;
    what they raise comes out of `poll`. New partitions start paused: seek, then resume.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        group: str,
        *,
        instance: str = "",
        on_assign: OnPartitions,
        on_revoke: OnPartitions,
        on_lost: OnPartitions,
    ) -> None:
        self._topic = topic
        self._on_assign, self._on_revoke, self._on_lost = on_assign, on_revoke, on_lost
        self._assigned: frozenset[int] = frozenset()
        self._next: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._fresh: set[int] = set()
        self._failure: Exception | None = None
        self._skipper = Skipper(settings, topic)
        own = {"enable.partition.eof": True}
        self._driver = made(Driver, {**settings.consumer(group, instance), **own})
        self._driver.subscribe(
            [topic], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lose
        )

    @property
    def assigned(self) -> frozenset[int]:
        """The partitions that this member owns."""
        return self._assigned

    @property
    def joined(self) -> bool:
        """Whether the group has taken this member in, with partitions or without."""
        return bool(self._driver.memberid())

    def poll(self, most: int, seconds: float) -> list[Polled]:
        """Return at most `most` records, waiting up to `seconds` for the first of them.

        Records that cannot be read become one record with the header `UNREADABLE` (see `polled`).
        What heals by itself is logged; raises `BrokerError` for what does not, and what a callback
        raised.
        """
        self._fresh.clear()
        messages = self._driver.consume(1, seconds)
        if messages and most > 1:
            messages += self._driver.consume(most - 1, 0)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        records: dict[int, list[Message]] = {}
        bad: dict[int, Message] = {}
        for message in messages:
            partition = message.partition()
            if message.error() is not None:
                self._note(message, bad)
            elif partition is not None and partition not in bad:
                records.setdefault(partition, []).append(message)
        polled = {
            partition: self._taken(partition, found)
            for partition, found in records.items()
            if partition in self._assigned and partition not in self._fresh
        }
        for partition, message in bad.items():
            if partition in self._assigned and partition not in self._fresh:
                self._skip(polled.setdefault(partition, columns(partition, [])), message)
        return [batch for batch in polled.values() if batch.offsets]

    def pause(self, partitions: Iterable[int]) -> None:
        """Stop fetching partitions; those paused or not owned are left alone."""
        self._driver.pause(self._owned(partitions))

    def resume(self, partitions: Iterable[int]) -> None:
        """Fetch partitions again; those fetched already or not owned are left alone."""
        self._driver.resume(self._owned(partitions))

    def seek(self, partition: int, offset: int) -> None:
        """Go on at an offset; may be called as soon as the partition is assigned.

        Raises `PartitionLost`, or `BrokerUnavailable` where the partition does not become ready
        within ten seconds.
        """
        deadline = time.monotonic() + SEEK_SECONDS
        while True:
            self._must_own(partition)
            try:
                self._driver.seek(TopicPartition(self._topic, partition, offset))
            except KafkaException as exception:
                error = error_of(exception)
                if error.code() != KafkaError._STATE or time.monotonic() > deadline:  # noqa: SLF001
                    raise BrokerUnavailable(
                        f"{self._topic} [{partition}]: cannot go to {offset}: {error.str()}"
                    ) from None
                time.sleep(PAUSE_SECONDS)
            else:
                self._next[partition] = offset
                self._ends.pop(partition, None)
                return

    def committed(self, partition: int) -> tuple[int | None, str]:
        """Return the group's committed offset (None: none) and its metadata.

        Raises `BrokerUnavailable` after ten seconds without an answer.
        """
        place = TopicPartition(self._topic, partition)
        try:
            offset, metadata = committed(self._driver, [place], COMMITTED_SECONDS)[partition]
        except KafkaException as exception:
            raise self._error(exception, f"committed offset of partition {partition}") from None
        return (offset if offset >= 0 else None), metadata

    def commit(self, offsets: Mapping[int, tuple[int, str]]) -> None:
        """Commit partition → (offset, metadata), and return once the brokers have it.

        Raises `PartitionLost` where this member owns one no more, `BrokerUnavailable` where the
        coordinator does not answer within ten seconds.
        """
        wanted = [
            TopicPartition(self._topic, partition, offset, metadata)
            for partition, (offset, metadata) in offsets.items()
        ]
        for partition in offsets:
            self._must_own(partition)
        if wanted:
            commit(self._driver, wanted, f"{self._topic}: commit of partitions {sorted(offsets)}")

    def watermarks(self, partition: int) -> tuple[int, int]:
        """Return the first offset and the one after the last, as last heard; (-1, -1) unknown."""
        try:
            found = self._driver.get_watermark_offsets(
                TopicPartition(self._topic, partition), cached=True
            )
        except KafkaException:
            return -1, -1
        if found is None or found[1] < 0:
            return -1, -1
        return max(found[0], 0), found[1]

    def finished(self, partitions: Iterable[int]) -> set[int]:
        """Return those of the partitions that hold nothing more, as the brokers say just now.

        Waits a second at most; a partition whose leader does not answer in time is not among them.
        """
        asked = [
            TopicPartition(self._topic, one.partition, OFFSET_END)
            for one in self._owned(partitions)
            if one.partition in self._ends
        ]
        try:
            found = self._driver.offsets_for_times(asked, END_SECONDS) if asked else []
        except KafkaException:
            return set()
        return {
            one.partition
            for one in found
            if one.error is None and one.offset == self._ends.get(one.partition)
        }

    def close(self) -> None:
        """Leave the group; `on_revoke` runs for what is still owned."""
        self._driver.close()
        self._skipper.close()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _taken(self, partition: int, messages: list[Message]) -> Polled:
        start = self._next.get(partition, 0)
        if (messages[0].offset() or 0) < start:
            messages = [message for message in messages if (message.offset() or 0) >= start]
        batch = columns(partition, messages)
        if batch.offsets:
            self._next[partition] = batch.offsets[-1] + 1
        return batch

    def _note(self, message: Message, bad: dict[int, Message]) -> None:
        error, partition = message.error(), message.partition()
        if error is None:
            return
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self._ends[partition or 0] = message.offset() or 0
        elif partition is not None and partition >= 0 and error.code() in BAD:
            bad.setdefault(partition, message)
        elif error.fatal() or error.code() in DENIED:
            raise translated(error, f"{self._topic}: consuming")
        else:
            LOGGER.warning("%s: %s (%s)", self._topic, error.str(), error.name())

    def _skip(self, batch: Polled, message: Message) -> None:
        partition, base = batch.partition, message.offset() or 0
        start = max(base, self._next.get(partition, base))
        end = self._skipper.end_of(partition, base)
        error = message.error()
        if end is not None and end > start and error is not None:
            reason = f"offsets {start} to {end - 1} cannot be read: {error.str()}"
            LOGGER.error("%s [%d]: %s", self._topic, partition, reason)
            unreadable(batch, end - 1, reason)
            start = end
        self.seek(partition, start)

    def _owned(self, partitions: Iterable[int]) -> list[TopicPartition]:
        return [
            TopicPartition(self._topic, partition)
            for partition in partitions
            if partition in self._assigned
        ]

    def _must_own(self, partition: int) -> None:
        if partition not in self._assigned:
            raise PartitionLost(
                f"{self._topic} [{partition}]: another member of the group owns it now"
            )

    def _error(self, exception: KafkaException, what: str) -> BrokerError:
        return translated(error_of(exception), f"{self._topic}: {what}")

    def _assign(self, driver: Driver, partitions: list[TopicPartition]) -> None:
        driver.incremental_assign(partitions)
        driver.pause(partitions)
        numbers = sorted(one.partition for one in partitions)
        self._assigned |= frozenset(numbers)
        self._fresh.update(numbers)
        self._tell(self._on_assign, numbers)

    def _revoke(self, _driver: Driver, partitions: list[TopicPartition]) -> None:
        numbers = sorted(one.partition for one in partitions)
        self._tell(self._on_revoke, numbers)
        self._forget(numbers)

    def _lose(self, _driver: Driver, partitions: list[TopicPartition]) -> None:
        numbers = sorted(one.partition for one in partitions)
        self._forget(numbers)
        self._tell(self._on_lost, numbers)

    def _forget(self, numbers: list[int]) -> None:
        self._assigned -= frozenset(numbers)
        for number in numbers:
            self._next.pop(number, None)
            self._ends.pop(number, None)

    def _tell(self, listener: OnPartitions, numbers: list[int]) -> None:
        try:
            if numbers:
                listener(numbers)
        except Exception as error:  # noqa: BLE001 - the driver would lose it; poll raises it
            self._failure = self._failure or error
