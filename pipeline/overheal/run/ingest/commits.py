"""How far `overheal ingest` is done with each partition, and what of that the group knows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from overheal.errors import BrokerUnavailable
from overheal.kafka.consumer import Consumer
from overheal.kafka.errors import PartitionLost
from overheal.run.bounded import within
from overheal.run.ingest.counts import Counts
from overheal.run.intake import Intake
from overheal.run.poison import Poison
from overheal.run.reaching import Reach
from overheal.run.retrying import pauses

LOGGER = logging.getLogger(__name__)


class Commits:
    """Commits to the group of `consumer` what moved, with the streak of refusals as metadata."""

    def __init__(self, consumer: Consumer, poison: Poison, counts: Counts, reach: Reach) -> None:
        self._consumer = consumer
        self._poison = poison
        self._counts = counts
        self._reach = reach
        self._next: dict[int, int] = {}
        self._done: dict[int, tuple[int, str]] = {}

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions of which something was taken and which are still ours."""
        return self._consumer.assigned & self._next.keys()

    def next(self, partition: int) -> int:
        """Return the offset behind the last record that was taken."""
        return self._next[partition]

    def moved(self, partition: int, offset: int) -> None:
        """Take that everything before an offset is on its way into Kafka."""
        self._next[partition] = offset

    def forget(self, partitions: Iterable[int] | None = None) -> None:
        """Commit partitions no more, by default none at all."""
        for partition in list(self._next) if partitions is None else partitions:
            self._next.pop(partition, None)
            self._done.pop(partition, None)

    def position(self, partition: int, intake: Intake) -> int:
        """Return the first offset that is needed again after a crash."""
        held, after = intake.held(partition), self._next[partition]
        return after if held is None else min(held, after)

    def send(self, intake: Intake, only: Iterable[int] | None = None) -> bool:
        """Commit what moved; everything before must be durable.

        Returns False where the brokers do not answer: they must be asked again later. What another
        member owns by now is left to it.
        """
        wanted = {
            one: (self.position(one, intake), self._poison.remembered(one))
            for one in (self.partitions if only is None else self.partitions.intersection(only))
        }
        wanted = {one: value for one, value in wanted.items() if self._done.get(one) != value}
        if not wanted:
            return True
        try:
            self._consumer.commit(wanted)
        except PartitionLost as error:
            LOGGER.warning("not committed, the new owner reads again: %s", error)
        except BrokerUnavailable as error:
            self._counts.retry("commit")
            self._reach.troubled(error)
            LOGGER.warning("not committed yet: %s", error)
            return False
        else:
            self._done.update(wanted)
            self._reach.well()
        return True

    def finish(self, intake: Intake, left: Callable[[], float]) -> None:
        """Commit, trying again while seconds are `left`; raises `BrokerUnavailable` afterwards."""
        done: list[bool] = []
        for pause in pauses():
            if within(left(), lambda: done.append(self.send(intake))) and done[-1]:
                return
            if left() <= 0:
                raise BrokerUnavailable(
                    "the last records are in Kafka but not committed, the next process repeats "
                    "them; check [kafka] bootstrap and that the brokers run"
                )
            time.sleep(min(pause, max(left(), 0)))
