"""Blocks on their way out: announced to the group, handed to the writer, committed last."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence

from overheal.errors import BrokerUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.run.worker.block import Block
from overheal.run.worker.doubles import Doubles
from overheal.run.worker.lane import Lane, Outcome
from overheal.run.worker.owned import Owned
from overheal.run.worker.pace import in_turn
from overheal.run.worker.parts import Parts
from overheal.run.worker.progress import note

LOGGER = logging.getLogger(__name__)
LOST_SECONDS = 15.0


class Outgoing:
    """Stores what waits in the lanes, one job of blocks at a time.

    `storing` are the partitions of the job that is under way.
    """

    def __init__(self, parts: Parts, consumer: Consumer, owned: Owned, doubles: Doubles) -> None:
        self.storing: set[int] = set()
        self._parts = parts
        self._consumer = consumer
        self._owned = owned
        self._doubles = doubles
        self._opened_at: float | None = None
        self._submitted_at = 0.0
        self._lost_since: float | None = None

    def is_due(self, now: float) -> bool:
        """Whether it is time to store what waits; `now` is monotonic seconds."""
        lanes = self._owned.lanes.values()
        if not any(lane.has_blocks for lane in lanes):
            self._opened_at = None
        elif self._opened_at is None:
            self._opened_at = now
        if self._parts.writer.busy:
            return False
        if self._opened_at is None:
            return any(self._wants_snapshots(lane, last=False) for lane in lanes)
        settings = self._parts.settings
        full = any(lane.pending >= settings.batch_events for lane in lanes)
        return full or now - self._opened_at >= settings.flush_seconds

    def store(self, only: Collection[int] | None = None, *, last: bool = False) -> bool:
        """Hand everything that waits to the writer; return whether there was anything.

        First the brokers are told where the blocks end, which also shows whether the partitions
        are still this member's.
        """
        lanes = {
            partition: lane
            for partition, lane in self._owned.lanes.items()
            if only is None or partition in only
        }
        saved = self._saved(lanes, last=last)
        for partition, lane in lanes.items():
            if last or partition in saved:
                self.tell(lane, lane.release())
            lane.close()
        self._parts.publisher.catch_up()
        chosen = [lane for one, lane in lanes.items() if lane.ready or one in saved]
        if not chosen:
            if only is None:
                self._opened_at = None
            return False
        if not self._announce(chosen):
            return False
        blocks: list[Block] = []
        for lane in chosen:
            end = lane.next_offset
            made = lane.drain() or [Block(lane.lot, end, end - 1)]
            if lane.lot.partition in saved:
                self._freeze(lane, made)
            blocks += made
        self._submitted_at = self._opened_at or time.monotonic()
        if only is None:
            self._opened_at = None
        self._doubles.meet(chosen, self._owned.lanes)
        self.storing = {block.lot.partition for block in blocks}
        self._parts.writer.submit(blocks)
        return True

    def tell(self, lane: Lane, outcome: Outcome, received: int = 0) -> None:
        """Tell over Kafka what is to be told at once, of a record received then or of none (0)."""
        publisher = self._parts.publisher
        publisher.findings(outcome.findings)
        publisher.activities(lane.told(outcome.activities))
        publisher.letters(outcome.letters, received or self._parts.clock.now())
        self._parts.watch.judged(lane.lot, outcome, received)

    def finish(self, seconds: float = 0) -> bool:
        """Commit what has become durable, waiting for it at most so long; return whether it has."""
        done = self._parts.writer.finished(seconds)
        if done is None:
            return False
        self.storing.clear()
        offsets = {}
        for block in done:
            lane = self._owned.lanes.get(block.lot.partition)
            if block.last >= block.first and lane is not None and lane.lot == block.lot:
                lane.durable(block.last)
                offsets[block.lot.partition] = (block.last + 1, note([], lane.streak()))
        ours = self._consumer.assigned
        offsets = {one: what for one, what in offsets.items() if one in ours}
        self._parts.watch.stored(done, time.monotonic() - self._submitted_at)
        frozen = [block.lot for block in done if block.snapshots]
        self._doubles.saved(frozen, self._owned.lanes)
        if offsets:
            try:
                self._consumer.commit(offsets)
            except (PartitionLost, BrokerUnavailable) as error:
                # The ledger has it; whoever goes on reads it there.
                LOGGER.warning("%s", error)
        return True

    def drain(self, partitions: Collection[int]) -> bool:
        """Store and commit what waits of these partitions, within `drain_seconds`.

        Return whether all of it is.
        """
        deadline = time.monotonic() + self._parts.settings.drain_seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._parts.writer.busy:
                self.finish(min(left, 0.2))
            elif not any(
                lane.has_blocks or self._wants_snapshots(lane, last=True)
                for one, lane in self._owned.lanes.items()
                if one in partitions
            ):
                return True
            elif not self.store(partitions, last=True):
                if self._lost_since is not None:
                    break
                time.sleep(0.1)
        LOGGER.warning(
            "what was read and is not stored yet is left to the next worker: %s",
            self._parts.writer.trouble or "time is up",
        )
        return False

    def _announce(self, lanes: Sequence[Lane]) -> bool:
        """Commit where the next blocks end; return whether they may be stored."""
        ends = {}
        for lane in lanes:
            ranges = [block for block in lane.ready if block.last >= block.first]
            first = ranges[0].first if ranges else lane.first_offset
            text = note([block.last for block in ranges], lane.streak())
            ends[lane.lot.partition] = (first, text)
        try:
            if not self._owned.is_same_topic(lanes):
                return False
            if ends:
                self._consumer.commit(ends)
        except PartitionLost as error:
            self._lost_for(error)
            return False
        except BrokerUnavailable as error:
            self._parts.watch.troubled(str(error), "brokers")
            return False
        self._lost_since = None
        self._parts.watch.troubled("", "brokers")
        return True

    def _lost_for(self, error: PartitionLost) -> None:
        """Wait for the group to say what is still ours; after a while start over."""
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since = now
            LOGGER.warning("%s", error)
        elif now - self._lost_since > LOST_SECONDS:
            self._lost_since = None
            self._owned.start_over()

    def _saved(self, lanes: Mapping[int, Lane], *, last: bool) -> set[int]:
        """Return the lanes whose snapshots are due: all that have to be stored as a whole."""
        turns = in_turn({one: self._owned.paces[one] for one in self._owned.lanes})
        return {
            one
            for one, lane in lanes.items()
            if self._wants_snapshots(lane, last=last or one in turns)
        }

    def _freeze(self, lane: Lane, blocks: Sequence[Block]) -> None:
        """Put snapshots on the newest block, after which nothing was told."""
        began = time.monotonic()
        count = lane.snapshots(blocks[-1], self._parts.clock.now())
        self._doubles.saving(lane)
        self._owned.paces[lane.lot.partition].frozen(time.monotonic() - began)
        self._parts.watch.frozen(time.monotonic() - began)
        LOGGER.debug("%s: %d snapshots", lane.lot, count)

    def _wants_snapshots(self, lane: Lane, *, last: bool) -> bool:
        """Whether something was judged that no snapshot holds, and it is time for them."""
        if lane.next_offset == 0 or not self._owned.paces[lane.lot.partition].is_behind:
            return False
        return last or self._doubles.wants_snapshots(lane)
