"""The worker: polls, judges, tells at once, stores in blocks, and commits last."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from overheal.errors import BrokerUnavailable, StoreUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.polled import Polled
from overheal.model import MICROSECOND
from overheal.run.bounded import within
from overheal.run.messages import Frontier
from overheal.run.worker.doubles import Doubles
from overheal.run.worker.lane import Lane
from overheal.run.worker.outgoing import Outgoing
from overheal.run.worker.owned import Owned
from overheal.run.worker.parts import Parts
from overheal.run.worker.trying import Trying

LOGGER = logging.getLogger(__name__)
CLOSE_SECONDS = 5.0
POLL_SECONDS = 0.05
TICK_SECONDS = 1.0
IDLE_SECONDS = 2.0
SAME_SECONDS = 5.0
ATTEMPT_SECONDS = 2.0
GROWN_SECONDS = 0.2


class Worker:
    """One member of the group; `run` returns once it was asked to stop and everything is safe."""

    def __init__(self, parts: Parts, member: Callable[..., Consumer]) -> None:
        self._parts = parts
        self._held: list[tuple[Lane, Polled]] = []
        self._finished: dict[int, float] = {}
        self._absent = False
        self._ticked = 0.0
        self._caught_up = 0.0
        self._paused = False
        self._consumer = member(
            on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        doubles = Doubles(parts.making.store, parts.watch)
        self._trying = Trying(parts.watch)
        self._owned = Owned(parts, self._consumer, doubles, self._trying)
        self._outgoing = Outgoing(parts, self._consumer, self._owned, doubles)
        self._lanes = self._owned.lanes

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
            stored = self._outgoing.drain(list(self._lanes))
        finally:
            self._lanes.clear()
            self._parts.writer.close(ATTEMPT_SECONDS)
        if not within(CLOSE_SECONDS, self._consumer.close):
            LOGGER.warning("the group was not left in order: no broker answers")
        return stored

    def step(self) -> None:
        """Do one round."""
        parts, outgoing = self._parts, self._outgoing
        parts.watch.ticked()
        parts.inputs()
        outgoing.finish()
        self._owned.bring(outgoing.storing, paused=self._paused)
        self._breathe()
        polls = self._consumer.poll(parts.settings.batch_events, POLL_SECONDS)
        began = time.monotonic()
        self._take_held()
        for polled in polls:
            lane = self._lanes.get(polled.partition)
            if lane is not None:
                self._take(lane, polled)
        self._let_time_pass()
        if outgoing.is_due(began):
            outgoing.store()
        self._stop_if_poisoned()

    # -- records ---------------------------------------------------------------------------------

    def _take_held(self) -> None:
        """Try again what could not be judged, where its lane is still the same."""
        if not self._held or not self._trying.is_due:
            return
        held, self._held = self._held, []
        for lane, polled in held:
            if self._lanes.get(polled.partition) is lane:
                self._take(lane, polled)
        if not self._held:
            self._parts.watch.troubled("", "reading")

    def _take(self, lane: Lane, polled: Polled) -> None:
        if any(one is lane for one, _ in self._held):
            self._held.append((lane, polled))
            return
        began = time.monotonic()
        try:
            if polled.offsets[0] > lane.next_offset + 1:
                # A hole may be a transaction's; what lies before the topic's beginning is lost.
                lowest = self._parts.lowest(polled.partition)
                self._owned.begin(lane, min(polled.offsets[0], lowest))
            outcomes = lane.take(polled, self._parts.clock.now())
        except (StoreUnavailable, BrokerUnavailable) as error:
            # The store is asked about late events only, before anything of the batch is taken.
            self._trying.failed(error)
            self._held.append((lane, polled))
            self._consumer.pause(self._lanes)
            return
        self._owned.heard[polled.partition] = time.monotonic()
        self._finished.pop(polled.partition, None)
        for outcome in outcomes:
            self._outgoing.tell(lane, outcome, polled.received[-1])
        self._owned.paces[polled.partition].judged(time.monotonic() - began)

    def _breathe(self) -> None:
        """Pause reading while too much waits to be stored, and go on when it is less."""
        pending = sum(lane.pending for lane in self._lanes.values())
        most = self._parts.settings.pending_events
        if self._held or pending > most:
            if not self._paused:
                self._paused = True
                LOGGER.warning("reading pauses: %d events wait to be stored", pending)
            self._consumer.pause(self._lanes)
        elif self._paused and pending <= most // 2:
            self._paused = False
            LOGGER.info("reading goes on")
            self._consumer.resume(self._lanes)

    def _stop_if_poisoned(self) -> None:
        for lane in self._lanes.values():
            if lane.poisoned is not None:
                self._outgoing.drain(list(self._lanes))
                raise lane.poisoned

    # -- time ------------------------------------------------------------------------------------

    def _let_time_pass(self) -> None:
        now = time.monotonic()
        if now - self._caught_up >= GROWN_SECONDS:
            self._caught_up = now
            self._parts.publisher.catch_up()
        if now - self._ticked >= TICK_SECONDS:
            self._ticked = now
            self._tick(now)

    def _tick(self, monotonic: float) -> None:
        """Let time pass where nothing comes, and say how far each partition is."""
        parts = self._parts
        now = parts.clock.now()
        lateness = parts.making.lateness
        if monotonic - self._owned.checked >= SAME_SECONDS:
            self._look_at_topic(monotonic)
        self._look_for_ends(monotonic)
        if self._consumer.joined:
            parts.watch.troubled("")
        for partition, lane in self._lanes.items():
            ended = monotonic - self._finished.get(partition, monotonic)
            idle, mark = ended >= IDLE_SECONDS, lane.flow.watermark.at
            passed = max(mark, now - lateness) if idle else mark
            self._outgoing.tell(lane, lane.advance(passed, now if idle else 0))
            if self._paused:
                # Nothing comes that could be waited for, and what waits keeps its block from going.
                self._outgoing.tell(lane, lane.release())
            reached = (now if idle else mark + lateness) - lane.flow.turns.wait
            # A backlog may come in pieces: what it brings must not be too late for the fleet alone.
            settled = passed if ended * MICROSECOND >= lateness else mark
            said = Frontier(
                partition,
                lane.partitions,
                reached,
                passed,
                settled,
                now,
                lane.lot.epoch,
                lane.told_upto,
            )
            parts.publisher.frontier(said)
        parts.watch.standing(self._lanes, self._consumer, paused=self._paused)

    def _look_at_topic(self, now: float) -> None:
        """Notice a topic that was made anew also where nothing comes of it."""
        self._owned.checked = now
        try:
            same = self._owned.is_same_topic(list(self._lanes.values()))
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
        silent = [one for one in self._lanes if now - self._owned.heard[one] >= TICK_SECONDS]
        reading = not self._paused and not self._held
        finished = self._consumer.finished(silent) if reading else set()
        self._finished = {one: self._finished.get(one, now) for one in finished}

    # -- partitions come and go ------------------------------------------------------------------

    def _assigned(self, partitions: list[int]) -> None:
        LOGGER.info("partitions %s are ours", partitions)
        self._owned.assign(partitions)

    def _revoked(self, partitions: list[int]) -> None:
        LOGGER.info("partitions %s go to others", partitions)
        ours = [one for one in partitions if one in self._lanes]
        waits = any(self._lanes[one].has_blocks for one in ours)
        if waits or (ours and not self._parts.signals.stopping):
            self._outgoing.drain(ours)
        self._forget(partitions)

    def _lost(self, partitions: list[int]) -> None:
        LOGGER.warning("partitions %s were taken away; others go on with them", partitions)
        self._forget(partitions)

    def _forget(self, partitions: Sequence[int]) -> None:
        self._owned.forget(partitions)
        self._held = [held for held in self._held if held[1].partition not in partitions]
