"""Wiring of `overheal fleet`: configuration, store, Kafka, the operations front, and the loop."""

from __future__ import annotations

import logging
import os
import time
from contextlib import ExitStack
from functools import partial

from overheal.clock import SystemClock
from overheal.kafka import topics
from overheal.kafka.admin import Admin
from overheal.kafka.consumer import Consumer
from overheal.kafka.producer import Producer
from overheal.kafka.reader import Reader
from overheal.model import MINUTE
from overheal.run import config as configuration
from overheal.run import logs
from overheal.run.fleet.loop import Fleet, Parts
from overheal.run.garbage import collect_less
from overheal.run.inputs import Inputs, Reloading
from overheal.run.metrics import Metrics
from overheal.run.operations import Health, Operations
from overheal.run.patience import insisted
from overheal.run.starting import standing
from overheal.run.stopping import Signals
from overheal.run.stored import opened
from overheal.run.topics import specifications

LOGGER = logging.getLogger(__name__)


def fleet(config_path: str | None, catalog_path: str | None) -> None:
    """Run until a stop is asked for; raises as the worker's wiring does."""
    config = configuration.load(config_path, catalog_path, os.environ)
    logs.set_up(config.log, config.secrets())
    collect_less()
    clock, metrics = SystemClock(), Metrics()
    waiting = Waiting()
    with ExitStack() as stack:
        signals = stack.enter_context(Signals())
        stack.enter_context(Operations(config.operations.listen, metrics, waiting.health))
        store = insisted(lambda: opened(config), signals, waiting.troubled)
        if store is None:
            return
        stack.callback(store.close)
        verify = partial(topics.verify, config.kafka, specifications(config))
        if insisted(lambda: verify() or True, signals, waiting.troubled) is None:
            return
        teller = Producer(config.kafka)
        stack.callback(teller.close)
        control = Reader(config.kafka, config.topics.control)
        stack.callback(control.close)
        inputs = Inputs(control, teller, config.topics.control, f"fleet {os.uname().nodename}")
        rules = inputs.start(config.judging(), clock.now(), insist=False)
        names = config.topics
        parts = Parts(
            topics=names,
            store=store,
            rules=rules,
            lateness=config.worker.lateness_minutes * MINUTE,
            hold_seconds=config.fleet.hold_seconds,
            drain_seconds=config.worker.drain_seconds,
            metrics=metrics,
            clock=clock,
            signals=signals,
            producer=lambda: Producer(config.kafka, transactional_id=f"{names.activity}.fleet"),
            findings=lambda: Reader(config.kafka, names.findings),
            describe=partial(standing, Admin(config.kafka), names.activity),
            inputs=Reloading(inputs, store, None, signals, clock),
        )
        member = partial(Consumer, config.kafka, names.activity, config.fleet.group)
        process = Fleet(parts, member)
        waiting.process = process
        LOGGER.info("reading %s as %s", names.activity, config.fleet.group)
        process.run()
    LOGGER.info("stopped")


class Waiting:
    """How the process is, also before it is one."""

    def __init__(self) -> None:
        self.process: Fleet | None = None
        self._reason = "starting"

    def troubled(self, reason: str) -> None:
        """Take note why nothing goes on."""
        self._reason = reason

    def health(self) -> Health:
        """Return how the process is."""
        if self.process is not None:
            return self.process.health()
        return Health(time.monotonic(), [self._reason or "starting"])
