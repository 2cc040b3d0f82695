"""Scopes that can be judged apart from each other, cut into pieces of work.

Places (as events name them) belong together where a catalog puts them into one scope, or where
users felt one through the other; what belongs together is judged together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from overheal.catalog import Catalog
from overheal.stages.felt import felt_from
from overheal.store.past import StoredPlace

PIECE = 100_000
"""How many events are asked for at once, about."""


@dataclass
class Group:
    """Places that are judged together."""

    places: list[StoredPlace] = field(default_factory=list)

    @property
    def events(self) -> int:
        """How many events there are, at most."""
        return sum(place.events for place in self.places)


def groups(places: Sequence[StoredPlace], catalogs: Sequence[Catalog]) -> list[Group]:
    """Return the groups of all places, by the name of their first service.

    Raises `ConfigError` where a short name of a catalog fits two of the services.
    """
    parents: dict[str, str] = {}
    homes: dict[StoredPlace, str] = {}
    for place in places:
        scopes = [scope for catalog in catalogs for scope in _scopes(place, catalog)]
        homes[place] = scopes[0]
        for scope in scopes:
            _union(parents, scopes[0], scope)
    found: dict[str, Group] = {}
    for place in places:
        found.setdefault(_root(parents, homes[place]), Group()).places.append(place)
    return sorted(found.values(), key=lambda group: group.places[0].service)


def batches(every: Iterable[Group], piece: int = PIECE) -> Iterator[list[Group]]:
    """Return groups, small ones together, so that each batch is about `piece` events."""
    waiting: list[Group] = []
    events = 0
    for group in every:
        if waiting and events + group.events > piece:
            yield waiting
            waiting, events = [], 0
        waiting.append(group)
        events += group.events
    if waiting:
        yield waiting


def pieces(every: Iterable[Group], piece: int = PIECE) -> Iterator[Group]:
    """Return such batches, each as one group."""
    for batch in batches(every, piece):
        yield Group([place for group in batch for place in group.places])


def slices(group: Group, start: int, end: int, piece: int = PIECE) -> list[tuple[int, int]]:
    """Return spans of time (microseconds UTC) that together are [start, end), for one group."""
    first = max(start, min(place.first_at for place in group.places))
    last = min(end, max(place.last_at for place in group.places) + 1)
    count = max(1, -(-group.events // piece))
    width = max(1, -(-(last - first) // count))
    return [(at, min(at + width, last)) for at in range(first, last, width)]


def of_services(every: Iterable[Group], services: Collection[tuple[str, str]]) -> list[Group]:
    """Return the groups that hold one of these (environment, service)."""
    return [
        group
        for group in every
        if any((place.environment, place.service) in services for place in group.places)
    ]


def home(catalog: Catalog, place: StoredPlace) -> tuple[str, str]:
    """Return a place's service and the name of its scope, as drills are declared for them."""
    return place.service, catalog.place_of(*place.name).scope.partition("\0")[2]


def _scopes(place: StoredPlace, catalog: Catalog) -> Iterator[str]:
    """Return the scopes that events of a place are told to, its own first."""
    home = catalog.place_of(*place.name)
    yield home.scope
    if place.felt:
        yield from felt_from(catalog, place.environment, place.service) - {home.scope}


def _root(parents: dict[str, str], name: str) -> str:
    parent = parents.setdefault(name, name)
    while parent != parents[parent]:
        parents[parent] = parents[parents[parent]]
        parent = parents[parent]
    parents[name] = parent
    return parent


def _union(parents: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first
