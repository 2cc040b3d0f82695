"""Making blocks durable, one after another, on a thread of its own.

The order within a block is the guarantee: what was said over Kafka is durable, then rows, refusals
and findings, then the ledger's entry, which says that all of it is there; then snapshots. Only
after that does the loop commit the offset. Every step may be repeated.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from overheal.clock import Clock
from overheal.errors import BrokerUnavailable, StoreUnavailable
from overheal.run.retrying import pauses
from overheal.run.worker.block import Block
from overheal.store import Store

LOGGER = logging.getLogger(__name__)
FLUSH_SECONDS = 5.0


class Flusher(Protocol):
    """Whatever makes what was sent durable."""

    def flush(self, seconds: float) -> None:
        """Return once everything sent is durable; raises `BrokerUnavailable`."""
        ...


class Watched(Protocol):
    """Whoever wants to know how writing goes."""

    def inserted(self, block: Block, seconds: float) -> None:
        """Take note that a block is durable after so many seconds."""
        ...

    def failing(self, what: str, reason: str) -> None:
        """Take note of one more attempt at `store` or `broker`, and why the last one failed."""
        ...


class Writer:
    """Writes one job of blocks at a time.

    `failure` is what cannot be tried again, `trouble` why the last attempt failed, else empty.
    """

    def __init__(self, store: Store, flusher: Flusher, clock: Clock, watched: Watched) -> None:
        self.failure: BaseException | None = None
        self.trouble = ""
        self._store = store
        self._flusher = flusher
        self._clock = clock
        self._watched = watched
        self._jobs: queue.SimpleQueue[Sequence[Block] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Sequence[Block]] = queue.SimpleQueue()
        self._busy = 0
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overheal-writer", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a job is under way or its result not taken yet."""
        return self._busy > 0

    def submit(self, blocks: Sequence[Block]) -> None:
        """Hand over blocks, those of one partition in order."""
        self._busy += 1
        self._jobs.put(blocks)

    def finished(self, seconds: float = 0) -> Sequence[Block] | None:
        """Return a job that is durable, waiting up to `seconds` for it.

        Raises what made writing fail for good.
        """
        deadline = time.monotonic() + seconds
        while True:
            if self.failure is not None:
                raise self.failure
            try:
                left = max(0.0, deadline - time.monotonic())
                done = self._done.get(timeout=min(left, 0.1)) if left else self._done.get_nowait()
            except queue.Empty:
                if time.monotonic() >= deadline:
                    return None
            else:
                self._busy -= 1
                return done

    def close(self, seconds: float) -> None:
        """Stop after the attempt under way, giving up what could not be written."""
        self._abandoned.set()
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                for block in job:
                    self._write(block)
                self._done.put(job)
            except _Abandoned:
                return
            except BaseException as error:  # noqa: BLE001 - the loop raises it
                self.failure = error
                return

    def _write(self, block: Block) -> None:
        began = time.monotonic()
        self._insist("broker", lambda: self._flusher.flush(FLUSH_SECONDS))
        self._insist("store", lambda: write(self._store, block, self._clock.now()))
        self._watched.inserted(block, time.monotonic() - began)

    def _insist(self, what: str, attempt: Callable[[], None]) -> None:
        for pause in pauses():
            if self._abandoned.is_set():
                raise _Abandoned
            try:
                attempt()
            except (StoreUnavailable, BrokerUnavailable) as error:
                if not self.trouble:
                    LOGGER.warning("%s; trying again", error)
                self.trouble = str(error)
                self._watched.failing(what, self.trouble)
                self._abandoned.wait(pause)
            else:
                if self.trouble:
                    LOGGER.info("the %s takes records again", what)
                self.trouble = ""
                return


class _Abandoned(Exception):  # noqa: N818 - nothing is wrong
    """The process ends; somebody else goes on from the ledger."""


def write(store: Store, block: Block, now: int) -> None:
    """Make one block durable; done again it changes nothing. `now` is microseconds UTC."""
    if block.rows:
        store.write_events(block.rows, block.token)
    if block.letters:
        store.write_dead_letters(block.letters, now, block.token)
    if block.recounts:
        store.recount(list(block.recounts.values()))
    if block.restated:
        store.write_restatements(block.restated)
    if block.findings:
        store.write_findings(list(block.findings.values()))
    if block.last >= block.first:
        store.write_range(block.entry(now))
    if block.snapshots:
        store.write_snapshots(block.snapshots)
