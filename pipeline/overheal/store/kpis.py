"""Reading the KPIs: each is one SQL view, and nothing is computed here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from overheal.model import MINUTE
from overheal.store.engine import Engine
from overheal.store.held import held
from overheal.store.readings import IncompleteSpan, KpiReading, KpiSet, OutcomeChange, Restatement
from overheal.store.sql import query

FOREVER = 4_102_444_800_000_000
"""The end of the year 2099 in microseconds UTC."""

NO_OUTCOME = "no automated recovery told its outcome"
NO_ALERTS = "no alert or page came in the span or the 30 days before: no source is connected"
_NO_TOLD = "nothing that users felt was recovered by automation while alerts were connected"
_HIDDEN = ("hidden_incidents", "hidden_minutes", "masking_ratio")
_FAMILIES: Mapping[str, tuple[str, Mapping[str, Sequence[str]]]] = {
    "kpi_of_actions": (
        "kpi_settled_actions",
        {
            "kpi_auto_recovery_success": ("auto_recovery_success",),
            "kpi_recovery_frequency": ("recoveries",),
            "kpi_cost": ("automation_cost",),
            "kpi_ineffective": ("ineffective",),
            "kpi_unnecessary": ("unnecessary",),
            "kpi_autonomy": ("autonomy",),
        },
    ),
    "kpi_of_levels": ("kpi_settled_levels", {"kpi_autonomy_time": ("autonomy_time",)}),
    "kpi_of_episodes": (
        "kpi_settled_episodes",
        {"kpi_episodes": ("episodes",), "kpi_hidden_incidents": _HIDDEN, "kpi_mttr": ("mttr",)},
    ),
    "": ("", {"kpi_on_call": ("on_call_incidents", "on_call_foretold")}),
}
"""KPIs that are made of the same: the view that counts what is not settled from the events, the one
that reads what is settled alone, and of each KPI its own view and the names in its rows."""

VIEWS = tuple(view for _, views in _FAMILIES.values() for view in views)
"""One KPI each, or some that belong together."""

NAMES = tuple(name for _, views in _FAMILIES.values() for names in views.values() for name in names)

_EMPTY: tuple[tuple[str, str, str, float | None, str], ...] = (
    ("auto_recovery_success", "", "share", None, NO_OUTCOME),
    ("auto_recovery_success", "verified", "share", None, "no outcome was verified"),
    ("auto_recovery_success", "believed", "share", None, "no outcome was told without a check"),
    ("recoveries", "", "recoveries", 0, ""),
    ("recoveries", "human", "recoveries", 0, ""),
    ("episodes", "", "episodes", 0, ""),
    ("episodes", "human", "episodes", 0, ""),
    ("hidden_incidents", "", "incidents", 0, ""),
    ("hidden_minutes", "", "minutes", 0, ""),
    ("masking_ratio", "", "share", None, _NO_TOLD),
    ("mttr", "automatic p50", "seconds", None, "no episode ended with a success by automation"),
    ("mttr", "automatic p90", "seconds", None, "no episode ended with a success by automation"),
    ("mttr", "human p50", "seconds", None, "no episode ended with a success by people"),
    ("mttr", "human p90", "seconds", None, "no episode ended with a success by people"),
    ("on_call_incidents", "", "incidents", None, NO_ALERTS),
    ("on_call_foretold", "", "share", None, "nobody was paged"),
    ("automation_cost", "seconds", "seconds", None, "no recovery told how long it took"),
    ("automation_cost", "replica seconds", "seconds", None, "no recovery told its replicas"),
)
"""Name, `of`, unit, and what is said where there is nothing: a value, or the reason for none."""

_SERVICE = tuple[str, str]
_KEPT_UP = 10 * MINUTE
PLAIN = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
"""Compiling a question takes longer than answering it."""


class KpiReader:
    """Reads KPIs; each event counts once, however often it was delivered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def kpis(
        self,
        start: int,
        end: int,
        service: str = "",
        environment: str = "",
        as_of: int | None = None,
    ) -> KpiSet:
        """Return all KPIs of start ≤ time < end (microseconds UTC), over all that is asked for.

        `service` is a full or a short name, "" for all. With `as_of` only what had happened by
        then is known, later corrections are not; None is all that is stored.
        """
        asked = _asked(start, end, service, environment, as_of)
        return self._sets(asked, NAMES, per_service=False)[0]

    def kpis_by_service(
        self,
        start: int,
        end: int,
        service: str = "",
        environment: str = "",
        as_of: int | None = None,
        *,
        names: Collection[str] = NAMES,
    ) -> list[KpiSet]:
        """Return the KPIs of each service of which there is any, as `kpis` does.

        Of `NAMES` only the figures of those named are read, and are in the sets.
        """
        asked = _asked(start, end, service, environment, as_of)
        return self._sets(asked, names, per_service=True)

    def restatements(self) -> list[Restatement]:
        """Return the successes that stand disproved, without those that were withdrawn."""
        names = Restatement.__struct_fields__
        rows = self._engine.rows(query("restatements"))
        return [Restatement(**dict(zip(names, row, strict=True))) for row in rows]

    def outcome_changes(self, start: int, end: int, service: str = "") -> list[OutcomeChange]:
        """Return outcomes that were told otherwise in start ≤ decided_at < end, oldest first.

        What an action itself told counts for three days after it was told first. On a server that
        a worker settles, what came since may be missing, for a minute.
        """
        known = held(self._engine)
        kept_up = not self._engine.connection.alone and known.settled_within(_KEPT_UP)
        settled = int(kept_up or known.all_settled(FOREVER))
        rows = self._engine.rows(
            query("outcome_changes"),
            start=max(0, start),
            end=min(end, FOREVER),
            service=service,
            settled=settled,
        )
        names = OutcomeChange.__struct_fields__
        return [OutcomeChange(**dict(zip(names, row, strict=True))) for row in rows]

    def episodes_between(self, start: int, end: int) -> dict[tuple[str, str], int]:
        """Return how many episodes of automated recoveries began, by environment and service."""
        sets = self.kpis_by_service(start, end, names=("episodes",))
        told = {(one.environment, one.service): one.get("episodes").value or 0 for one in sets}
        return {who: round(value) for who, value in told.items() if value}

    def _sets(
        self, asked: Mapping[str, Any], names: Collection[str], *, per_service: bool
    ) -> list[KpiSet]:
        connected = bool(self._engine.rows(query("kpi_connected"), **asked)[0][0])
        found: dict[_SERVICE, list[KpiReading]] = {}
        if not per_service:
            found["", ""] = []
        for environment, service, *values in self._rows(asked, names, per_service=per_service):
            reading = KpiReading(**dict(zip(_FIELDS, values, strict=True)))
            if reading.name in names:
                found.setdefault((environment, service), []).append(reading)
        spans = self._incomplete(asked)
        return [
            _set(asked, who, spans, list(_completed(told, names, connected=connected)))
            for who, told in sorted(found.items())
        ]

    def _rows(
        self, asked: Mapping[str, Any], names: Collection[str], *, per_service: bool
    ) -> Iterator[Sequence[Any]]:
        """Return the rows of the views that have any of these figures.

        Their own text is asked, since a view with parameters is planned twice.
        """
        texts = {str(name): str(text) for name, text in self._engine.rows(query("kpi_texts"))}
        given = {**asked, "per_service": int(per_service)}
        all_settled = held(self._engine).all_settled(asked["as_of"])
        ((settled, of_episodes),) = (
            [([], [])] if all_settled else self._engine.rows(query("kpi_bounds"), **asked)
        )
        for live, (together, views) in _FAMILIES.items():
            wanted = [view for view, told in views.items() if not set(told).isdisjoint(names)]
            if not wanted:
                continue
            alone = wanted[0] if len(wanted) == 1 else together
            bounds = of_episodes if live == "kpi_of_episodes" else settled
            text = texts[alone if all_settled or not live else live]
            yield from self._engine.rows(text, PLAIN, **given, bounds=list(bounds))

    def _incomplete(self, asked: Mapping[str, Any]) -> list[IncompleteSpan]:
        rows = self._engine.rows(query("incomplete"), **asked)
        names = IncompleteSpan.__struct_fields__
        return [IncompleteSpan(**dict(zip(names, row, strict=True))) for row in rows]


