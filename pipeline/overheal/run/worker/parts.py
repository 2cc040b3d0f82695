"""What a worker works with, made by its wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from overheal.clock import Clock
from overheal.run.config.values import WorkerSettings
from overheal.run.stopping import Signals
from overheal.run.worker.publishing import Publisher
from overheal.run.worker.rebuild import Making
from overheal.run.worker.watch import Watch
from overheal.run.worker.writing import Writer


@dataclass
class Parts:
    """What a worker works with.

    `describe` returns the topic's epoch and count of partitions, `lowest` the first offset that a
    partition still holds; both raise `BrokerUnavailable`.
    """

    topic: str
    settings: WorkerSettings
    making: Making
    publisher: Publisher
    writer: Writer
    watch: Watch
    clock: Clock
    signals: Signals
    describe: Callable[[], tuple[str, int]]
    lowest: Callable[[int], int]
    inputs: Callable[[], None]
