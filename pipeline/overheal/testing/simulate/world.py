"""What every concern of a fleet's life reads, and the events that several of them make."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from overheal.model import Detail, Event
from overheal.testing.simulate.fleet import Fleet
from overheal.testing.simulate.gaps import DAY, HOUR
from overheal.testing.simulate.making import action, micros
from overheal.testing.simulate.plan import Plan, generator

REPLICAS = 4
"""How many replicas every service begins with."""


class World(NamedTuple):
    """What every concern reads."""

    plan: Plan
    fleet: Fleet
    seed: int
    quiet: frozenset[int]

    def rng(self, concern: str, number: int = 0) -> np.random.Generator:
        """Return a concern's own Generator."""
        return generator(self.seed, concern, number)

    def at(self, seconds: float) -> int:
        """Return a moment in microseconds UTC."""
        return micros(self.plan.begin, seconds)


def within(plan: Plan, low: float, high: float) -> list[int]:
    """Return the services in this part of their scopes, by place: shares from 0 to 1.

    Those that are autoscaled stand last in their scopes, so that the first are left alone.
    """
    share = (5**0.5 - 1) / 2
    places = [
        (service % plan.per_scope + service // plan.per_scope * share % 1) / plan.per_scope
        for service in range(plan.services)
    ]
    return [service for service, place in enumerate(places) if low <= place < high]


def scale(  # noqa: PLR0917 - one place for what differs
    world: World, event_id: str, at: float, service: int, old: int, new: int,
    *, agent: str, kind: str, mandate: str, trigger: str,
) -> Event:  # fmt: skip
    """Return an agent's change of a service's replicas at `at` seconds."""
    return action(
        event_id, world.at(at), agent=agent, kind=kind, type_="scale",
        service=world.fleet.services[service], scope=world.fleet.scopes[service],
        trigger=trigger, condition=f"{trigger} asks for {new}", mandate=mandate,
        target=world.fleet.deployments[service], field="replicas", old=old, new=new,
    )  # fmt: skip


def setting(  # noqa: PLR0917 - one place for what differs
    world: World, event_id: str, at: float, service: int, agent: str, kind: str, mandate: str,
    trigger: str, rng: np.random.Generator,
) -> Event:  # fmt: skip
    """Return an agent's change of one of a service's settings at `at` seconds."""
    fields = ("timeout_ms", "pool_size", "cache_mib", "workers")
    detail = None
    if kind == "ai_agent":
        sure = float(rng.uniform(0.8, 0.99))
        seen = (("metrics", "latency", "degraded"), ("traces", "latency", "degraded"))
        detail = Detail(autonomy_level=2, confidence=sure, evidence=seen, authority="automatic")
    return action(
        event_id, world.at(at), agent=agent, kind=kind, type_="config_change",
        service=world.fleet.services[service], scope=world.fleet.scopes[service],
        trigger=trigger, condition="latency could be better", mandate=mandate, duration=2.0,
        target=world.fleet.deployments[service], field=fields[int(rng.integers(len(fields)))],
        new=int(rng.integers(100, 10_000)), detail=detail,
    )  # fmt: skip


def now_and_then(world: World, rng: np.random.Generator, rate: str) -> Iterator[tuple[float, int]]:
    """Yield moments in office hours, and for each a service: so many per scope and week."""
    plan = world.plan
    scopes = math.ceil(plan.services / plan.per_scope)
    many = rng.poisson(getattr(plan, rate) * scopes * plan.days / 7)
    days = rng.uniform(0, plan.days, many) // 1
    times = np.sort(days * DAY + rng.uniform(8, 19, many) * HOUR)
    times = times[times < plan.days * DAY]
    yield from zip(times.tolist(), rng.integers(0, plan.services, many).tolist(), strict=False)
