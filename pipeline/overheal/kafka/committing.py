"""Commits that end in time.

The driver's own waiting commit has no time-out, and while a coordinator stands still every other
call on the consumer waits with it. So a commit is sent without waiting, and what the group then
holds is asked for: both go over one connection in order, and asking has a time-out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import Consumer as Driver
from confluent_kafka import KafkaException, TopicPartition

from overheal.errors import BrokerUnavailable
from overheal.kafka.errors import PartitionLost, error_of, translated

ANSWER_SECONDS = 10.0
REFUSED_SECONDS = 3.0
PAUSE_SECONDS = 0.05


def commit(driver: Driver, wanted: Sequence[TopicPartition], what: str) -> None:
    """Commit, and return once the group holds exactly that.

    Raises `BrokerUnavailable` where the coordinator does not answer within ten seconds, and
    `PartitionLost` where it refuses for three, longer than a rebalance takes to settle: then this
    member's generation is not the group's. A commit that raised may still arrive.
    """
    deadline = time.monotonic() + REFUSED_SECONDS
    while True:
        try:
            driver.commit(offsets=list(wanted), asynchronous=True)
            held = committed(driver, wanted, ANSWER_SECONDS)
        except KafkaException as exception:
            raise translated(error_of(exception), what) from None
        if all(held[one.partition] == (one.offset, one.metadata or "") for one in wanted):
            return
        if time.monotonic() > deadline:
            raise PartitionLost(f"{what}: the group refuses it; another member has taken over")
        time.sleep(PAUSE_SECONDS)


def committed(
    driver: Driver, places: Sequence[TopicPartition], seconds: float
) -> dict[int, tuple[int, str]]:
    """Return partition → (offset, metadata) as the group holds them; negative offsets are none.

    Raises the driver's exception, or `BrokerUnavailable` for an answer about one partition that
    is an error.
    """
    asked = [TopicPartition(one.topic, one.partition) for one in places]
    found = driver.committed(asked, seconds)
    for one in found:
        if one.error is not None:
            raise BrokerUnavailable(f"{one.topic} [{one.partition}]: {one.error.str()}")
    return {one.partition: (one.offset, one.metadata or "") for one in found}