_FIELDS = (
    *("name", "of", "unit", "value", "low", "high", "numerator", "denominator"),
    *("unknown", "open"),
)


def _asked(
    start: int, end: int, service: str, environment: str, as_of: int | None
) -> dict[str, Any]:
    return {
        "start": min(max(0, start), FOREVER),
        "end": min(max(0, end), FOREVER),
        "service": service,
        "environment": environment,
        "as_of": FOREVER if as_of is None else min(max(0, as_of), FOREVER),
    }


def _set(
    asked: Mapping[str, Any],
    who: _SERVICE,
    spans: Sequence[IncompleteSpan],
    readings: list[KpiReading],
) -> KpiSet:
    environment, service = who
    one = who != ("", "")
    return KpiSet(
        start=asked["start"],
        end=asked["end"],
        as_of=asked["as_of"],
        service=service if one else asked["service"],
        environment=environment if one else asked["environment"],
        readings=readings,
        incomplete=[span for span in spans if not one or (span.environment, span.service) == who],
    )


def _completed(
    told: Sequence[KpiReading], names: Collection[str], *, connected: bool
) -> Iterator[KpiReading]:
    """Return the readings in their order, with those of which nothing was found, and reasons."""
    known = {(one.name, one.of): one for one in told}
    for name, of, unit, value, reason in _EMPTY:
        if name not in names:
            continue
        reading = known.pop((name, of), None)
        if reading is None:
            unheard = name in _HIDDEN or name == "on_call_incidents"
            amount = 0 if name == "on_call_incidents" else value
            reading = KpiReading(name=name, of=of, unit=unit, value=amount, reason=reason)
            if unheard and not connected:
                reading = msgspec.structs.replace(reading, value=None, reason=NO_ALERTS)
            elif amount is not None:
                reading = msgspec.structs.replace(reading, reason="")
        elif reading.value is None:
            unheard = name in _HIDDEN and not connected
            why = NO_ALERTS if unheard else reason or NO_ALERTS
            reading = msgspec.structs.replace(reading, reason=why)
        yield reading
    for _, reading in sorted(known.items()):
        why = "" if reading.value is not None else "no outcome is known"
        yield msgspec.structs.replace(reading, reason=why)
