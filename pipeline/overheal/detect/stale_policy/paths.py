"""Which recovery paths the catalog declares for a service, and since when each is unused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from overheal.detect.stale_policy.memory import Watched
from overheal.model import MICROSECOND


class Declared(msgspec.Struct, frozen=True, gc=False):
    """One declared path: the action that recovers, and since when that was not exercised.

    `since` is microseconds UTC; it is when the service was first seen where it `never` was.
    """

    name: str
    recovery: str
    since: int
    never: bool


def declared(entry: Any, environment: str, watched: Watched) -> list[Declared]:
    """Return the paths of an entry (`catalog.ServiceEntry` or None) that say how to recover."""
    if entry is None or entry.environment not in (None, environment):
        return []
    return [
        _declared(name, mode.recovery, mode.last_tested, watched)
        for name, mode in entry.failure_modes.items()
        if mode.recovery is not None
    ]


def _declared(name: str, recovery: str, tested: date | None, watched: Watched) -> Declared:
    exercised = watched.exercised.get(recovery)
    known = [_midnight(tested)] if tested is not None else []
    known += [exercised.at] if exercised is not None else []
    never = not known
    return Declared(name, recovery, watched.first.at if never else max(known), never)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * MICROSECOND
