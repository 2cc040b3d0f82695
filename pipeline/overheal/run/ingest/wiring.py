"""Wiring of `overheal ingest`: configuration, signals, the operations front, and the loop."""

from __future__ import annotations

import logging
import os

from overheal.clock import SystemClock
from overheal.kafka import topics
from overheal.model import DAY, HOUR
from overheal.run import config as configuration
from overheal.run import logs
from overheal.run.bounds import Bounds
from overheal.run.config import Config
from overheal.run.ingest.loop import Ingest, Place, Rules
from overheal.run.metrics import Metrics
from overheal.run.operations import Operations
from overheal.run.stopping import Signals
from overheal.run.topics import specifications

LOGGER = logging.getLogger(__name__)


def ingest(config_path: str | None, catalog_path: str | None) -> None:
    """Run until a stop is asked for.

    Raises `ConfigError`, `TopicError` where a topic is missing, and what `Ingest.run` raises.
    """

    def loaded() -> Config:
        return configuration.load(config_path, catalog_path, os.environ)

    config = loaded()
    logs.set_up(config.log, config.secrets())
    names = config.topics
    used = (names.actions, names.events, names.dead_letters)
    topics.verify(config.kafka, [spec for spec in specifications(config) if spec.name in used])
    place = Place(
        config.kafka,
        names,
        config.ingest.group,
        topics.topic_epoch(config.kafka, names.actions),
        config.worker.drain_seconds,
    )
    metrics, clock = Metrics(), SystemClock()
    with Signals() as signals:
        process = Ingest(
            place, rules(config), clock, signals, metrics, reload=lambda: rules(loaded())
        )
        with Operations(config.operations.listen, metrics, process.health):
            LOGGER.info("reading %s as %s", names.actions, config.ingest.group)
            process.run()
    LOGGER.info("stopped; what was read is in Kafka and committed, or left to the next owner")


def rules(config: Config) -> Rules:
    """Return what a configuration says about reading records."""
    chosen = config.ingest
    return Rules(
        catalog=config.catalog,
        redactor=config.redactor,
        adapters=config.adapters,
        bounds=Bounds(config.worker.retention_days * DAY, config.worker.ahead_hours * HOUR),
        insist=None if chosen.format == "auto" else chosen.format,
        poison_limit=chosen.poison_limit,
    )
