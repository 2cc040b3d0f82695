"""What a simulated fleet is and what happens in it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from overheal.model import MICROSECOND
from overheal.testing.simulate.gaps import Recoveries
from overheal.testing.simulate.reporting import Reporting

if TYPE_CHECKING:
    from overheal.testing.simulate.scene import Scene

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Trouble:
    """Something to be injected: `happen` adds its events and its label to a scene.

    Services in `quiet` have no recoveries but those of the trouble; `catalog` is what their owners
    say of them beside what they depend on. `drills` without automation are declared of a service,
    from one moment to another, in seconds from the start.
    """

    kind: str
    happen: Callable[[Scene], None]
    quiet: frozenset[int] = frozenset()
    catalog: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    drills: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True)
class Plan:
    """A fleet and its life; rates of 0 leave something out.

    `autoscaled` and `costed` are shares of the services, the last ones in scopes of `per_scope`.
    The rates: releases per service and week, nodes lost in the fleet per week, acts by hand and by
    AI agents per scope and week. With `counters`, every pod's number of restarts is told every
    `counters` seconds. `start` is a Monday, UTC.
    """

    services: int = 100
    days: float = 7.0
    per_scope: int = 10
    nodes: int = 40
    start: datetime = MONDAY
    recoveries: Recoveries | None = field(default_factory=Recoveries)
    autoscaled: float = 0.3
    costed: float = 0.1
    releases_per_week: float = 2.0
    node_losses_per_week: float = 1.0
    by_hand_per_week: float = 1.0
    by_ai_per_week: float = 1.0
    counters: float = 0.0
    reporting: Reporting = field(default_factory=Reporting)
    troubles: tuple[Trouble, ...] = ()

    @property
    def begin(self) -> int:
        """The start in microseconds UTC."""
        return round(self.start.timestamp()) * MICROSECOND

    @property
    def end(self) -> int:
        """The end in microseconds UTC."""
        return self.begin + round(self.days * 86_400) * MICROSECOND


def generator(seed: int, concern: str, number: int = 0) -> np.random.Generator:
    """Return the Generator of one concern: nobody else's draws change what it draws."""
    return np.random.default_rng([seed, zlib.crc32(concern.encode()), number])
