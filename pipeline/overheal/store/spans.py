"""What happened within a span of time, for reports; times are microseconds UTC.

Counts are those of the KPIs (`migrations/0010_kpis.sql`), so that no report says otherwise.
"""

from __future__ import annotations

import msgspec

from overheal.store.engine import Engine
from overheal.store.kpis import FOREVER
from overheal.store.sql import query


class DayRow(msgspec.Struct, frozen=True):
    """Recoveries of one service on one UTC day, which begins at `day`."""

    environment: str
    service: str
    day: int
    recoveries: int
    human_recoveries: int


class SeenRow(msgspec.Struct, frozen=True):
    """What was heard of on one UTC day."""

    day: int
    actions: int
    observations: int
    late: int


class OutcomeRow(msgspec.Struct, frozen=True):
    """Automated recoveries of a service, by what is known of each by now.

    `verified` are those of the succeeded that somebody checked.
    """

    environment: str
    service: str
    succeeded: int
    unknown: int
    total: int
    verified: int


class HiddenRow(msgspec.Struct, frozen=True):
    """One hidden incident: users felt it from `since` to `recovered_at`, and nobody was told.

    `told_by_us` is whether overheal itself said something.
    """

    environment: str
    service: str
    since: int
    started_at: int
    recovered_at: int
    recoveries: int
    told_by_us: bool
    agents: list[str]
    types: list[str]


class SymptomRow(msgspec.Struct, frozen=True):
    """Something that was seen of a service; `name` is the signal."""

    at: int
    kind: str
    name: str
    value: str
    condition: str
    user_visible: bool


class Spans:
    """Answers about spans start ≤ time < end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def first_event(self) -> int | None:
        """Return when the first stored event was, None in an empty store."""
        rows = self._engine.rows(query("first_event"))
        return int(rows[0][0]) if rows else None

    def daily_recoveries(self, start: int, end: int) -> list[DayRow]:
        """Return recoveries by day."""
        rows = self._engine.rows(query("daily_recoveries"), start=max(0, start), end=end)
        return [DayRow(*row) for row in rows]

    def outcomes(self, start: int, end: int) -> list[OutcomeRow]:
        """Return how automated recoveries went, by service."""
        rows = self._engine.rows(query("outcomes"), start=start, end=end)
        return [OutcomeRow(*row) for row in rows]

    def hours_worked(self, start: int, end: int) -> list[int]:
        """Return the beginnings of hours in which an automated recovery began that succeeded."""
        rows = self._engine.rows(query("hours_worked"), start=start, end=end)
        return [int(row[0]) for row in rows]

    def hidden_incidents(self, start: int, end: int, most: int) -> list[HiddenRow]:
        """Return the hidden incidents that began in a span and lasted longest, at most `most`."""
        found = []
        for row in self._engine.rows(query("hidden_incidents"), start=start, end=end, most=most):
            environment, service, since, started_at, recovered_at, recoveries = row
            ((told_by_us, agents, types),) = self._engine.rows(
                query("hidden_incident"),
                environment=environment,
                service=service,
                started_at=started_at,
                recovered_at=recovered_at,
            )
            found.append(
                HiddenRow(
                    environment=environment,
                    service=service,
                    since=since,
                    started_at=started_at,
                    recovered_at=recovered_at,
                    recoveries=recoveries,
                    told_by_us=told_by_us,
                    agents=agents,
                    types=types,
                )
            )
        return found

    def symptoms_between(
        self, environment: str, service: str, start: int, end: int
    ) -> list[SymptomRow]:
        """Return what was seen of one service, oldest first, at most 50."""
        rows = self._engine.rows(
            query("symptoms_between"),
            environment=environment,
            service=service,
            start=start,
            end=end,
        )
        return [SymptomRow(*row) for row in rows]

    def alerts_between(self, start: int, end: int) -> list[int]:
        """Return the moments at which an alert or a page told people of something."""
        rows = self._engine.rows(query("alerts_between"), start=start, end=end)
        return [int(at) for (at,) in rows]

    def alerts_connected(self, start: int, end: int) -> bool:
        """Return whether a source of alerts was connected: one came then or in 30 days before."""
        rows = self._engine.rows(
            query("kpi_connected"), start=start, end=end, as_of=FOREVER, environment="", service=""
        )
        return bool(rows[0][0])

    def seen_daily(self, start: int, end: int) -> list[SeenRow]:
        """Return what was heard of, by day; days without an event are left out."""
        rows = self._engine.rows(query("seen_daily"), start=max(0, start), end=end)
        return [SeenRow(*row) for row in rows]

    def weeks_seen(self) -> list[tuple[int, int]]:
        """Return the Mondays of the weeks of which events are stored, with how many about."""
        return [(int(row[0]), int(row[1])) for row in self._engine.rows(query("weeks_seen"))]

    def refused_since(self, start: int) -> dict[str, int]:
        """Return how many records received since a time were refused, by the code of the reason."""
        rows = self._engine.rows(query("refused_since"), start=start)
        return {str(row[0]): int(row[1]) for row in rows}
