"""Events and dead letters on their way into Kafka, however long Kafka is away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from overheal.catalog import Catalog
from overheal.errors import BrokerUnavailable
from overheal.kafka.producer import Producer
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.model import DeadLetter, Event
from overheal.run.intake import FELT, Taken, scope_key
from overheal.run.letters import letter_of, publish
from overheal.stages.felt import felt_elsewhere
from overheal.stages.row import Row

FLUSH_SECONDS = 1.0
MOST_BYTES = 32 * 1024 * 1024
MOST_RECORDS = 50_000


class Forwarder:
    """Sends what ingest took; `wait` is called with the reason whenever Kafka does not take it.

    `wait` returns when it is time to try again, or raises to give up. Little enough is queued at a
    time that the driver's own queue is never full.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topics: TopicNames,
        wait: Callable[[BrokerUnavailable], None],
    ) -> None:
        self._topics = topics
        self._wait = wait
        self._bytes = 0
        self._records = 0
        self._producer = Producer(settings)

    def take(self, taken: Taken, catalog: Catalog, present: int) -> None:
        """Queue everything that records held; `present` is the wall clock (microseconds UTC)."""
        for event in taken.events:
            self._send(event, catalog)
        for letter in taken.letters:
            self._publish(letter, present)

    def durable(self) -> None:
        """Return once Kafka has everything that was queued."""
        while True:
            try:
                self.flush(FLUSH_SECONDS)
            except BrokerUnavailable as error:
                self._wait(error)
            else:
                return

    def flush(self, seconds: float) -> None:
        """Return once Kafka has everything; raises `BrokerUnavailable` after so many seconds."""
        self._producer.flush(seconds)
        self._bytes = self._records = 0

    def close(self) -> None:
        """Drop what is still queued; blocks up to a second."""
        self._producer.close()

    def _send(self, event: Event, catalog: Catalog) -> None:
        placement = catalog.place(event)
        self._event(event.document, scope_key(placement.scope).encode())
        if event.user_visible:
            for scope in sorted(felt_elsewhere(catalog, Row(event, placement))):
                other = scope_key(scope).encode()
                self._event(event.document, other, {FELT: other})

    def _event(
        self, document: bytes, key: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        self._queue(
            len(document),
            lambda: self._producer.send(self._topics.events, document, key, headers),
        )

    def _publish(self, letter: DeadLetter, present: int) -> None:
        made = letter_of(letter, present)
        topic = self._topics.dead_letters
        self._queue(2 * len(letter.payload), lambda: publish(self._producer, topic, made))

    def _queue(self, size: int, send: Callable[[], None]) -> None:
        if self._bytes + size > MOST_BYTES or self._records >= MOST_RECORDS:
            self.durable()
        self._bytes += size
        self._records += 1
        while True:
            try:
                send()
            except BrokerUnavailable as error:
                self._wait(error)
            else:
                return
