"""Adding partitions, which moves every key: only when everything before it has been consumed."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import NewPartitions  # type: ignore[attr-defined]

from overheal.errors import BrokerUnavailable, TopicError
from overheal.kafka.admin import CREATE, Admin
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings

DRAIN = "stop what writes it, let its readers finish, stop them, and try again"
LAG_SECONDS = 15.0


def add_partitions(settings: KafkaSettings, topic: str, count: int) -> None:
    """Give a topic `count` partitions in total.

    Every key may move, so nothing of it may be under way: raises `TopicError` unless every group
    that reads the topic has no members and has consumed all of it, and where `count` is not more.
    """
    admin = Admin(settings)
    found = admin.describe([topic]).get(topic)
    if found is None:
        raise TopicError(f"{topic}: does not exist; {CREATE}")
    if count <= found.partitions:
        raise TopicError(
            f"{topic}: has {found.partitions} partitions already; partitions can only be added"
        )
    progress = _progress(admin, topic)
    for group, offsets in progress.items():
        if _unread(settings, topic, offsets):
            raise TopicError(f"{topic}: group {group} has records left to consume; {DRAIN}")
    if not progress and _unread(settings, topic, {}):
        raise TopicError(f"{topic}: holds records that no group has consumed; {DRAIN}")
    futures = admin.client.create_partitions([NewPartitions(topic, count)])
    admin.results(futures, "adding partitions to")


def _progress(admin: Admin, topic: str) -> dict[str, dict[int, int]]:
    """Return group → partition → committed offset of the groups that read a topic, all idle."""
    listed = admin.result(admin.client.list_consumer_groups(), "listing the consumer groups")
    groups = [one.group_id for one in listed.valid]
    if not groups:
        return {}
    described = admin.results(admin.client.describe_consumer_groups(groups), "describing group")
    progress = {}
    for group in groups:
        asked = admin.client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        found = admin.results(asked, "reading the offsets of group")[group].topic_partitions
        offsets = {one.partition: one.offset for one in found if one.topic == topic}
        members = [
            member
            for member in described[group].members
            if offsets or any(one.topic == topic for one in member.assignment.topic_partitions)
        ]
        if members:
            raise TopicError(f"{topic}: group {group} has {len(members)} members; {DRAIN}")
        if offsets:
            progress[group] = offsets
    return progress


def _unread(settings: KafkaSettings, topic: str, offsets: Mapping[int, int]) -> bool:
    """Return whether a record lies after the offsets; marks of transactions are none."""
    reader = Reader(settings, topic, {part: at for part, at in offsets.items() if at >= 0})
    try:
        return next(reader.to_end(LAG_SECONDS), None) is not None
    except BrokerUnavailable:
        return True
    finally:
        reader.close()
