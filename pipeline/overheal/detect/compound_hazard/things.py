"""Which things an act concerns."""

from __future__ import annotations

import msgspec

from overheal.detect.base import Owners
from overheal.model import Target

TARGET = "\0"
"""What the name of a target begins with, and that of a service does not."""

SERVICES_KEPT = 20_000
"""Services of which what they concern is looked up once."""


class Things(msgspec.Struct, frozen=True):
    """What an act concerns: by what the catalog says of its service, or only by a name.

    The catalog says nothing of a service exactly where `named` is not empty.
    """

    known: frozenset[str]
    named: frozenset[str] = frozenset()


def things_of(service: str, owners: Owners) -> Things:
    """Return what acts on a service concern: itself and all that it needs."""
    entry = owners.entry(service) if service else None
    name = short(service)
    if entry is None:
        return Things(frozenset(), frozenset({service, name}))
    own = name if owners.entry(name) is entry else service
    return Things(owners.needs(service) | {own})


def target_key(target: Target) -> str:
    """Return the name of a target among things."""
    parts = (target.kind, target.cluster, target.region, target.namespace, target.name)
    return TARGET + "\0".join(parts)


def is_target(thing: str) -> bool:
    """Whether a thing is a target rather than a service."""
    return thing.startswith(TARGET)


def short(service: str) -> str:
    """Return a service's name without what it belongs to."""
    return service.rpartition("/")[2]


class Lookup:
    """What acts on each service concern; the same for as long as the same catalog holds."""

    def __init__(self, owners: Owners) -> None:
        self.owners = owners
        self._known: dict[str, Things] = {}

    def things(self, service: str) -> Things:
        """Return what acts on a service concern."""
        found = self._known.get(service)
        if found is None:
            if len(self._known) >= SERVICES_KEPT:
                self._known.clear()
            found = self._known[service] = things_of(service, self.owners)
        return found
