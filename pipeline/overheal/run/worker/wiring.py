"""Wiring of `overheal worker`: configuration, store, Kafka, the operations front, and the loop."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from functools import partial

from overheal.clock import SystemClock
from overheal.kafka import topics
from overheal.kafka.admin import Admin
from overheal.kafka.consumer import Consumer
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.model import DAY, HOUR, MINUTE
from overheal.run import config as configuration
from overheal.run import logs
from overheal.run.bounds import Bounds
from overheal.run.config import Config
from overheal.run.garbage import collect_less
from overheal.run.inputs import Inputs, Reloading
from overheal.run.metrics import Metrics
from overheal.run.operations import Operations
from overheal.run.patience import insisted
from overheal.run.poison import Poison
from overheal.run.starting import standing
from overheal.run.stopping import Signals
from overheal.run.stored import opened
from overheal.run.topics import specifications
from overheal.run.worker.loop import Worker
from overheal.run.worker.parts import Parts
from overheal.run.worker.publishing import Publisher
from overheal.run.worker.rebuild import Making
from overheal.run.worker.settling import Settler
from overheal.run.worker.watch import Watch
from overheal.run.worker.writing import Writer

LOGGER = logging.getLogger(__name__)


def work(config_path: str | None, catalog_path: str | None) -> None:
    """Run until a stop is asked for.

    Raises `ConfigError`, `TopicError` where a topic is missing or wrong, `StoreError` where the
    store is not this version's, and what `Worker.run` raises.
    """

    def loaded() -> Config:
        return configuration.load(config_path, catalog_path, os.environ)

    config = loaded()
    logs.set_up(config.log, config.secrets())
    collect_less()
    clock, metrics = SystemClock(), Metrics()
    watch = Watch(metrics, clock)
    with ExitStack() as stack:
        signals = stack.enter_context(Signals())
        stack.enter_context(Operations(config.operations.listen, metrics, watch.health))
        store = insisted(lambda: opened(config), signals, watch.troubled)
        if store is None:
            return
        stack.callback(store.close)
        verify = partial(topics.verify, config.kafka, specifications(config))
        if insisted(lambda: verify() or True, signals, watch.troubled) is None:
            return
        second = stack.enter_context(store.another())
        stack.enter_context(Settler(stack.enter_context(store.another())))
        producer = Producer(config.kafka)
        stack.callback(producer.close)
        reader = Reader(config.kafka, config.topics.control)
        stack.callback(reader.close)
        author = f"worker {os.uname().nodename} {os.getpid()}"
        inputs = Inputs(reader, producer, config.topics.control, author)
        rules = inputs.start(config.judging(), clock.now())
        publisher = Publisher(producer, config.topics, rules)
        settings = config.worker
        making = Making(
            store=store,
            rules=rules,
            lateness=settings.lateness_minutes * MINUTE,
            bounds=Bounds(settings.retention_days * DAY, settings.ahead_hours * HOUR),
            redactor=config.redactor,
            poison=Poison(settings.poison_limit, "worker.poison_limit"),
        )
        topic, admin = config.topics.events, Admin(config.kafka)
        timed = Reloading(inputs, store, lambda: loaded().judging(), signals, clock)
        parts = Parts(
            topic=topic,
            settings=settings,
            making=making,
            publisher=publisher,
            writer=Writer(second, publisher, clock, watch),
            watch=watch,
            clock=clock,
            signals=signals,
            describe=partial(standing, admin, topic),
            lowest=partial(admin.lowest, topic),
            inputs=timed,
        )
        member = partial(Consumer, config.kafka, topic, settings.group, instance=settings.instance)
        LOGGER.info("reading %s as %s", topic, settings.group)
        stored = Worker(parts, member).run()
    LOGGER.info("stopped; everything read is stored and committed" if stored else "stopped")
