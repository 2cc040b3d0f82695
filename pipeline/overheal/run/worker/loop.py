"""The worker: polls, judges, tells at once, stores in blocks, and commits last."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from overheal.clock import Clock
from overheal.errors import BrokerUnavailable, OverhealError, StoreUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.kafka.polled import Polled
from overheal.run.bounded import within
from overheal.run.config.values import WorkerSettings
from overheal.run.messages import Frontier
from overheal.run.retrying import pauses
from overheal.run.stopping import Signals
from overheal.run.worker.block import Block, Lot
from overheal.run.worker.doubles import Doubles
from overheal.run.worker.lane import Lane, Outcome
from overheal.run.worker.pace import Pace
from overheal.run.worker.progress import note
from overheal.run.worker.publishing import Publisher
from overheal.run.worker.rebuild import Making, rebuilt
from overheal.run.worker.watch import Watch
from overheal.run.worker.writing import Writer

LOGGER = logging.getLogger(__name__)
MOST = 5_000
CLOSE_SECONDS = 5.0
POLL_SECONDS = 0.05
TICK_SECONDS = 1.0
IDLE_SECONDS = 2.0
LOST_SECONDS = 15.0
SAME_SECONDS = 5.0
ATTEMPT_SECONDS = 2.0
GROWN_SECONDS = 0.2


@dataclass
class Parts:
    """What a worker works with.

    `describe` returns the topic's epoch and count of partitions, `lowest` the first offset that a
    partition still holds; both raise `BrokerUnavailable`.
    """

    topic: str
    settings: WorkerSettings
    making: Making
    publisher: Publisher
    writer: Writer
    watch: Watch
    clock: Clock
    signals: Signals
    describe: Callable[[], tuple[str, int]]
    lowest: Callable[[int], int]
    inputs: Callable[[], None]


class Worker:
    """One member of the group; `run` returns once it was asked to stop and everything is safe."""

    def __init__(self, parts: Parts, member: Callable[..., Consumer]) -> None:
        self._parts = parts
        self._settings = parts.settings
        self._lanes: dict[int, Lane] = {}
        self._doubles = Doubles(parts.making.store, parts.watch)
        self._missing: set[int] = set()
        self._held: list[Polled] = []
        self._paces: dict[int, Pace] = {}
        self._heard: dict[int, float] = {}
        self._finished: dict[int, float] = {}
        self._checked = time.monotonic()
        self._absent = False
        self._opened_at: float | None = None
        self._submitted_at = 0.0
        self._ticked = 0.0
        self._caught_up = 0.0
        self._paused = False
        self._storing: set[int] = set()
        self._lost_since: float | None = None
        self._next_attempt = 0.0
        self._pauses = pauses()
        self._consumer = member(
            on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def run(self) -> bool:
        """Work until a stop is asked for, then store and commit what was read.

        Return whether all of it could be, within `drain_seconds`. Raises `PoisonError`, and
        whatever else cannot be tried again; what was not stored then is read again by the next
        process.
        """
        signals = self._parts.signals
        try:
            while not signals.stopping:
                self.step()
            stored = self._drain(list(self._lanes), self._settings.drain_seconds)
        finally:
            self._lanes.clear()
            self._parts.writer.close(ATTEMPT_SECONDS)
        if not within(CLOSE_SECONDS, self._consumer.close):
            LOGGER.warning("the group was not left in order: no broker answers")
        return stored

    def step(self) -> None:
        """Do one round."""
        parts = self._parts
        parts.watch.ticked()
        parts.inputs()
        self._finish_jobs()
        self._bring_lanes()
        self._breathe()
        polls = self._consumer.poll(MOST, POLL_SECONDS)
        retried: list[Polled] = []
        if time.monotonic() >= self._next_attempt:
            retried, self._held = self._held, []
        for polled in [*retried, *polls]:
            self._take(polled)
        if retried and not self._held:
            parts.watch.troubled("", "reading")
        now = time.monotonic()
        if now - self._caught_up >= GROWN_SECONDS:
            self._caught_up = now
            parts.publisher.catch_up()
        if now - self._ticked >= TICK_SECONDS:
            self._ticked = now
            self._tick()
        if self._is_due(now):
            self._store_blocks()
        self._stop_if_poisoned()

    # -- records in ------------------------------------------------------------------------------

    def _take(self, polled: Polled) -> None:
        lane = self._lanes.get(polled.partition)
        if lane is None:
            return
        if any(one.partition == polled.partition for one in self._held):
            self._held.append(polled)
            return
        began = time.monotonic()
        try:
            if polled.offsets[0] > lane.next_offset + 1:
                # A hole may be a transaction's; what lies before the topic's beginning is lost.
                self._begin(lane, min(polled.offsets[0], self._parts.lowest(polled.partition)))
            outcomes = lane.take(polled, self._parts.clock.now())
        except (StoreUnavailable, BrokerUnavailable) as error:
            # The store is asked about late events only, before anything of the batch is taken.
            self._trouble(error)
            self._held.append(polled)
            return
        self._heard[polled.partition] = time.monotonic()
        self._finished.pop(polled.partition, None)
        for outcome in outcomes:
            self._tell(lane, outcome, polled.received[-1])
        self._paces[polled.partition].judged(time.monotonic() - began)
        if self._opened_at is None:
            self._opened_at = began

    def _tell(self, lane: Lane, outcome: Outcome, received: int) -> None:
        publisher = self._parts.publisher
        publisher.findings(outcome.findings)
        publisher.activities(outcome.activities, lane.lot.partition)
        publisher.letters(outcome.letters, received or self._parts.clock.now())
        self._parts.watch.judged(lane.lot, outcome, received)

    def _tick(self) -> None:
        """Let time pass where nothing comes, and say how far each partition is."""
        parts, monotonic = self._parts, time.monotonic()
        now = parts.clock.now()
        lateness = parts.making.lateness
        if monotonic - self._checked >= SAME_SECONDS:
            self._look_at_topic(monotonic)
        self._look_for_ends(monotonic)
        if self._consumer.joined:
            parts.watch.troubled("")
        for partition, lane in self._lanes.items():
            idle = monotonic - self._finished.get(partition, monotonic) >= IDLE_SECONDS
            mark = lane.flow.watermark.at
            passed = max(mark, now - lateness) if idle else mark
            outcome = lane.advance(passed, now if idle else 0)
            self._tell(lane, outcome, 0)
            if lane.has_blocks and self._opened_at is None:
                self._opened_at = monotonic
            reached = now if idle else mark + lateness
            parts.publisher.frontier(Frontier(partition, lane.partitions, reached, passed, now))
        parts.watch.standing(self._lanes, self._consumer, paused=self._paused)

    def _look_at_topic(self, now: float) -> None:
        """Notice a topic that was made anew also where nothing comes of it."""
        self._checked = now
        try:
            same = self._is_same_topic(list(self._lanes.values()))
        except BrokerUnavailable as error:
            if not self._absent:
                LOGGER.warning("%s", error)
            self._absent = True
            self._parts.watch.troubled(str(error), "brokers")
        else:
            self._absent = False
            if same:
                self._parts.watch.troubled("", "brokers")

    def _look_for_ends(self, now: float) -> None:
        """Note since when each partition is read to its end, as its leader says.

        Silence alone shows nothing: what nobody could fetch for an hour must not be late after it.
        """
        silent = [one for one in self._lanes if now - self._heard[one] >= TICK_SECONDS]
        reading = not self._paused and not self._held
        finished = self._consumer.finished(silent) if reading else set()
        self._finished = {one: self._finished.get(one, now) for one in finished}

    def _breathe(self) -> None:
        """Pause reading while too much waits to be stored, and go on when it is less."""
        pending = sum(lane.pending for lane in self._lanes.values())
        most = self._settings.pending_events
        if self._held or pending > most:
            if not self._paused:
                self._paused = True
                LOGGER.warning("reading pauses: %d events wait to be stored", pending)
            self._consumer.pause(self._lanes)
        elif self._paused and pending <= most // 2:
            self._paused = False
            LOGGER.info("reading goes on")
            self._consumer.resume(self._lanes)

    # -- blocks out ------------------------------------------------------------------------------

    def _is_due(self, now: float) -> bool:
        if self._parts.writer.busy:
            return False
        if self._opened_at is None:
            return any(self._wants_snapshots(one, last=False) for one in self._lanes.values())
        full = any(lane.pending >= self._settings.batch_events for lane in self._lanes.values())
        return full or now - self._opened_at >= self._settings.flush_seconds

    def _store_blocks(self, only: Sequence[int] | None = None, *, last: bool = False) -> bool:
        """Hand everything that waits to the writer; return whether there was anything.

        First the brokers are told where the blocks end, which also shows whether the partitions
        are still this member's.
        """
        self._parts.publisher.catch_up()
        lanes = [
            lane
            for partition, lane in self._lanes.items()
            if (lane.has_blocks or self._wants_snapshots(lane, last=last))
            and (only is None or partition in only)
        ]
        if not lanes or not self._announce(lanes):
            return False
        blocks: list[Block] = []
        for lane in lanes:
            end = lane.next_offset
            made = lane.drain() or [Block(lane.lot, end, end - 1)]
            self._freeze(lane, made, last=last)
            blocks += made
        self._submitted_at = self._opened_at or time.monotonic()
        if only is None:
            self._opened_at = None
        self._doubles.meet(lanes, self._lanes)
        self._storing = {block.lot.partition for block in blocks}
        self._parts.writer.submit(blocks)
        return True

    def _announce(self, lanes: Sequence[Lane]) -> bool:
        """Commit where the next blocks end; return whether they may be stored."""
        ends = {}
        for lane in lanes:
            lane.close()
            ranges = [block for block in lane.ready if block.last >= block.first]
            first = ranges[0].first if ranges else lane.next_offset
            text = note([block.last for block in ranges], lane.streak())
            ends[lane.lot.partition] = (first, text)
        try:
            if not self._is_same_topic(lanes):
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

    def _is_same_topic(self, lanes: Sequence[Lane]) -> bool:
        """Whether the topic is the one that was read; if not, everything starts anew."""
        epoch, partitions = self._parts.describe()
        self._checked = time.monotonic()
        topic = self._parts.topic
        if any(lane.lot.epoch != epoch for lane in lanes):
            LOGGER.warning("%s was made anew: reading it from its beginning", topic)
        elif any(lane.partitions != partitions for lane in lanes):
            LOGGER.warning(
                "%s has %d partitions now: state moves with its scopes", topic, partitions
            )
        else:
            return True
        self._start_over()
        return False

    def _lost_for(self, error: PartitionLost) -> None:
        """Wait for the group to say what is still ours; after a while start over."""
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since = now
            LOGGER.warning("%s", error)
        elif now - self._lost_since > LOST_SECONDS:
            self._lost_since = None
            self._start_over()

    def _start_over(self) -> None:
        """Forget every lane and rebuild those that are still ours."""
        self._missing |= set(self._lanes) & self._consumer.assigned
        self._consumer.pause(self._lanes)
        self._lanes.clear()
        self._held.clear()
        self._opened_at = None

    def _freeze(self, lane: Lane, blocks: Sequence[Block], *, last: bool) -> None:
        """Put snapshots on the newest block where it is time for them."""
        pace = self._paces[lane.lot.partition]
        due = pace.is_due(len(self._lanes))
        if self._wants_snapshots(lane, last=last or due):
            began = time.monotonic()
            count = lane.snapshots(blocks[-1], self._parts.clock.now())
            self._doubles.saving(lane)
            pace.frozen(time.monotonic() - began)
            self._parts.watch.frozen(time.monotonic() - began)
            LOGGER.debug("%s: %d snapshots", lane.lot, count)

    def _wants_snapshots(self, lane: Lane, *, last: bool) -> bool:
        """Whether something was judged that no snapshot holds, and it is time for them."""
        if lane.next_offset == 0 or not self._paces[lane.lot.partition].is_behind:
            return False
        return last or self._doubles.wants_snapshots(lane)

    def _finish_jobs(self, seconds: float = 0) -> bool:
        """Commit what has become durable; return whether anything has."""
        done = self._parts.writer.finished(seconds)
        if done is None:
            return False
        self._storing.clear()
        offsets = {}
        for block in done:
            lane = self._lanes.get(block.lot.partition)
            if block.last >= block.first and lane is not None and lane.lot == block.lot:
                lane.durable(block.last)
                offsets[block.lot.partition] = (block.last + 1, note([], lane.streak()))
        owned = self._consumer.assigned
        offsets = {one: what for one, what in offsets.items() if one in owned}
        self._parts.watch.stored(done, time.monotonic() - self._submitted_at)
        self._doubles.saved([block.lot for block in done if block.snapshots], self._lanes)
        if offsets:
            try:
                self._consumer.commit(offsets)
            except (PartitionLost, BrokerUnavailable) as error:
                # The ledger has it; whoever goes on reads it there.
                LOGGER.warning("%s", error)
        return True

    def _stop_if_poisoned(self) -> None:
        for lane in self._lanes.values():
            if lane.poisoned is not None:
                self._drain(list(self._lanes), self._settings.drain_seconds)
                raise lane.poisoned

    def _drain(self, partitions: Sequence[int], seconds: float) -> bool:
        """Store and commit what waits of these partitions, for so many seconds at most.

        Return whether all of it is.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._parts.writer.busy:
                self._finish_jobs(min(left, 0.2))
            elif not any(
                lane.has_blocks or self._wants_snapshots(lane, last=True)
                for one, lane in self._lanes.items()
                if one in partitions
            ):
                return True
            elif not self._store_blocks(partitions, last=True):
                if self._lost_since is not None:
                    break
                time.sleep(0.1)
        LOGGER.warning(
            "what was read and is not stored yet is left to the next worker: %s",
            self._parts.writer.trouble or "time is up",
        )
        return False

    # -- partitions come and go ------------------------------------------------------------------

    def _assigned(self, partitions: list[int]) -> None:
        LOGGER.info("partitions %s are ours", partitions)
        self._missing.update(partitions)
        self._parts.watch.awaited(self._missing)
        self._next_attempt = 0.0

    def _revoked(self, partitions: list[int]) -> None:
        LOGGER.info("partitions %s go to others", partitions)
        self._held = [polled for polled in self._held if polled.partition not in partitions]
        if not self._parts.signals.stopping or any(
            self._lanes[one].has_blocks for one in partitions if one in self._lanes
        ):
            ours = [one for one in partitions if one in self._lanes]
            if ours:
                self._drain(ours, self._settings.drain_seconds)
        self._forget(partitions)

    def _lost(self, partitions: list[int]) -> None:
        LOGGER.warning("partitions %s were taken away; others go on with them", partitions)
        self._forget(partitions)

    def _forget(self, partitions: Sequence[int]) -> None:
        self._parts.watch.gone(self._parts.topic, partitions)
        for partition in partitions:
            self._doubles.forget(partition)
            self._lanes.pop(partition, None)
            self._missing.discard(partition)
            self._heard.pop(partition, None)
        self._held = [polled for polled in self._held if polled.partition not in partitions]
        if not any(lane.has_blocks for lane in self._lanes.values()):
            self._opened_at = None

    def _bring_lanes(self) -> None:
        """Rebuild one lane that is missing, unless it is too early to try again.

        What is still being stored of a partition belongs to the lane that was: it comes first.
        """
        missing = self._missing - self._storing
        if not missing or time.monotonic() < self._next_attempt:
            return
        partition = min(missing)
        began = time.monotonic()
        try:
            epoch, partitions = self._parts.describe()
            lot = Lot(self._parts.topic, epoch, partition)
            committed, metadata = self._consumer.committed(partition)
            lane, told = rebuilt(self._parts.making, lot, partitions, committed, metadata)
            self._begin(lane, self._parts.lowest(partition))
            self._consumer.seek(partition, lane.next_offset)
        except (StoreUnavailable, BrokerUnavailable, PartitionLost) as error:
            self._trouble(error)
            return
        self._parts.watch.troubled("", "reading")
        self._parts.watch.troubled("")
        self._pauses = pauses()
        self._missing.discard(partition)
        self._parts.watch.awaited(self._missing)
        self._lanes[partition] = lane
        self._heard[partition] = time.monotonic()
        if not self._paused:
            self._consumer.resume([partition])
        seconds = time.monotonic() - began
        self._paces[partition] = Pace(seconds if told else 0.0)
        self._parts.watch.rebuilt(seconds)
        LOGGER.info(
            "%s: from offset %d on, %d scopes, %d events told again, %.1f s",
            lot,
            lane.next_offset,
            len(lane.flow.scopes),
            told,
            seconds,
        )

    def _begin(self, lane: Lane, lowest: int) -> None:
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
            self._opened_at = self._opened_at or time.monotonic()

    def _trouble(self, error: OverhealError) -> None:
        pause = next(self._pauses)
        self._next_attempt = time.monotonic() + pause
        LOGGER.warning("%s; trying again", error)
        self._parts.watch.troubled(str(error), "reading")
        self._parts.watch.retried("store" if isinstance(error, StoreUnavailable) else "broker")
        if self._held:
            self._consumer.pause(self._lanes)
