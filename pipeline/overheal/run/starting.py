"""What every process asks at its start: the store it is told to use, and how a topic stands."""

from __future__ import annotations

from overheal.errors import BrokerUnavailable, ConfigError
from overheal.kafka.admin import Admin
from overheal.run.config import Config
from overheal.store import Store, open_store


def opened(config: Config) -> Store:
    """Return the store that the configuration names; raises `ConfigError` where it names none."""
    if config.store is None:
        raise ConfigError(
            'no store is named; set `server` of [store], like "https://clickhouse:8443/overheal", '
            "or OVERHEAL_STORE__SERVER"
        )
    return open_store(config.store)


def standing(admin: Admin, topic: str) -> tuple[str, int]:
    """Return the epoch of a topic and its count of partitions.

    Raises `BrokerUnavailable` also while the topic is gone: it may be made anew.
    """
    found = admin.describe([topic]).get(topic)
    if found is None:
        raise BrokerUnavailable(f"{topic} does not exist; `overheal topics create` makes it")
    return found.epoch, found.partitions
