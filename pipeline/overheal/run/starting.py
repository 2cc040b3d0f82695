"""What every process asks of Kafka at its start: how a topic stands."""

from __future__ import annotations

from overheal.errors import BrokerUnavailable
from overheal.kafka.admin import Admin


def standing(admin: Admin, topic: str) -> tuple[str, int]:
    """Return the epoch of a topic and its count of partitions.

    Raises `BrokerUnavailable` also while the topic is gone: it may be made anew.
    """
    found = admin.describe([topic]).get(topic)
    if found is None:
        raise BrokerUnavailable(f"{topic} does not exist; `overheal topics create` makes it")
    return found.epoch, found.partitions
