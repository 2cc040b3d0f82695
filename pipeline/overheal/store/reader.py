"""Reading: the whole history, what holds from when, and the numbers people ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from overheal.declared import Declared
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import DAY, MICROSECOND, Event, Finding, Status, Tier, TierChange
from overheal.store.columns import to_events
from overheal.store.engine import SORTED, Engine
from overheal.store.rows import Found, HourlyRow, StoreCounts, StoredRecovery, TimedInput
from overheal.store.sql import query

_FOREVER = 2**62


class Reader:
    """Reads; every event comes once, however often it was delivered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def history(self, start: int | None = None, end: int | None = None) -> Iterator[list[Event]]:
        """Return all events with start ≤ time < end (microseconds UTC), in batches.

        They come in the order of (time, source, id), exactly as they were written. Memory is
        bounded by a batch and a sort's buffer. Writing meanwhile is safe; whether what is written
        comes too is not defined. Close the iterator where it is not read to its end.
        """
        first = max(0, start) if start is not None else 0
        last = min(end, _FOREVER) if end is not None else _FOREVER
        previous: tuple[str, str] | None = None
        for (month,) in self._engine.rows(query("months")):
            if not _overlaps(month, first, last):
                continue
            for block in self._engine.stream(
                query("history"), SORTED, ["document", "detail"], month=month, start=first, end=last
            ):
                batch = []
                for event in to_events(block):
                    if event.key != previous:
                        previous = event.key
                        batch.append(event)
                if batch:
                    yield batch

    def hourly(self, service: str = "") -> list[HourlyRow]:
        """Return recoveries per service and hour, of one service or of all."""
        found = self._engine.rows(query("hourly"), service=service)
        return [HourlyRow(*row) for row in found]

    def findings(self) -> list[Finding]:
        """Return all findings as they stand, oldest first."""
        return [_finding(row) for row in self._engine.rows(query("findings"))]

    def inputs(self) -> list[TimedInput]:
        """Return all documents that hold from a moment on, in that order, each once."""
        return [TimedInput(*row) for row in self._engine.rows(query("inputs"))]

    def declared(self) -> Declared:
        """Return the expectations and drills that were declared by command."""
        found = Declared()
        for row in self._engine.rows(query("expectations")):
            found.add(Expectation(**dict(zip(_EXPECTATION, row, strict=True))))
        for row in self._engine.rows(query("drills")):
            values = dict(zip(_DRILL, row, strict=True))
            for name in ("services", "scopes"):
                values[name] = tuple(values[name])
            found.add(DeclaredDrill(**values))
        return found

    def recoveries(self, service: str, start: int, end: int) -> list[StoredRecovery]:
        """Return automated recoveries with start ≤ at < end (µs UTC), as they were told.

        They are those of a service, by its full name or a short one.
        """
        rows = self._engine.rows(
            query("recoveries"), service=service, start=max(0, start), end=min(end, _FOREVER)
        )
        return [StoredRecovery(*row) for row in rows]

    def service_names(self) -> list[str]:
        """Return the full names of all services seen."""
        return [name for (name,) in self._engine.rows(query("service_names"))]

    def environment_names(self) -> list[str]:
        """Return all environments seen, in order."""
        return sorted(name for (name,) in self._engine.rows(query("environment_names")))

    def nearest_actions(self, wanted: str) -> list[str]:
        """Return [] where an action or event of an id is stored, else up to three ids like it.

        Of an empty store that is [""]. Reads all ids: for an error that helps.
        """
        rows = self._engine.rows(query("nearest_actions"), id=wanted)
        return [] if rows and rows[0][1] else [row[0] for row in rows] or [""]

    def columns(self) -> Found:
        """Return every table and view that people may ask about, with its columns."""
        names = ["table", "column", "type", "meaning"]
        rows = [tuple(row) for row in self._engine.rows(query("columns"))]
        return Found(names, ["String"] * 4, rows, more=False)

    def counts(self) -> StoreCounts:
        """Return what the store holds."""
        return StoreCounts(*self._engine.rows(query("counts"))[0])


_EXPECTATION = (
    *("id", "service", "environment", "detector", "count", "per", "owner", "reason"),
    *("since", "until", "author", "removed_at"),
)
_DRILL = (
    *("id", "since", "until", "services", "scopes", "owner", "no_automation", "author"),
    "ended_at",
)


def _overlaps(month: int, start: int, end: int) -> bool:
    year, number = divmod(month, 100)
    opens = int(datetime(year, number, 1, tzinfo=UTC).timestamp()) * MICROSECOND
    return opens < end and start < opens + 31 * DAY


def _finding(row: Sequence[Any]) -> Finding:
    values = dict(zip(Finding.__struct_fields__, row, strict=True))
    values["status"] = Status(values["status"])
    values["tier"] = Tier(values["tier"])
    for name in ("agents", "members"):
        values[name] = list(values[name])
    values["evidence"] = msgspec.json.decode(values["evidence"])
    history = msgspec.json.decode(values["tier_history"], type=list[tuple[int, int, str]])
    values["tier_history"] = [TierChange(Tier(tier), at, why) for tier, at, why in history]
    return Finding(**values)
