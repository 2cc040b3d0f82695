"""The weekly report's document: put together, and described by a schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from overheal.report.weekly import top
from overheal.report.weekly.completeness import completeness
from overheal.report.weekly.following import overdue
from overheal.report.weekly.gains import better, saved
from overheal.report.weekly.lines import conflicts, lines, loud
from overheal.report.weekly.material import Material
from overheal.report.weekly.parts import (
    LinePart,
    SpanPart,
    TopServicePart,
    WeeklyReport,
    WeekSeenPart,
)
from overheal.report.weekly.verdict import lead, nothing, verdict
from overheal.report.words import clean_tree, rfc3339

SCHEMA_ID = "urn:overheal:schema:weekly-report:1"
OTHERS = 20
"""Findings told besides those of the services and the conflicts, the loudest first."""


def assemble(material: Material) -> WeeklyReport:
    """Return the document; every string in it may be shown as it is."""
    span = material.span
    services = top.top_services(material)
    asked = overdue(material)
    rests = completeness(material)
    weeks = [WeekSeenPart(week=week, events=events) for week, events in material.weeks]
    empty = not rests.actions + rests.observations
    recoveries = sum(material.counts.values())
    recovered = sum(count > 0 for count in material.counts.values())
    before = (
        sum(material.counts_before.values())
        if top.was_observed(material.first_at, material.span)
        else None
    )
    found, against = lines(material, loud(material)), conflicts(material)
    said = verdict(span, recoveries, recovered, before, found)
    others = _elsewhere(found, services, against)
    report = WeeklyReport(
        span=SpanPart(
            week=span.week or None,
            start=rfc3339(span.start),
            end=rfc3339(span.end),
            over=span.over,
            words=span.words,
        ),
        made_at=rfc3339(material.now),
        empty=empty,
        verdict=nothing(span, weeks) if empty else said,
        lead=lead(asked, material.hidden, services),
        overdue=asked,
        recoveries=recoveries,
        recovered_services=recovered,
        daily=top.daily(material),
        top_services=services,
        kpis=list(material.kpis),
        hidden=material.hidden,
        conflicts=against,
        others=others[:OTHERS],
        others_count=len(others),
        better=better(material),
        saved=saved(material),
        completeness=rests,
        weeks_with_data=weeks,
    )
    return WeeklyReport.model_validate(clean_tree(report.model_dump()))


def _elsewhere(
    found: Sequence[LinePart], services: Sequence[TopServicePart], against: Sequence[LinePart]
) -> list[LinePart]:
    """Return the findings of which no other section of the report speaks, those that last first."""
    told = {line.id for one in services for line in one.explains} | {line.id for line in against}
    rest = [line for line in found if line.id not in told]
    return sorted(rest, key=lambda line: line.status != "open")


def weekly_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "overheal weekly report, version 1",
        **WeeklyReport.model_json_schema(mode="serialization"),
    }
