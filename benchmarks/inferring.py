"""Measure what the confidence of links between events is worth that rules infer.

    python -m benchmarks.inferring [--days N] [--seed N]

Fleets of `overheal.testing.simulate` live, and what caused what in them is taken out of their
events before they are stored: what events declare, which restarts a release brought, what each
write of a fight took back. A link is right where it joins an effect to one of these causes,
directly or indirectly. Prints Markdown tables of said confidence against the share that is right,
by rule and by fleet.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.confidence import by_confidence, by_group
from overheal.catalog import CatalogFile
from overheal.model import MICROSECOND, Event
from overheal.run.config.judging import to_judging
from overheal.store import Store, StoredEvent, TimedInput, inferring, open_store
from overheal.testing.simulate import (
    Plan,
    Recoveries,
    Simulation,
    Trouble,
    inject_cascade,
    inject_fight,
    inject_pressure,
    simulate,
)

BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


@dataclass(frozen=True)
class Remembering(Recoveries):
    """Recoveries that remember which of them releases brought, by release (seconds)."""

    brought: list[tuple[float, float]] = field(default_factory=list, compare=False)

    def _after(
        self, rng: np.random.Generator, releases: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        found = [
            (float(at), float(one))
            for at in releases
            for one in super(Remembering, self)._after(rng, np.array([at]))
        ]
        self.brought.extend(found)
        return np.array([one for _, one in found])


DEPLOYS = {"mean_extra": 0.6, "seconds": 240.0, "tail": "exponential"}
FLEETS: dict[str, Plan] = {
    "usual": Plan(services=60, recoveries=Remembering(deploys=DEPLOYS), node_losses_per_week=3.0),
    "releases break nothing": Plan(services=60, releases_per_week=5.0),
    "fragile": Plan(
        services=40,
        recoveries=Remembering(
            per_day=(1.0, 6.0), deploys={**DEPLOYS, "mean_extra": 1.5, "tail": "lognormal"},
            rhythm={"shape": "sine", "amplitude": 0.6, "weekend": 0.7},
        ),
    ),
    "busy": Plan(services=60, recoveries=Recoveries(per_day=(6.0, 24.0)), by_ai_per_week=20.0),
}  # fmt: skip


def troubles(plan: Plan, dice: random.Random) -> tuple[Trouble, ...]:
    """Return troubles at random moments: cascades, fights, pressure with and without a cause."""
    made: list[Trouble] = []
    last = plan.days * 86_400 - 7_200

    def when() -> float:
        return dice.uniform(3_600, last)

    for _ in range(int(plan.days)):
        base = dice.randrange(plan.services // plan.per_scope) * plan.per_scope
        made.append(inject_cascade([base, base + 1, base + dice.randrange(2, 9)], at=when()))
        made.append(inject_pressure(dice.randrange(plan.services), at=when()))
        made.append(inject_pressure(dice.randrange(plan.services), at=when(), scaled=False))
    made += [
        inject_fight(dice.randrange(plan.services), at=when(), rounds=8, spread="lognormal")
        for _ in range(int(plan.days / 2))
    ]
    return tuple(made)


def truth(made: Simulation, events: Sequence[Event]) -> dict[str, set[str]]:
    """Return the direct causes of each action or observation, by the names that rules use."""
    names = {event.id: event.action_id or event.id for event in events}
    causes: dict[str, set[str]] = defaultdict(set)
    for event in events:
        causes[names[event.id]] |= {names.get(one, one) for one in event.caused_by}
    for stretch in made.truth:
        if stretch.kind == "fight":
            for first, then in pairwise(stretch.events):
                causes[names[then]].add(names[first])
    deploys: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.type == "deploy":
            deploys[event.service].append(event)
        if event.type == "rollback" and deploys[event.service]:
            causes[names[event.id]].add(names[deploys[event.service][-1].id])
    _brought(made, events, names, deploys, causes)
    return causes


def _brought(
    made: Simulation,
    events: Sequence[Event],
    names: dict[str, str],
    deploys: dict[str, list[Event]],
    causes: dict[str, set[str]],
) -> None:
    """Add which restarts releases brought."""
    how = made.plan.recoveries
    if not isinstance(how, Remembering):
        return
    release_of = {round(at, 2): began for began, at in how.brought}
    for event in events:
        if event.type != "restart" or event.duration is None:
            continue
        began = (event.time - made.plan.begin) / MICROSECOND - event.duration
        release = release_of.get(round(began, 2))
        if release is None:
            continue
        for one in deploys[event.service]:
            if abs((one.time - made.plan.begin) / MICROSECOND - release) < 1:
                causes[names[event.id]].add(names[one.id])


def _above(name: str, causes: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for one in causes.get(ahead.pop(), ()):
            if one not in found:
                found.add(one)
                ahead.append(one)
    return found


def inferred(store: Store, made: Simulation) -> Iterator[tuple[str, float, bool]]:
    """Yield rule, confidence and truth of every link that is inferred of a fleet."""
    events = list(made.events())
    causes = truth(made, events)
    bare = [msgspec.structs.replace(event, caused_by=()) for event in events]
    catalog = CatalogFile.model_validate({"services": made.catalog["services"]})
    judging = to_judging({}, catalog).decode()
    store.write_inputs([TimedInput("rules", 0, "d", judging)])
    for start in range(0, len(bare), 50_000):
        store.write_events([StoredEvent(one) for one in bare[start : start + 50_000]])
    store.settle()
    rows = store._engine.rows(  # noqa: SLF001 - as the store says it
        "SELECT effect, cause, reason, confidence FROM causal_inferred"
    )
    for effect, cause, rule, sure in rows:
        yield rule, float(sure), cause in _above(effect, causes)


def measured(days: float, seed: int, fleets: Sequence[str]) -> list[tuple[str, str, float, bool]]:
    """Return fleet, rule, confidence and truth of every link."""
    found = []
    for name in fleets:
        dice = random.Random(f"{seed}-{name}")
        plan = replace(FLEETS[name], days=days)
        if isinstance(plan.recoveries, Remembering):
            plan = replace(plan, recoveries=replace(plan.recoveries, brought=[]))
        plan = replace(plan, troubles=troubles(plan, dice))
        with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "s") as store:
            found += [(name, *link) for link in inferred(store, simulate(plan, seed))]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=28)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="also links that are not followed")
    args = parser.parse_args()
    if args.all:
        inferring.LEAST = 0.0
    found = measured(args.days, args.seed, list(FLEETS))
    print(by_confidence([(said, right) for _, _, said, right in found], BINS, "links"), "\n")
    print(by_group([(rule, said, right) for _, rule, said, right in found], "rule", "links"), "\n")
    print(by_group([(fleet, said, right) for fleet, _, said, right in found], "fleet", "links"))


if __name__ == "__main__":
    main()
