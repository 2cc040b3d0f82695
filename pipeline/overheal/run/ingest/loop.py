"""The work of one `overheal ingest` process, round by round.

Order of a round: poll, release what need not wait for other partitions, queue every document and
dead letter, wait until Kafka has them all, commit. A crash anywhere repeats records and loses
none; the repeated events have the same ids.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from overheal.clock import Clock
from overheal.errors import BrokerUnavailable, ConfigError, PoisonError
from overheal.run.ingest.commits import Commits
from overheal.run.ingest.counts import Counts
from overheal.run.ingest.forwarding import Forwarder
from overheal.run.ingest.member import Member
from overheal.run.ingest.rules import Place, Rules
from overheal.run.intake import Intake, Taken
from overheal.run.metrics import Metrics
from overheal.run.operations import Health
from overheal.run.poison import Poison
from overheal.run.reaching import Reach
from overheal.run.retrying import pauses
from overheal.run.stopping import Signals

__all__ = ["Ingest", "Place", "Rules"]

LOGGER = logging.getLogger(__name__)
REVOKE_SECONDS = 5.0
LONGEST_PAUSE = 5.0
POISON_SETTING = "ingest.poison_limit"


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
        self._counts = Counts(metrics, place.topics.actions)
        self._pauses = pauses(longest=LONGEST_PAUSE)
        self._place = place
        self._clock = clock
        self._signals = signals
        self._reload = reload
        self._use(rules)
        self._poison = Poison(rules.poison_limit, POISON_SETTING)
        self._deadline: float | None = None
        self._stop: PoisonError | None = None
        self._reach = Reach()
        self._forwarder = Forwarder(place.kafka, place.topics, self._wait)
        self._member = Member(place, self._reach, self._revoked, self._gone)
        self._commits = Commits(self._member.consumer, self._poison, self._counts, self._reach)

    def run(self) -> None:
        """Work until a stop is asked for, then finish what was begun.

        Raises `PoisonError` where a partition holds nothing but refused records, `BrokerError`
        for what does not heal, `BrokerUnavailable` where the last records cannot be made durable
        and committed in time: those are read again by the next process.
        """
        try:
            while not self._signals.stopping:
                self.step()
            self._durable()
            self._commits.finish(self._intake, self._left)
        finally:
            self._commits.forget()
            self._member.close()
            self._forwarder.close()

    def health(self) -> Health:
        """Return how the process is; may be called from any thread."""
        return Health(self._ticked, self._reach.reasons)

    def step(self) -> None:
        """Do one round."""
        self._tick()
        if self._signals.take_reload():
            self._read_rules_again()
        self._member.listen(self._clock.now())
        topic, epoch = self._place.topics.actions, self._place.epoch
        for polled in self._member.release():
            if self._stop is None:
                self._take(self._intake.take(polled, topic, epoch, self._clock.now()))
        self._settle(insist=False)
        self._durable()
        self._commits.send(self._intake)
        if self._stop is not None:
            raise self._stop
        if not self._signals.stopping:
            self._look_around()

    def _look_around(self) -> None:
        """Do what a stop need not wait for: what others must know, and what comes next."""
        self._member.begin(self._poison.recall)
        self._member.turn()
        self._reach.probe(self._member.consumer)
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
        losses = self._member.losses(taken.partition)
        self._stop = self._poison.watch(taken) or self._stop
        self._forwarder.take(taken, self._rules.catalog, self._clock.now())
        self._counts.take(taken)
        if self._member.losses(taken.partition) == losses:
            self._commits.moved(taken.partition, taken.next_offset)

    def _settle(self, *, insist: bool) -> None:
        """Bring out what stateful formats held back, where it is time."""
        topic, epoch, now = self._place.topics.actions, self._place.epoch, self._clock.now()
        silent = self._commits.partitions - (set() if insist else self._member.holding)
        for partition in silent:
            found = self._intake.settle(partition, topic, now, epoch, insist=insist)
            if found is not None:
                found.next_offset = self._commits.next(partition)
                self._take(found)

    def _durable(self) -> None:
        """Return once Kafka has everything that was queued, and read on where that was paused."""
        self._forwarder.durable()
        if self._member.stalled:
            self._member.go_on()
            self._reach.well()
            self._pauses = pauses(longest=LONGEST_PAUSE)
            self._counts.paused(yes=False)

    def _wait(self, error: BrokerUnavailable) -> None:
        """Stay in the group without reading on, for a while that grows.

        Raises `error` when a stop was asked for and the time to drain is over.
        """
        self._tick()
        if self._left() <= 0:
            raise error
        self._counts.retry("produce")
        self._counts.paused(yes=True)
        self._reach.troubled(error)
        LOGGER.warning("waiting for Kafka: %s", error)
        self._member.stall(min(next(self._pauses), self._left()), self._clock.now())

    def _left(self) -> float:
        """Return how many seconds are left to finish; a great many while nobody asked to stop."""
        if not self._signals.stopping:
            return 1e6
        now = time.monotonic()
        self._deadline = self._deadline or now + self._place.drain_seconds
        return self._deadline - now

    def _revoked(self, partitions: list[int]) -> None:
        """Make durable and commit what was released of these partitions, if it can be now."""
        if self._commits.partitions & set(partitions):
            try:
                self._forwarder.flush(min(REVOKE_SECONDS, self._place.drain_seconds))
                self._commits.send(self._intake, partitions)
            except BrokerUnavailable as error:
                LOGGER.warning("partitions %s go uncommitted: %s", partitions, error)

    def _gone(self, partitions: list[int]) -> None:
        self._commits.forget(partitions)
        for partition in partitions:
            self._counts.forget(partition)
            self._intake.forget(partition)

    def _tell_lag(self) -> None:
        for partition in self._commits.partitions:
            _, high = self._member.consumer.watermarks(partition)
            self._counts.lag(partition, high - self._commits.position(partition, self._intake))

    def _tick(self) -> None:
        self._ticked = time.monotonic()
        self._counts.tick(self._clock.now())
