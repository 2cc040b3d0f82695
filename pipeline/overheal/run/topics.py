"""`overheal topics`: making, checking and growing the topics that the configuration names."""

from __future__ import annotations

import os
from collections.abc import Sequence

from overheal.kafka import topics
from overheal.kafka.specification import Problem, TopicSpec
from overheal.run import config as configuration
from overheal.run.config import Config


def specifications(config: Config) -> list[TopicSpec]:
    """Return what the topics of a configuration must be."""
    chosen = config.topic_settings
    return topics.specifications(
        config.topics, chosen.partitions, chosen.replication, chosen.retention_days
    )


def create(config_path: str | None) -> Sequence[topics.Made]:
    """Make the topics that are missing; raises `ConfigError`, `BrokerError`."""
    config = _load(config_path)
    return topics.create(config.kafka, specifications(config))


def check(config_path: str | None, sample: int) -> Sequence[Problem]:
    """Return where topics are not as they must be; raises `ConfigError`, `BrokerError`."""
    config = _load(config_path)
    return topics.check(config.kafka, specifications(config), sample)


def add_partitions(config_path: str | None, topic: str, count: int) -> None:
    """Give a topic `count` partitions; raises `ConfigError`, `BrokerError`."""
    topics.add_partitions(_load(config_path).kafka, topic, count)


def _load(config_path: str | None) -> Config:
    return configuration.load(config_path, None, os.environ)
