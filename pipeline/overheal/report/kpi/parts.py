"""The models of the documents of `overheal kpis` and `overheal services`.

Times are RFC 3339 in UTC. Readers must pass over keys they do not know; a key that changes its
meaning or goes away raises `schema_version`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from overheal.report.parts import Count, IncompletePart, Instant, Part, Share

KPIS_ID = "urn:overheal:schema:kpis:1"
SERVICES_ID = "urn:overheal:schema:services:1"


class SpanPart(Part):
    """The span that is looked at: start ≤ time < end."""

    start: Instant
    end: Instant


class FigurePart(Part):
    """One KPI of docs/kpis.md; `value` is null exactly where `reason` says why.

    `of` names what it is about where there are several of a name. `low` and `high` bound a share
    at 95 %. `unknown` told no outcome and `open` are not over: both are outside the denominator.
    `previous` is the value of the span before, where that was asked for, observed and known.
    """

    name: str
    of: str
    title: str
    unit: str
    value: float | None
    low: Share | None
    high: Share | None
    numerator: float
    denominator: float
    unknown: Count
    open: Count
    reason: str
    previous: float | None
    change: float | None


class RestatedPart(Part):
    """An outcome that was told otherwise later: what it was and became, when, and why."""

    service: str
    environment: str
    action_id: str
    at: Instant
    was: str
    becomes: str
    count: Count
    reason: str


class KpiDocument(Part):
    """What `overheal kpis` says; `as_of` is the event time up to which anything was known.

    In the spans of `incomplete` the figures rest on a part of what happened. `restated_count` is
    how many outcomes were decided otherwise within the span, `restated` the newest of them.
    """

    schema_version: Literal[1] = 1
    span: SpanPart
    previous: SpanPart | None
    as_of: Instant
    service: str
    environment: str
    figures: list[FigurePart]
    incomplete: list[IncompletePart]
    restated_count: Count
    restated: list[RestatedPart]


class LastFindingPart(Part):
    """The newest finding about a service, of those that no other explains where there are such."""

    id: str
    detector: str
    tier: str
    status: str
    at: Instant
    summary: str


class ServiceFigures(Part):
    """What automation did for one service in the span.

    `change` is recoveries less those of the span before it; both are null where that span was not
    observed from its start on. `success_rate` is null where no outcome is known, with `low` and
    `high` at 95 %.
    """

    service: str
    environment: str
    owner: str
    recoveries: Count
    human_recoveries: Count
    episodes: Count
    previous: Count | None
    change: int | None
    success_rate: Share | None
    low: Share | None
    high: Share | None
    unknown: Count
    open: Count
    hidden_incidents: Count | None
    incomplete: Count
    last_finding: LastFindingPart | None


class ServicesDocument(Part):
    """What `overheal services` says, the services with most recoveries first."""

    schema_version: Literal[1] = 1
    span: SpanPart
    previous: SpanPart
    services: list[ServiceFigures]


def schema_of(model: type[BaseModel], name: str, title: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        **model.model_json_schema(mode="serialization"),
        "title": title,
    }


def kpi_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas of both documents by the names of their files."""
    return {
        "kpis.v1.json": schema_of(KpiDocument, KPIS_ID, "overheal KPIs, version 1"),
        "services.v1.json": schema_of(
            ServicesDocument, SERVICES_ID, "overheal services, version 1"
        ),
    }
