"""What tests of faults share: quick clients, a moment to strike, and partitions that never idle."""

from __future__ import annotations

import threading
from random import Random
from time import sleep
from typing import Self

from confluent_kafka import Producer

from tests.support import children
from tests.support.plant import Plant

SESSION_SECONDS = 3.0
BRISK = """
[kafka.properties]
"session.timeout.ms" = 3000
"heartbeat.interval.ms" = 500
"reconnect.backoff.max.ms" = 1000
"""
"""Clients that notice a loss within seconds."""


class Pulse:
    """Writes an empty record to every partition, four times a second, within its `with` block.

    Stories tell of the past, so a partition that comes to its end would make the rest of one late.
    """

    def __init__(self, plant: Plant) -> None:
        self._topic, self._partitions = plant.names.events, plant.partitions
        own = {"reconnect.backoff.max.ms": 100, "linger.ms": 0}
        self._driver = Producer({**plant.kafka.producer(), **own})
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        assert self._driver.flush(60) == 0

    def _run(self) -> None:
        while not self._done.wait(0.25):
            for partition in range(self._partitions):
                self._driver.produce(self._topic, None, b"pulse", partition)
            self._driver.poll(0)


def some_read(plant: Plant, rng: Random, before: int, produced: int) -> None:
    """Wait until a part of what was produced is in the ledger, and for a moment more."""
    wanted = before + rng.randrange(produced)
    children.until(lambda: plant.read() >= wanted, f"{wanted} records in the ledger")
    sleep(rng.uniform(0, 0.3))
