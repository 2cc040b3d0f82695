"""One scope in which much happens at once: agents with mandates that change, repair and get seen.

Six in ten events change a field, three repair something that failed, some because of what happened
just before, and one in twenty says that users feel it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from overheal.catalog import Catalog
from overheal.model import Event, Target
from tests.support.made import History, catalog_of

FIELDS = ("replicas", "cpu", "memory", "weight", "version")
LATEST = 20


@dataclass(frozen=True)
class Scope:
    """How much there is of what; `per_second` is in event time, every target a service's own.

    `catalog` says what it knows of the services: nothing, each alone, or that all need one thing.
    """

    per_second: float = 10.0
    agents: int = 10
    services: int = 100
    catalog: str = "nothing"


BASE = Scope()
GROWN: dict[str, tuple[Scope, ...]] = {
    f"{what}, the catalog knows {known}": tuple(
        replace(BASE, catalog=known, **{name: size}) for size in sizes
    )
    for known in ("nothing", "each alone", "what all need")
    for what, name, sizes in (
        ("events a second", "per_second", (1.0, 10.0, 100.0)),
        ("agents", "agents", (3, 30, 300)),
        ("services and targets", "services", (10, 100, 1_000)),
    )
} | {
    "agents, all on one target": tuple(
        replace(BASE, agents=agents, services=1) for agents in (3, 30, 300)
    )
}


def size_of(scopes: tuple[Scope, ...]) -> tuple[float, ...]:
    """Return what differs between scopes.

    >>> size_of((Scope(agents=1), Scope(agents=10)))
    (1, 10)
    """
    for name in ("per_second", "agents", "services"):
        sizes = tuple(getattr(scope, name) for scope in scopes)
        if len(set(sizes)) > 1:
            return sizes
    raise ValueError("all are the same")


def catalog(scope: Scope) -> Catalog:
    """Return what is known of a scope's services."""
    if scope.catalog == "nothing":
        return Catalog()
    needs = ["db"] if scope.catalog == "what all need" else []
    known = {f"svc-{n}": {"depends_on": needs, "scope": "shop"} for n in range(scope.services)}
    return catalog_of(services={"db": {"scope": "shop"}, **known})


def made(scope: Scope, count: int, seed: int = 1) -> list[Event]:
    """Return so many events of a scope, in order."""
    rng, history = random.Random(seed), History()
    values: dict[tuple[int, str], int] = {}
    for number in range(count):
        at, kind = number / scope.per_second, rng.random()
        service, agent = rng.randrange(scope.services), rng.randrange(scope.agents)
        if kind >= 0.95:
            history.felt(at, service=f"svc-{service}")
            continue
        fields = {
            "agent": f"agent-{agent}",
            "agent_kind": "ai_agent",
            "mandate": f"mandate-{agent}",
            "service": f"svc-{service}",
            "target": Target("Deployment", f"svc-{service}", "shop"),
        }
        if kind < 0.6:
            place = service, rng.choice(FIELDS)
            old = values.get(place, 30)
            new = values[place] = old + rng.choice([1, 1, 2, -3])
            history.write(at, value=new, old=old, field=place[1], **fields)
        else:
            causes = rng.sample(history.events[-LATEST:], 1) if history.events else []
            caused = tuple(cause.id for cause in causes) if kind >= 0.75 else ()
            history.recovery(at, condition=f"c{number % 3}", caused_by=caused, **fields)
    return history.events
