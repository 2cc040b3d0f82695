"""`overheal ingest`: what producers wrote, in any format, becomes canonical events keyed by scope.

Order of a round: poll, queue every document and dead letter, wait until Kafka has them all, commit.
A crash anywhere repeats records and loses none; the repeated events have the same ids.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from overheal.adapters.base import Adapter
from overheal.catalog import Catalog
from overheal.clock import Clock
from overheal.contract.redaction import Redactor
from overheal.errors import BrokerUnavailable, ConfigError, PoisonError
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.kafka.polled import Polled
from overheal.kafka.producer import Producer
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.model import DeadLetter, Event
from overheal.run.bounds import Bounds
from overheal.run.ingest_counts import Counts
from overheal.run.intake import FELT, Intake, Taken, scope_key
from overheal.run.letters import letter_of, publish
from overheal.run.metrics import Metrics
from overheal.run.operations import Health
from overheal.run.poison import Poison
from overheal.run.retrying import pauses
from overheal.run.stopping import Signals
from overheal.stages.felt import felt_elsewhere
from overheal.stages.row import Row

LOGGER = logging.getLogger(__name__)
MOST = 5_000
POLL_SECONDS = 0.5
FLUSH_SECONDS = 1.0
REVOKE_SECONDS = 5.0
LONGEST_PAUSE = 5.0
POISON_SETTING = "ingest.poison_limit"


@dataclass(frozen=True)
class Rules:
    """What a reload may change."""

    catalog: Catalog
    redactor: Redactor
    adapters: Callable[[], Sequence[Adapter]]
    bounds: Bounds = field(default_factory=Bounds)
    insist: str | None = None
    poison_limit: int = 1000


@dataclass(frozen=True)
class Place:
    """Where events come from and go to; `epoch` is the id of the topic of actions."""

    kafka: KafkaSettings
    topics: TopicNames
    group: str
    epoch: str = ""
    drain_seconds: float = 20.0


class Ingest:
    """One member of the group; `run` returns after a stop was asked for and everything is safe."""

    def __init__(
        self,
        place: Place,
        rules: Rules,
        clock: Clock,
        signals: Signals,
        metrics: Metrics,
        *,
        reload: Callable[[], Rules] | None = None,
    ) -> None:
        self._ticked = time.monotonic()
        self._obstacle = "no partition is assigned yet"
        self._counts = Counts(metrics, place.topics.actions)
        self._pauses = pauses(longest=LONGEST_PAUSE)
        self._place = place
        self._clock = clock
        self._signals = signals
        self._reload = reload
        self._use(rules)
        self._poison = Poison(rules.poison_limit, POISON_SETTING)
        self._next: dict[int, int] = {}
        self._done: dict[int, tuple[int, str]] = {}
        self._fresh: set[int] = set()
        self._backlog: list[Polled] = []
        self._losses: Counter[int] = Counter()
        self._paused = False
        self._deadline: float | None = None
        self._stop: PoisonError | None = None
        self._producer = Producer(place.kafka)
        self._consumer = Consumer(
            place.kafka,
            place.topics.actions,
            place.group,
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )

    def run(self) -> None:
        """Work until a stop is asked for, then finish what was begun.

        Raises `PoisonError` where a partition holds nothing but refused records, `BrokerError`
        for what does not heal, `BrokerUnavailable` where the last records cannot be made durable
        in time: those are read again by the next process.
        """
        try:
            while not self._signals.stopping:
                self.step()
            self._durable()
            self._commit()
        finally:
            self._close()

    def health(self) -> Health:
        """Return how the process is; may be called from any thread."""
        return Health(self._ticked, (self._obstacle,) if self._obstacle else ())

    def step(self) -> None:
        """Do one round."""
        self._tick()
        if self._signals.take_reload():
            self._read_rules_again()
        backlog, self._backlog = self._backlog, []
        polls = backlog or self._consumer.poll(MOST, POLL_SECONDS)
        losses = dict(self._losses)
        for polled in polls:
            topic, epoch = self._place.topics.actions, self._place.epoch
            partition = polled.partition
            if self._stop is None and self._losses[partition] == losses.get(partition, 0):
                self._take(self._intake.take(polled, topic, epoch, self._clock.now()))
        self._settle(insist=False)
        self._durable()
        self._commit()
        if self._stop is not None:
            raise self._stop
        self._begin()
        self._tell_lag()

    def _use(self, rules: Rules) -> None:
        self._rules = rules
        self._intake = Intake(
            rules.adapters, rules.redactor, rules.bounds, rules.catalog, rules.insist
        )

    def _read_rules_again(self) -> None:
        """Take new rules, having let everything speak that waits under the old ones."""
        if self._reload is None:
            return
        try:
            rules = self._reload()
        except ConfigError as error:
            LOGGER.error("the configuration stays as it was: %s", error)  # noqa: TRY400 - a sentence
            return
        self._settle(insist=True)
        self._use(rules)
        self._poison.limit = rules.poison_limit
        LOGGER.info("configuration and catalog were read again")

    def _take(self, taken: Taken) -> None:
        """Queue everything that a part of a partition holds; only then does its position move."""
        losses = self._losses[taken.partition]
        self._stop = self._poison.watch(taken) or self._stop
        for event in taken.events:
            self._send(event)
        present = self._clock.now()
        for letter in taken.letters:
            self._queue(lambda found=letter: self._publish(found, present))  # type: ignore[misc]
        self._counts.take(taken)
        if self._losses[taken.partition] == losses:
            self._next[taken.partition] = taken.next_offset

    def _publish(self, letter: DeadLetter, present: int) -> None:
        publish(self._producer, self._place.topics.dead_letters, letter_of(letter, present))

    def _send(self, event: Event) -> None:
        placement = self._rules.catalog.place(event)
        topic, document = self._place.topics.events, event.document
        key = scope_key(placement.scope).encode()
        self._queue(lambda: self._producer.send(topic, document, key))
        if event.user_visible:
            for scope in sorted(felt_elsewhere(self._rules.catalog, Row(event, placement))):
                other = scope_key(scope).encode()
                self._queue(lambda to=other: self._producer.send(topic, document, to, {FELT: to}))  # type: ignore[misc]

    def _queue(self, send: Callable[[], None]) -> None:
        """Queue a record, however long the queue stays full."""
        while True:
            try:
                send()
            except BrokerUnavailable as error:
                self._wait(error)
            else:
                return

    def _durable(self) -> None:
        """Return once Kafka has everything that was queued."""
        while True:
            try:
                self._producer.flush(FLUSH_SECONDS)
            except BrokerUnavailable as error:
                self._wait(error)
            else:
                break
        if self._paused:
            self._consumer.resume(self._consumer.assigned - self._fresh)
            self._paused, self._obstacle = False, ""
            self._pauses = pauses(longest=LONGEST_PAUSE)
            self._counts.paused(yes=False)

    def _wait(self, error: BrokerUnavailable) -> None:
        """Stay in the group without reading on, for a while that grows.

        Raises `error` when a stop was asked for and the time to drain is over.
        """
        self._tick()
        now = time.monotonic()
        if self._signals.stopping:
            self._deadline = self._deadline or now + self._place.drain_seconds
            if now > self._deadline:
                raise error
        self._counts.retry("produce")
        self._counts.paused(yes=True)
        self._paused, self._obstacle = True, str(error)
        LOGGER.warning("waiting for Kafka: %s", error)
        self._consumer.pause(self._consumer.assigned)
        self._backlog += self._consumer.poll(MOST, next(self._pauses))

    def _settle(self, *, insist: bool) -> None:
        """Bring out what stateful formats held back, where it is time."""
        topic, epoch, now = self._place.topics.actions, self._place.epoch, self._clock.now()
        for partition in self._consumer.assigned & self._next.keys():
            found = self._intake.settle(partition, topic, now, epoch, insist=insist)
            if found is not None:
                found.next_offset = self._next[partition]
                self._take(found)

    def _position(self, partition: int) -> tuple[int, str]:
        held, after = self._intake.held(partition), self._next[partition]
        offset = after if held is None else min(held, after)
        return offset, self._poison.remembered(partition)

    def _commit(self, only: Iterable[int] | None = None) -> None:
        """Commit what moved, in partitions that are still ours; what fails is tried again later."""
        ours = self._consumer.assigned & self._next.keys()
        wanted = {
            partition: self._position(partition)
            for partition in (ours if only is None else ours.intersection(only))
        }
        wanted = {key: value for key, value in wanted.items() if self._done.get(key) != value}
        if not wanted:
            return
        try:
            self._consumer.commit(wanted)
        except PartitionLost as error:
            LOGGER.warning("not committed, the new owner reads again: %s", error)
        except BrokerUnavailable as error:
            self._counts.retry("commit")
            self._obstacle = str(error)
            LOGGER.warning("not committed yet: %s", error)
        else:
            self._done.update(wanted)
            self._obstacle = ""

    def _begin(self) -> None:
        """Start reading new partitions, with the streak of refusals that their last owner left."""
        for partition in sorted(self._fresh & self._consumer.assigned):
            try:
                _, told = self._consumer.committed(partition)
            except BrokerUnavailable as error:
                LOGGER.warning("partition %d waits: %s", partition, error)
                return
            self._poison.recall(partition, told)
            self._fresh.discard(partition)
            self._consumer.resume([partition])
            self._obstacle = ""

    def _assigned(self, partitions: list[int]) -> None:
        self._lost(partitions)
        self._fresh.update(partitions)

    def _revoked(self, partitions: list[int]) -> None:
        """Make durable and commit what was read of these partitions, if that can be done now."""
        if self._next.keys() & set(partitions):
            try:
                self._producer.flush(min(REVOKE_SECONDS, self._place.drain_seconds))
                self._commit(partitions)
            except BrokerUnavailable as error:
                LOGGER.warning("partitions %s go uncommitted: %s", partitions, error)
        self._lost(partitions)

    def _lost(self, partitions: list[int]) -> None:
        gone = set(partitions)
        self._losses.update(gone)
        for partition in gone:
            self._next.pop(partition, None)
            self._counts.forget(partition)
            self._done.pop(partition, None)
            self._intake.forget(partition)
        self._fresh -= gone
        self._backlog = [polled for polled in self._backlog if polled.partition not in gone]

    def _tell_lag(self) -> None:
        for partition in self._consumer.assigned & self._next.keys():
            _, high = self._consumer.watermarks(partition)
            self._counts.lag(partition, high - self._position(partition)[0])

    def _tick(self) -> None:
        self._ticked = time.monotonic()
        self._counts.tick(self._clock.now())

    def _close(self) -> None:
        self._next.clear()
        self._consumer.close()
        self._producer.close()
