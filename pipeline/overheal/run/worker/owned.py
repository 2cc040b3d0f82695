"""The partitions of this member: each gets a lane, rebuilt from what is stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence

from overheal.errors import BrokerUnavailable, StoreUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.run.worker.block import Lot
from overheal.run.worker.doubles import Doubles
from overheal.run.worker.lane import Lane
from overheal.run.worker.pace import Pace
from overheal.run.worker.parts import Parts
from overheal.run.worker.rebuild import rebuilt
from overheal.run.worker.trying import Trying

LOGGER = logging.getLogger(__name__)


class Owned:
    """`lanes` by partition, and the partitions that are ours and have none yet.

    `paces` time each lane's snapshots, `heard` is when its last record came, `checked` when the
    brokers were last asked for the topic (monotonic seconds).
    """

    def __init__(self, parts: Parts, consumer: Consumer, doubles: Doubles, trying: Trying) -> None:
        self.lanes: dict[int, Lane] = {}
        self.paces: dict[int, Pace] = {}
        self.heard: dict[int, float] = {}
        self.checked = time.monotonic()
        self._missing: set[int] = set()
        self._parts = parts
        self._consumer = consumer
        self._doubles = doubles
        self._trying = trying

    def assign(self, partitions: Sequence[int]) -> None:
        """Take partitions, which get their lanes one after another."""
        self._missing.update(partitions)
        self._parts.watch.awaited(self._missing)
        self._trying.at_once()

    def forget(self, partitions: Sequence[int]) -> None:
        """Drop partitions that others have from now on."""
        self._parts.watch.gone(self._parts.topic, partitions)
        for partition in partitions:
            self._doubles.forget(partition)
            self.lanes.pop(partition, None)
            self._missing.discard(partition)
            self.heard.pop(partition, None)

    def bring(self, storing: Collection[int], *, paused: bool) -> None:
        """Rebuild one lane that is missing, unless it is too early to try again.

        What is still being stored of a partition belongs to the lane that was: it comes first.
        """
        missing = self._missing.difference(storing)
        if not missing or not self._trying.is_due:
            return
        partition = min(missing)
        began = time.monotonic()
        try:
            lane, told = self._rebuilt(partition)
        except (StoreUnavailable, BrokerUnavailable, PartitionLost) as error:
            self._trying.failed(error)
            return
        seconds = time.monotonic() - began
        self._trying.worked()
        self._missing.discard(partition)
        self.lanes[partition] = lane
        self.heard[partition] = time.monotonic()
        self.paces[partition] = Pace(seconds if told else 0.0)
        if not paused:
            self._consumer.resume([partition])
        watch = self._parts.watch
        watch.troubled("")
        watch.awaited(self._missing)
        watch.rebuilt(seconds)
        LOGGER.info(
            "%s: from offset %d on, %d scopes, %d events told again, %.1f s",
            lane.lot,
            lane.next_offset,
            len(lane.flow.scopes),
            told,
            seconds,
        )

    def begin(self, lane: Lane, lowest: int) -> None:
        """Let a lane begin no earlier than its topic does, and say what is lost by that."""
        first = lane.next_offset
        lost = lane.begin_at(lowest)
        if lost:
            LOGGER.error(
                "%s: %d offsets from %d on were deleted by retention before they were read; raise "
                "the topic's retention.ms, or start more workers",
                lane.lot,
                lost,
                first,
            )

    def is_same_topic(self, lanes: Collection[Lane]) -> bool:
        """Whether the topic is the one that was read; if not, everything starts anew.

        Raises `BrokerUnavailable`.
        """
        epoch, partitions = self._parts.describe()
        self.checked = time.monotonic()
        topic = self._parts.topic
        if any(lane.lot.epoch != epoch for lane in lanes):
            LOGGER.warning("%s was made anew: reading it from its beginning", topic)
        elif any(lane.partitions != partitions for lane in lanes):
            LOGGER.warning(
                "%s has %d partitions now: state moves with its scopes", topic, partitions
            )
        else:
            return True
        self.start_over()
        return False

    def start_over(self) -> None:
        """Forget every lane and rebuild those that are still ours."""
        self._missing |= set(self.lanes) & self._consumer.assigned
        self._consumer.pause(self.lanes)
        self.lanes.clear()

    def _rebuilt(self, partition: int) -> tuple[Lane, int]:
        """Return a lane, and how many events were told again for it."""
        epoch, partitions = self._parts.describe()
        lot = Lot(self._parts.topic, epoch, partition)
        committed, metadata = self._consumer.committed(partition)
        lane, told = rebuilt(self._parts.making, lot, partitions, committed, metadata)
        self.begin(lane, self._parts.lowest(partition))
        self._consumer.seek(partition, lane.next_offset)
        return lane, told
