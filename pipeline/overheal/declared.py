"""What people declared by command: expectations and drills, each with the times of its own.

The first declaration of an id says what it is; a later record of the same id can only end it. So
the same records give the same answer however often they are read, and what was judged stays.
"""

from __future__ import annotations

import msgspec

from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import DAY

Record = Expectation | DeclaredDrill

DAYS_KEPT = 1_000
"""Days of which it is remembered which drills they had."""


class Declared:
    """All expectations and drills that were ever declared, by id."""

    def __init__(self) -> None:
        self.expectations: dict[str, Expectation] = {}
        self.drills: dict[str, DeclaredDrill] = {}
        self._of_service: dict[str, list[str]] = {}
        self._of_day: dict[int, list[DeclaredDrill]] = {}

    def add(self, record: Record) -> bool:
        """Take a record; return whether anything is otherwise for it."""
        if isinstance(record, Expectation):
            return self._expect(record)
        return self._drill(record)

    def record(self, like: Record) -> Record:
        """Return what is known by the id of a record, of its kind."""
        if isinstance(like, Expectation):
            return self.expectations[like.id]
        return self.drills[like.id]

    def expected(self, environment: str, service: str, detector: str, at: int) -> list[Expectation]:
        """Return what is expected of a service at `at` (microseconds UTC), void or not.

        With `detector` "" whatever is expected of the service is returned.
        """
        ids = self._of_service.get(service, [])
        short = service.rpartition("/")[2]
        if short != service:
            ids = ids + self._of_service.get(short, [])
        return [
            one
            for one in map(self.expectations.__getitem__, ids)
            if one.since <= at < one.end
            and (not detector or one.detector in ("", detector))
            and one.fits(environment, service)
        ]

    def drill_at(self, service: str, scope: str, time: int) -> str:
        """Return the id of the drill of a service that is under way at `time`, or `""`.

        Of several it is the one that began first. However many there ever were, only those of the
        day are looked at.
        """
        day = time // DAY
        drills = self._of_day.get(day)
        if drills is None:
            drills = self._drills_of(day)
        for drill in drills:
            if drill.holds(time) and drill.covers(service, scope):
                return drill.id
        return ""

    def _expect(self, record: Expectation) -> bool:
        known = self.expectations.get(record.id)
        if known is None:
            self.expectations[record.id] = record
            self._of_service.setdefault(record.service, []).append(record.id)
            return True
        end = _earlier(known.removed_at, record.removed_at)
        if end == known.removed_at:
            return False
        self.expectations[record.id] = msgspec.structs.replace(known, removed_at=end)
        return True

    def _drill(self, record: DeclaredDrill) -> bool:
        known = self.drills.get(record.id)
        self._of_day.clear()
        if known is None:
            self.drills[record.id] = record
            return True
        end = _earlier(known.ended_at, record.ended_at)
        if end == known.ended_at:
            return False
        self.drills[record.id] = msgspec.structs.replace(known, ended_at=end)
        return True

    def _drills_of(self, day: int) -> list[DeclaredDrill]:
        """Return the drills of a day, the first to begin first, and remember them for a while."""
        if len(self._of_day) >= DAYS_KEPT:
            self._of_day.clear()
        start = day * DAY
        found = [one for one in self.drills.values() if one.since < start + DAY and one.end > start]
        found.sort(key=lambda one: (one.since, one.id))
        self._of_day[day] = found
        return found


def _earlier(one: int | None, other: int | None) -> int | None:
    known = [end for end in (one, other) if end is not None]
    return min(known, default=None)
