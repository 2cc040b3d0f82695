"""Where the partitions of a topic begin and end, and how far a group says it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

from overheal.kafka.admin import SECONDS, Admin


@dataclass(frozen=True)
class Standing:
    """A topic as it stands; maps go from partition to offset.

    `lows` are the first offsets, `committed` those of the group, where it has any. `compacted`
    says whether records may vanish from the middle.
    """

    epoch: str
    lows: dict[int, int]
    committed: dict[int, int]
    compacted: bool


def standing(admin: Admin, topic: str, group: str) -> Standing | None:
    """Return how a topic stands, None where it does not exist.

    Raises `BrokerUnavailable` where nobody answers, `BrokerError` for what is refused.
    """
    found = admin.describe([topic]).get(topic)
    if found is None:
        return None
    partitions = range(found.partitions)
    policy = admin.configs([topic])[topic].get("cleanup.policy", "")
    return Standing(
        found.epoch,
        firsts(admin, topic, partitions),
        _committed(admin, topic, partitions, group),
        "compact" in policy,
    )


def firsts(admin: Admin, topic: str, partitions: Sequence[int]) -> dict[int, int]:
    """Return the first offsets that Kafka still has."""
    return _offsets(admin, topic, partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]


def ends(admin: Admin, topic: str, partitions: Sequence[int]) -> dict[int, int]:
    """Return the offsets behind the last readable record; open transactions are not readable."""
    return _offsets(admin, topic, partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]


def _offsets(
    admin: Admin, topic: str, partitions: Sequence[int], spec: OffsetSpec
) -> dict[int, int]:
    futures = admin.client.list_offsets(
        {TopicPartition(topic, one): spec for one in partitions},
        isolation_level=IsolationLevel.READ_COMMITTED,
        request_timeout=SECONDS,
    )
    found = admin.results(futures, "asking for offsets of")
    return {place.partition: int(result.offset) for place, result in found.items()}


def _committed(admin: Admin, topic: str, partitions: Sequence[int], group: str) -> dict[int, int]:
    places = [TopicPartition(topic, one) for one in partitions]
    futures = admin.client.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group, places)], request_timeout=SECONDS
    )
    found = admin.results(futures, "asking for the offsets of the group")[group]
    return {
        one.partition: one.offset
        for one in found.topic_partitions
        if one.offset >= 0 and one.error is None
    }
