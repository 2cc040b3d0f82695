"""The member of the consumer group that `overheal ingest` is, and the partitions it reads.

A partition is fetched unless it is new and its commit is not known yet, it is too far ahead of
the others, or Kafka takes no events.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator

from overheal.errors import BrokerUnavailable
from overheal.kafka.consumer import Consumer, OnPartitions
from overheal.kafka.polled import Polled
from overheal.run.bounded import within
from overheal.run.ingest.in_step import InStep
from overheal.run.ingest.rules import Place
from overheal.run.reaching import Reach

LOGGER = logging.getLogger(__name__)
MOST = 5_000
POLL_SECONDS = 0.5
HELD_POLL_SECONDS = 0.05
CLOSE_SECONDS = 5.0


class Member:
    """Reads in step; `on_revoke` runs while partitions are still ours, `on_gone` afterwards."""

    def __init__(
        self, place: Place, reach: Reach, on_revoke: OnPartitions, on_gone: OnPartitions
    ) -> None:
        self._reach = reach
        self._on_revoke, self._on_gone = on_revoke, on_gone
        self._fresh: set[int] = set()
        self._losses: Counter[int] = Counter()
        self._more = False
        self.stalled = False
        self.consumer = Consumer(
            place.kafka,
            place.topics.actions,
            place.group,
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._taken_away,
        )
        self._in_step = InStep(lambda partition: self.consumer.watermarks(partition)[1])

    @property
    def holding(self) -> set[int]:
        """The partitions of which records wait for those of others."""
        return self._in_step.holding

    def losses(self, partition: int) -> int:
        """Return how often a partition was taken away, to see whether it was meanwhile."""
        return self._losses[partition]

    def listen(self, present: int) -> None:
        """Poll once, no longer than records may wait that are here; raises what callbacks raise."""
        patience = HELD_POLL_SECONDS if self.holding else POLL_SECONDS
        began = time.monotonic()
        found = self.consumer.poll(MOST, 0 if self._more else patience)
        if sum(len(polled.offsets) for polled in found) < MOST:
            self._in_step.listened(time.monotonic() - began)
        for polled in found:
            self._in_step.add(polled, present)

    def release(self) -> Iterator[Polled]:
        """Yield what need not wait, leaving out what is taken away meanwhile."""
        losses = dict(self._losses)
        released = self._in_step.release(MOST)
        self._more = sum(len(polled.offsets) for polled in released) >= MOST
        for polled in released:
            if self._losses[polled.partition] == losses.get(polled.partition, 0):
                yield polled

    def stall(self, seconds: float, present: int) -> None:
        """Fetch nothing, and stay in the group for so long."""
        self.stalled = True
        self.consumer.pause(self.consumer.assigned)
        for polled in self.consumer.poll(MOST, seconds):
            self._in_step.add(polled, present)

    def go_on(self) -> None:
        """Fetch again after `stall`."""
        self.stalled = False
        self.consumer.resume(self.consumer.assigned - self._fresh - self._in_step.paused)
        self._in_step.interrupted()

    def turn(self) -> None:
        """Stop fetching what is too far ahead, and fetch again what is no more."""
        pausing, freed = self._in_step.turn()
        self.consumer.pause(pausing)
        self.consumer.resume(freed)

    def begin(self, recall: Callable[[int, str], None]) -> None:
        """Start reading new partitions; `recall` is told what was committed with their offset."""
        for partition in sorted(self._fresh & self.consumer.assigned):
            try:
                offset, told = self.consumer.committed(partition)
            except BrokerUnavailable as error:
                LOGGER.warning("partition %d waits: %s", partition, error)
                self._reach.troubled(error)
                return
            recall(partition, told)
            self._fresh.discard(partition)
            self._in_step.begin(partition, offset or 0)
            self.consumer.resume([partition])
            self._reach.well()

    def close(self) -> None:
        """Leave the group; the driver waits for dead brokers for ever and is then left behind."""
        if not within(CLOSE_SECONDS, self.consumer.close):
            LOGGER.warning(
                "no broker answered within %.0f s: the group notices by itself that this member "
                "is gone",
                CLOSE_SECONDS,
            )

    def _assigned(self, partitions: list[int]) -> None:
        self._forget(partitions)
        self._fresh.update(partitions)

    def _revoked(self, partitions: list[int]) -> None:
        self._on_revoke(partitions)
        self._forget(partitions)

    def _taken_away(self, partitions: list[int]) -> None:
        self._forget(partitions)
        if not self.consumer.assigned:
            self._reach.outside()

    def _forget(self, partitions: list[int]) -> None:
        self._losses.update(partitions)
        self._in_step.forget(partitions)
        self._fresh.difference_update(partitions)
        self._on_gone(partitions)
