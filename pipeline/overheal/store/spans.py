"""What happened within a span of time, day by day, for reports; times are microseconds UTC."""

from __future__ import annotations

import msgspec

from overheal.store.engine import Engine
from overheal.store.sql import query


class DayRow(msgspec.Struct, frozen=True):
    """Recoveries of one service on one UTC day, which begins at `day`."""

    environment: str
    service: str
    day: int
    recoveries: int
    human_recoveries: int


class EpisodeRow(msgspec.Struct, frozen=True):
    """Automated recoveries of a service with no more than 15 minutes from one to the next."""

    environment: str
    service: str
    started_at: int
    ended_at: int
    recoveries: int


class SeenRow(msgspec.Struct, frozen=True):
    """What was heard of on one UTC day; `alerts` are those of the observations that told people."""

    day: int
    actions: int
    observations: int
    late: int
    alerts: int


class OutcomeRow(msgspec.Struct, frozen=True):
    """Automated recoveries of a service in one hour, by the last outcome told of each.

    `verified` are those of the succeeded that somebody checked; the rest of `total` failed.
    """

    environment: str
    service: str
    hour: int
    succeeded: int
    unknown: int
    total: int
    verified: int


class Spans:
    """Answers about spans start ≤ time < end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def daily_recoveries(self, start: int, end: int) -> list[DayRow]:
        """Return recoveries by day; start and end are whole hours."""
        rows = self._engine.rows(query("daily_recoveries"), start=start, end=end)
        return [DayRow(*row) for row in rows]

    def episodes_between(self, start: int, end: int) -> list[EpisodeRow]:
        """Return the episodes that began in a span, oldest first."""
        rows = self._engine.rows(query("episodes_between"), start=start, end=end)
        return [EpisodeRow(*row) for row in rows]

    def seen_daily(self, start: int, end: int) -> list[SeenRow]:
        """Return what was heard of, by day; days without an event are left out."""
        rows = self._engine.rows(query("seen_daily"), start=start, end=end)
        return [SeenRow(*row) for row in rows]

    def weeks_seen(self) -> list[tuple[int, int]]:
        """Return the Mondays of the weeks of which events are stored, with how many about."""
        return [(int(row[0]), int(row[1])) for row in self._engine.rows(query("weeks_seen"))]

    def refused_since(self, start: int) -> dict[str, int]:
        """Return how many records received since a time were refused, by the code of the reason."""
        rows = self._engine.rows(query("refused_since"), start=start)
        return {str(row[0]): int(row[1]) for row in rows}

    def outcomes(self, start: int, end: int) -> list[OutcomeRow]:
        """Return how automated recoveries went, by service and hour."""
        rows = self._engine.rows(query("outcomes"), start=start, end=end)
        return [OutcomeRow(*row) for row in rows]

    def alerts_between(self, start: int, end: int) -> list[int]:
        """Return the moments at which an alert or a page told people of something."""
        return [int(at) for (at,) in self._engine.rows(query("alerts_between"), start=start, end=end)]
