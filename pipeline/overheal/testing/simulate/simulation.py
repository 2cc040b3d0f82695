"""From a plan to events and truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from heapq import merge
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from overheal.model import Event
from overheal.testing.simulate.fleet import Fleet
from overheal.testing.simulate.making import document_of
from overheal.testing.simulate.ordinary import CONCERNS
from overheal.testing.simulate.plan import Plan, generator
from overheal.testing.simulate.reporting import Arrival
from overheal.testing.simulate.scene import Scene
from overheal.testing.simulate.truth import Stretch
from overheal.testing.simulate.world import World


class Simulation:
    """One history of a fleet; every iteration over it gives the same events again.

    `truth` is what was injected, in order of its start. `catalog` is what owners say, as the parsed
    catalog file. Only the times of ordinary life and the events of troubles are held in memory.
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        self.seed = seed
        self.fleet = Fleet(plan.services, plan.per_scope, plan.nodes)
        quiet = frozenset(chain.from_iterable(one.quiet for one in plan.troubles))
        self._world = World(plan, self.fleet, seed, quiet)
        self._scenes = self._play()
        labels = chain.from_iterable(scene.truth for scene in self._scenes)
        self.truth: list[Stretch] = sorted(labels, key=lambda item: (item.start, item.label))

    @property
    def catalog(self) -> dict[str, Any]:
        """The catalog file's content: dependencies, and what troubles need owners to have said."""
        services, drills = self.fleet.catalog(), list[dict[str, Any]]()
        for trouble in self.plan.troubles:
            for service, entry in trouble.catalog.items():
                services.setdefault(self.fleet.services[service], {}).update(entry)
            drills += [
                {
                    "id": f"drill-{len(drills) + nth}",
                    "services": [self.fleet.services[service]],
                    "from": self.plan.start + timedelta(seconds=round(start)),
                    "until": self.plan.start + timedelta(seconds=round(until)),
                    "owner": "ada",
                    "no_automation": True,
                }
                for nth, (service, start, until) in enumerate(trouble.drills)
            ]
        return {"services": services, "drills": drills}

    def arrivals(self) -> Iterator[tuple[int, Event]]:
        """Yield when each event arrives (microseconds UTC) and the event, in order of arrival."""
        for at, _, event in merge(*self._streams()):
            yield at, event

    def events(self) -> Iterator[Event]:
        """Yield events, decoded, in order of arrival; their `document` is empty."""
        for _, event in self.arrivals():
            yield event

    def documents(self) -> Iterator[bytes]:
        """Yield canonical documents, each a line of JSON, in order of arrival."""
        for event in self.events():
            yield document_of(event) + b"\n"

    def write(self, folder: Path) -> None:
        """Write `events.jsonl`, and beside it `truth.jsonl` and `catalog.json`, into a folder."""
        with (folder / "events.jsonl").open("wb") as file:
            file.writelines(self.documents())
        with (folder / "truth.jsonl").open("wb") as file:
            file.writelines(msgspec.json.encode(stretch) + b"\n" for stretch in self.truth)
        (folder / "catalog.json").write_bytes(msgspec.json.encode(self.catalog))

    def _streams(self) -> Iterator[Iterator[Arrival]]:
        report, end = self.plan.reporting.report, self.plan.end
        for name, concern in CONCERNS.items():
            events = (event for event in concern(self._world) if event.time < end)
            yield report(events, self._world.rng(f"reporting {name}"))
        for scene in self._scenes:
            events = (event for event in scene.events if event.time < end)
            yield report(events, self._world.rng(f"reporting {scene.name}"))

    def _play(self) -> list[Scene]:
        scenes, numbers = [], Counter[str]()
        for trouble in self.plan.troubles:
            number = numbers[trouble.kind]
            numbers[trouble.kind] += 1
            rng = generator(self.seed, trouble.kind, number)
            scene = Scene(self.plan, self.fleet, f"{trouble.kind}-{number}", rng)
            trouble.happen(scene)
            scene.events.sort(key=lambda event: (event.time, event.id))
            scenes.append(scene)
        return scenes


def simulate(plan: Plan, seed: int) -> Simulation:
    """Return the history that a plan and a seed make; the same ones make the same history."""
    return Simulation(plan, seed)
