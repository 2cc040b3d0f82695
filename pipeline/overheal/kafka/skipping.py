"""Where a batch of records that cannot be read ends.

The driver refuses a batch whose checksum is wrong or whose compression it does not know, names the
batch's first offset, and asks for the same batch again for ever. A batch does not say how far it
reaches without being read, but a fetch at any offset within it fails with the same first offset:
so its end is found by doubling and halving.
"""

from __future__ import annotations

import time

from confluent_kafka import Consumer as Driver
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from overheal.errors import BrokerUnavailable
from overheal.kafka.errors import error_of, made, translated
from overheal.kafka.settings import KafkaSettings

BAD = frozenset(
    {
        KafkaError._BAD_MSG,  # noqa: SLF001 - that is how the driver names its own codes
        KafkaError._BAD_COMPRESSION,  # noqa: SLF001
        KafkaError._NOT_IMPLEMENTED,  # noqa: SLF001
        KafkaError.INVALID_MSG,
    }
)
PROBE_SECONDS = 10.0


class Skipper:
    """Finds the ends of unreadable batches with a client of its own, made when first needed."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._driver: Driver | None = None

    def end_of(self, partition: int, base: int) -> int | None:
        """Return the first offset after the batch that starts at `base`; None: it reads fine now.

        Raises `BrokerUnavailable` where an answer does not come within ten seconds.
        """
        if not self._bad(partition, base, base):
            return None
        end = self._end(partition)
        inside, step = base, 1
        while (outside := min(base + step, end)) < end and self._bad(partition, base, outside):
            inside, step = outside, step * 2
        while outside - inside > 1:
            middle = (inside + outside) // 2
            if self._bad(partition, base, middle):
                inside = middle
            else:
                outside = middle
        return outside

    def close(self) -> None:
        """Close the client, if there is one."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _client(self) -> Driver:
        if self._driver is None:
            own = {"enable.partition.eof": True, "fetch.queue.backoff.ms": 10}
            self._driver = made(Driver, {**self._settings.consumer("overheal-reader"), **own})
        return self._driver

    def _end(self, partition: int) -> int:
        place = TopicPartition(self._topic, partition)
        try:
            _, high = self._client().get_watermark_offsets(place, PROBE_SECONDS)
        except KafkaException as exception:
            raise translated(error_of(exception), f"{self._topic}: end of {partition}") from None
        return int(high)

    def _bad(self, partition: int, base: int, offset: int) -> bool:
        """Return whether a fetch at `offset` meets the unreadable batch that starts at `base`."""
        client = self._client()
        client.assign([TopicPartition(self._topic, partition, offset)])
        deadline = time.monotonic() + PROBE_SECONDS
        try:
            while time.monotonic() < deadline:
                message = client.poll(0.5)
                if message is None:
                    continue
                error = message.error()
                if error is None or error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return False
                if error.code() in BAD:
                    at = message.offset()
                    return at is None or at <= base or error.code() == KafkaError.INVALID_MSG
        finally:
            client.unassign()
        raise BrokerUnavailable(
            f"{self._topic} [{partition}]: nothing is heard of offset {offset}; check the brokers"
        )
