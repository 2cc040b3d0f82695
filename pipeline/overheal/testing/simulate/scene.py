"""Where a trouble happens: it adds events, and says what they were."""

from __future__ import annotations

from typing import Any

import numpy as np

from overheal.model import Event
from overheal.testing.simulate.fleet import Fleet
from overheal.testing.simulate.making import action, micros, observation
from overheal.testing.simulate.plan import Plan
from overheal.testing.simulate.truth import Stretch


class Scene:
    """One trouble's events, with a Generator and ids of its own; times are seconds from the start.

    `name` is the trouble's kind and number, and part of the names of agents that only it has.
    """

    def __init__(self, plan: Plan, fleet: Fleet, name: str, rng: np.random.Generator) -> None:
        self.plan = plan
        self.fleet = fleet
        self.name = name
        self.rng = rng
        self.events: list[Event] = []
        self.truth: list[Stretch] = []

    def agent(self, role: str) -> str:
        """Return the name of an agent of this trouble alone."""
        return f"{role}-of-{self.name}"

    def act(self, at: float, service: int | None, **fields: Any) -> Event:
        """Add an action that is told at `at`; see `making.action` for the fields."""
        event_id = fields.pop("id", f"{self.name}-{len(self.events):04d}")
        where = {} if service is None else self.place(service)
        made = action(event_id, self.moment(at), **{**where, **fields})
        self.events.append(made)
        return made

    def write(self, at: float, service: int, agent: str, new: Any, **fields: Any) -> Event:
        """Add a written value of a service's deployment, by default its replicas."""
        usual: dict[str, Any] = {
            "kind": "script",
            "type_": "scale",
            "trigger": "policy",
            "field": "replicas",
            "target": self.fleet.deployments[service],
        }
        return self.act(at, service, agent=agent, new=new, **{**usual, **fields})

    def see(self, at: float, service: int | None, **fields: Any) -> Event:
        """Add an observation; see `making.observation` for the fields."""
        event_id = f"{self.name}-{len(self.events):04d}"
        where = {} if service is None else self.place(service)
        made = observation(event_id, self.moment(at), **{**where, **fields})
        self.events.append(made)
        return made

    def label(
        self,
        kind: str,
        events: list[Event],
        *,
        harmful: bool = True,
        steps: list[int] | None = None,
        until: float | None = None,
    ) -> None:
        """Say what these events are; steps are their times unless told."""
        events = sorted(events, key=lambda event: (event.time, event.id))
        ends = events[-1].time if until is None else self.moment(until)
        self.truth.append(
            Stretch(
                kind=kind,
                label=self.name,
                harmful=harmful,
                services=_each(event.service for event in events),
                agents=_each(event.agent for event in events),
                start=events[0].time,
                until=ends,
                events=tuple(event.id for event in events),
                steps=tuple([event.time for event in events] if steps is None else steps),
                targets=_each(str(event.target) for event in events if event.target),
            )
        )

    def place(self, service: int) -> dict[str, str]:
        """Return where a service's events belong."""
        return {"service": self.fleet.services[service], "scope": self.fleet.scopes[service]}

    def moment(self, seconds: float) -> int:
        """Return seconds from the start as microseconds UTC."""
        return micros(self.plan.begin, seconds)

    def lag(self, between: tuple[float, float], spread: str = "none") -> float:
        """Return a number of seconds between two: their middle, evenly, or log-normally spread."""
        low, high = between
        if spread == "none":
            return (low + high) / 2
        if spread == "lognormal":
            middle, sigma = float(np.sqrt(low * high)), float(np.log(high / low) / 4)
            return float(np.clip(middle * self.rng.lognormal(0, sigma), low, high))
        return float(self.rng.uniform(low, high))


def _each(names: Any) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))
