"""What the worker shows of itself: metrics, and whether it is ready."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence

from overheal import telemetry
from overheal.clock import Clock
from overheal.kafka.consumer import Consumer
from overheal.model import MICROSECOND, MINUTE, Event, Tier
from overheal.run.messages import brief
from overheal.run.metrics import Metrics
from overheal.run.operations import Health
from overheal.run.worker.block import Block, Lot
from overheal.run.worker.lane import Lane, Outcome

LOGGER = logging.getLogger(__name__)
AHEAD_TOLD = 5 * MINUTE
"""How far ahead of its receipt an event must lie before somebody is told about the clock."""
SOURCES_TOLD = 100


class Watch:
    """Takes note from the loop and from the writer's thread."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self.metrics = metrics
        self._clock = clock
        self._ticked = time.monotonic()
        self._troubles = {"start": "the group has not taken this member in yet"}
        self._paused = False
        self._tiers: dict[str, Tier] = {}
        self._ahead: set[str] = set()

    def health(self) -> Health:
        """Return how the worker is; called from other threads."""
        reasons = list(dict.fromkeys(self._troubles.copy().values()))
        if self._paused:
            reasons.append("reading is paused: too much waits to be stored")
        return Health(self._ticked, [reason for reason in reasons if reason])

    def ticked(self) -> None:
        """Take note that the loop came round."""
        self._ticked = time.monotonic()

    def troubled(self, reason: str, what: str = "start") -> None:
        """Take note why one thing does not go on, `""` where it does."""
        self._troubles[what] = reason

    def awaited(self, missing: Collection[int]) -> None:
        """Take note of the partitions that are ours and not rebuilt yet."""
        ready = f"the state of partitions {sorted(missing)} is being rebuilt" if missing else ""
        self.troubled(ready, "state")

    def judged(self, lot: Lot, outcome: Outcome, received: int) -> None:
        """Take note of what became of records; `received` is when the broker took the newest."""
        metrics = self.metrics
        if outcome.records:
            metrics.add(telemetry.RECEIVED_RECORDS, outcome.records, topic=lot.topic)
        metrics.add(telemetry.RECEIVED, outcome.rows + outcome.duplicates + len(outcome.letters))
        metrics.add(telemetry.DUPLICATES, outcome.duplicates)
        metrics.add(telemetry.LATE_EVENTS, outcome.late)
        for letter in outcome.letters:
            metrics.add(telemetry.DEAD_LETTERS, reason=letter.code)
        for reason, count in outcome.ignored.items():
            metrics.add(telemetry.IGNORED, count, reason=reason)
        if outcome.findings and received:
            seconds = (self._clock.now() - received) / MICROSECOND
            metrics.observe(telemetry.FINDING_DELAY, max(0.0, seconds))
        for finding in outcome.findings:
            if self._tiers.get(finding.id) != finding.tier:
                self._tiers[finding.id] = finding.tier
                metrics.add(telemetry.FINDINGS, detector=finding.detector, tier=finding.tier.word)
                LOGGER.info("finding: %s", brief(finding))
        while len(self._tiers) > 100_000:
            del self._tiers[next(iter(self._tiers))]
        if outcome.ahead:
            self._clocks(outcome.ahead)

    def _clocks(self, ahead: Sequence[tuple[Event, int]]) -> None:
        """Say which producers' clocks run ahead, each once."""
        for event, received in ahead:
            if event.time - received < AHEAD_TOLD:
                continue
            self.metrics.add(telemetry.CLOCK_AHEAD)
            if event.source not in self._ahead and len(self._ahead) < SOURCES_TOLD:
                self._ahead.add(event.source)
                LOGGER.warning(
                    "the clock of %s runs %d s ahead: its events are judged when their time comes",
                    event.source,
                    (event.time - received) // MICROSECOND,
                )

    def standing(self, lanes: Mapping[int, Lane], consumer: Consumer, *, paused: bool) -> None:
        """Take note of what is held, and how far behind each partition is."""
        self._paused = paused
        metrics = self.metrics
        metrics.set(telemetry.PAUSED, float(paused))
        metrics.set(telemetry.PENDING_EVENTS, sum(lane.pending for lane in lanes.values()))
        scopes = [lane.flow.scopes for lane in lanes.values()]
        metrics.set(telemetry.STATE_SCOPES, sum(map(len, scopes)))
        metrics.set(telemetry.STATE_EVENTS, sum(one.logged for one in scopes))
        waits = [lane.flow.turns.wait for lane in lanes.values()]
        metrics.set(telemetry.LANE_HOLD, max(waits, default=0) / MICROSECOND)
        metrics.set(telemetry.LAST_TICK, self._clock.now() / MICROSECOND)
        for partition, lane in lanes.items():
            high = consumer.watermarks(partition)[1]
            if high >= 0:
                metrics.set(
                    telemetry.CONSUMER_LAG,
                    max(0, high - lane.next_offset),
                    topic=lane.lot.topic,
                    partition=str(partition),
                )

    def gone(self, topic: str, partitions: Sequence[int]) -> None:
        """Show nothing more about partitions that others have."""
        for partition in partitions:
            self.metrics.forget(telemetry.CONSUMER_LAG, topic=topic, partition=str(partition))

    def inserted(self, block: Block, seconds: float) -> None:
        """Take note that a block is durable after so many seconds."""
        self.troubled("", "storing")
        self.metrics.observe(telemetry.BLOCK_EVENTS, block.size)
        self.metrics.observe(telemetry.INSERT, seconds, table="action_events")

    def failing(self, what: str, reason: str) -> None:
        """Take note of one more attempt at `store` or `broker`, and why the last one failed."""
        self.troubled(reason, "storing")
        self.retried(what)

    def retried(self, what: str) -> None:
        """Take note of one more attempt at `store` or `broker`."""
        self.metrics.add(telemetry.RETRIES, what=what)

    def stored(self, blocks: Sequence[Block], age: float) -> None:
        """Take note of durable blocks, `age` seconds after their first record was read."""
        self.metrics.add(telemetry.STORED, sum(len(block.rows) for block in blocks))
        self.metrics.observe(telemetry.BLOCK_AGE, age)

    def rebuilt(self, seconds: float) -> None:
        """Take note that a lane was rebuilt."""
        self.metrics.observe(telemetry.REBUILD, seconds)

    def frozen(self, seconds: float) -> None:
        """Take note that a lane's snapshots were made."""
        self.metrics.observe(telemetry.SNAPSHOT, seconds)

    def doubled(self, scope: str, partitions: Sequence[int]) -> None:
        """Take note of a scope whose events arrive on several partitions."""
        self.metrics.add(telemetry.TWO_PARTITIONS)
        LOGGER.warning(
            "the scope %s arrives on the partitions %s: each half is judged alone. Its producers "
            "place keys otherwise than overheal does (murmur2), or give it several keys; let "
            "`overheal ingest` key its events, or see `overheal topics check`",
            scope,
            ", ".join(map(str, partitions)),
        )
