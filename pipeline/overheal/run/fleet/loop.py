"""A member of the fleet: stands by until the one partition of activity is its own, then acts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from overheal import telemetry
from overheal.clock import Clock
from overheal.errors import BrokerUnavailable, StoreUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import Fenced, PartitionLost, TransactionAborted
from overheal.kafka.polled import Polled
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.kafka.settings import TopicNames
from overheal.run.bounded import within
from overheal.run.fleet.active import Active, Said
from overheal.run.messages import (
    brief,
    finding_record,
    read_activity,
    read_finding,
    relation_record,
)
from overheal.run.metrics import Metrics
from overheal.run.operations import Health
from overheal.run.retrying import pauses
from overheal.run.stopping import Signals
from overheal.stages.rules import RuleBook
from overheal.stages.snapshot import format_of
from overheal.store import Snapshot, Store

LOGGER = logging.getLogger(__name__)
MOST = 5_000
CLOSE_SECONDS = 5.0
POLL_SECONDS = 0.1
SAY_SECONDS = 0.3
SNAPSHOT_SECONDS = 10.0
END_SECONDS = 30.0
BEGINNING = -2
PARTITION = 0


@dataclass
class Parts:
    """What a member works with.

    `producer` makes a transactional producer, `findings` a reader of all findings so far,
    `describe` returns the epoch of the activity's topic and its count of partitions.
    """

    topics: TopicNames
    store: Store
    rules: RuleBook
    lateness: int
    hold_seconds: float
    drain_seconds: float
    metrics: Metrics
    clock: Clock
    signals: Signals
    producer: Callable[[], Producer]
    findings: Callable[[], Reader]
    describe: Callable[[], tuple[str, int]]
    inputs: Callable[[], None]


class Fleet:
    """One member; `run` returns once it was asked to stop."""

    def __init__(self, parts: Parts, member: Callable[..., Consumer]) -> None:
        self._parts = parts
        types = [one.state_type for one in parts.rules.latest.fleet]
        self._format = "fleet:" + format_of(types)
        self._tick = time.monotonic()
        self._trouble = ""
        self._wanted = False
        self._active: Active | None = None
        self._producer: Producer | None = None
        self._findings: Reader | None = None
        self._epoch = ""
        self._next = 0
        self._spoken = 0.0
        self._saved_at = 0.0
        self._saved_next = -1
        self._pauses = pauses()
        self._not_before = 0.0
        self._consumer = member(
            on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def health(self) -> Health:
        """Return how this member is; one that stands by is ready."""
        return Health(self._tick, [self._trouble] if self._trouble else [])

    def run(self) -> None:
        """Act or stand by until a stop is asked for; raises what cannot be tried again."""
        while not self._parts.signals.stopping:
            self.step()
        self._settle()
        self._leave()
        if not within(CLOSE_SECONDS, self._consumer.close):
            LOGGER.warning("the group was not left in order: no broker answers")

    def step(self) -> None:
        """Do one round."""
        self._tick = time.monotonic()
        self._parts.inputs()
        try:
            if self._wanted and self._active is None and self._tick >= self._not_before:
                self._enter()
            polls = self._consumer.poll(MOST, POLL_SECONDS)
            if self._active is not None:
                self._take(self._active, polls)
                if self._tick - self._spoken >= SAY_SECONDS:
                    self._speak(self._active)
            self._trouble = ""
        except (StoreUnavailable, BrokerUnavailable) as error:
            self._retry(error)
        except TransactionAborted as error:
            LOGGER.warning("%s", error)
        except (Fenced, PartitionLost) as error:
            LOGGER.warning("standing by: %s", error)
            self._leave()
            self._wanted = PARTITION in self._consumer.assigned

    def _retry(self, error: Exception) -> None:
        """Wait a while; what is remembered stays, and is said again."""
        if not self._trouble:
            LOGGER.warning("%s; trying again", error)
        self._trouble = str(error)
        if self._active is None:
            self._leave()
        pause = next(self._pauses)
        self._not_before = self._spoken = time.monotonic() + pause

    def _enter(self) -> None:
        """Begin to act: fence whoever acted before, and go on where it was saved."""
        parts = self._parts
        began = time.monotonic()
        self._epoch, _ = parts.describe()
        self._producer = parts.producer()
        self._producer.begin()
        self._producer.commit_transaction()
        active = Active(parts.rules, parts.lateness, parts.hold_seconds, began)
        saved = parts.store.lane_snapshot(parts.topics.activity, self._epoch, PARTITION)
        start = BEGINNING
        if saved is not None and saved.format == self._format:
            active.restore(saved.state, began)
            start = saved.offset + 1
        self._findings = parts.findings()
        for polled in self._findings.to_end(END_SECONDS):
            self._learn(active, polled)
        self._consumer.seek(PARTITION, start)
        self._consumer.resume([PARTITION])
        self._active = active
        self._next = max(start, 0)
        self._saved_next = self._next
        self._pauses = pauses()
        LOGGER.info("acting, from offset %d of %s on", self._next, parts.topics.activity)

    def _take(self, active: Active, polls: list[Polled]) -> None:
        if self._findings is not None:
            for polled in self._findings.read(0):
                self._learn(active, polled)
        now = time.monotonic()
        for polled in polls:
            pairs = zip(polled.keys, polled.values, strict=True)
            read = (read_activity(key, value) for key, value in pairs if key and value)
            active.take((told for told in read if told is not None), now)
            self._next = polled.offsets[-1] + 1
        active.advance(now)
        self._parts.metrics.set(telemetry.FLEET_HOLD, active.holding.held_for(now))

    @staticmethod
    def _learn(active: Active, polled: Polled) -> None:
        for headers in polled.headers:
            finding = read_finding(headers)
            if finding is not None:
                active.learn(finding)

    def _speak(self, active: Active) -> None:
        """Say what is new, all of it or nothing, store it, and now and then save."""
        self._spoken = time.monotonic()
        said = active.say(self._parts.clock.now())
        if said:
            self._publish(said)
            self._parts.store.write_findings(said.findings)
            self._parts.store.write_relations(said.relations)
            for finding in said.findings:
                LOGGER.info("finding: %s", brief(finding))
        active.said(said)
        if self._next != self._saved_next and (
            said or self._spoken - self._saved_at >= SNAPSHOT_SECONDS
        ):
            self._save(active)

    def _publish(self, said: Said) -> None:
        producer, topic = self._producer, self._parts.topics.findings
        if producer is None:
            return
        producer.begin()
        try:
            for finding in said.findings:
                digest = self._parts.rules.at(finding.last_at).digest
                key, value, headers = finding_record(finding, digest)
                producer.send(topic, value, key, headers)
            for relation in said.relations:
                key, value, headers = relation_record(relation)
                producer.send(topic, value, key, headers)
            producer.commit_transaction()
        except BrokerUnavailable:
            producer.abort_transaction()
            raise

    def _save(self, active: Active) -> None:
        """Store what is remembered up to the last activity taken, then commit the offset."""
        now = self._parts.clock.now()
        self._parts.store.write_snapshots(
            [
                Snapshot(
                    topic=self._parts.topics.activity,
                    scope="",
                    epoch=self._epoch,
                    partition=PARTITION,
                    partitions=1,
                    offset=self._next - 1,
                    format=self._format,
                    state=active.save(),
                    written_at=now,
                )
            ]
        )
        self._consumer.commit({PARTITION: (self._next, "")})
        self._saved_next = self._next
        self._saved_at = time.monotonic()

    def _settle(self) -> None:
        """Say and save what is known, for some seconds at most."""
        deadline = time.monotonic() + self._parts.drain_seconds
        for pause in pauses():
            if self._active is None or time.monotonic() > deadline:
                return
            try:
                self._speak(self._active)
                self._save(self._active)
            except (StoreUnavailable, BrokerUnavailable, TransactionAborted) as error:
                LOGGER.warning("%s; trying again", error)
                time.sleep(pause)
            except (Fenced, PartitionLost) as error:
                LOGGER.warning("%s", error)
                return
            else:
                return

    def _assigned(self, _partitions: list[int]) -> None:
        self._wanted = True
        self._not_before = 0.0

    def _revoked(self, _partitions: list[int]) -> None:
        self._settle()
        self._leave()
        self._wanted = False

    def _lost(self, _partitions: list[int]) -> None:
        self._leave()
        self._wanted = False

    def _leave(self) -> None:
        """Stop acting and forget everything."""
        if self._active is not None:
            LOGGER.info("standing by")
        self._active = None
        if self._producer is not None:
            self._producer.close()
            self._producer = None
        if self._findings is not None:
            self._findings.close()
            self._findings = None
