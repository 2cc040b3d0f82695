"""The stable JSON document of a run: put together, described by a schema, and written."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pydantic import BaseModel

from overheal.model import DAY, Finding, ServiceSummary, Totals
from overheal.report.kpis import kpis
from overheal.report.order import in_order
from overheal.report.parts import (
    FindingPart,
    HourPart,
    Report,
    ServicePart,
    TotalsPart,
    Window,
)
from overheal.report.verdict import verdict
from overheal.report.words import rfc3339

__all__ = [
    "SCHEMA_ID",
    "Report",
    "assemble",
    "finding_fields",
    "finding_part",
    "report_schema",
    "to_json",
]

SCHEMA_ID = "urn:overheal:schema:report:1"
_EARLIEST = 10**14
"""Microseconds in 1973: a number below it is no time, whatever its key is called."""
_DEPTH = 12


def assemble(
    *,
    findings: Sequence[Finding],
    services: Sequence[ServiceSummary],
    totals: Totals,
    window: tuple[int, int] | None,
    config_hash: str,
    notes: Sequence[str],
    origin: Sequence[str],
    include_withdrawn: bool = False,
) -> Report:
    """Return the document of a run; `window` is in microseconds UTC.

    Retracted and superseded findings are left out unless `include_withdrawn`.
    """
    told = in_order(findings, include_withdrawn=include_withdrawn)
    found = [finding_part(finding, root) for finding, root in told]
    rows = sorted(services, key=lambda row: (-row.recoveries, row.service, row.environment))
    counted = TotalsPart(**_plain(msgspec.structs.asdict(totals)))
    return Report(
        config_hash=_plain(config_hash),
        origin=_plain(list(origin)),
        window=Window(
            start=rfc3339(window[0]) if window else None, end=rfc3339(window[1]) if window else None
        ),
        verdict=verdict(found, counted, len([row for row in rows if row.recoveries])),
        totals=counted,
        services=[_service(row, window) for row in rows],
        findings=found,
        kpis=kpis(services, findings),
        notes=_plain(list(notes)),
    )


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Report.model_json_schema(mode="serialization"),
        "title": "overheal report, version 1",
    }


def to_json(report: BaseModel, *, indent: int | None = 2) -> str:
    r"""Return the document as JSON, without a newline at its end.

    Whatever a terminal could act on is written as `\uXXXX`: printing it is safe and loses nothing.
    """
    body = json.dumps(
        report.model_dump(mode="json"), ensure_ascii=False, allow_nan=False, indent=indent
    )
    return "\n".join(
        line if line.isprintable() else "".join(map(_escaped, line)) for line in body.split("\n")
    )


def _escaped(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


def finding_fields(finding: Finding, explained_by: str) -> dict[str, Any]:
    """Return one finding under the names of `FindingPart`, its text as it is, times as RFC 3339."""
    return {
        "id": finding.id,
        "detector": finding.detector,
        "stage": finding.stage,
        "tier": finding.tier.word,
        "status": finding.status.value,
        "title": finding.title,
        "summary": finding.summary,
        "reason": finding.reason,
        "next_step": finding.next_step,
        "service": finding.service,
        "environment": finding.environment,
        "scope": finding.scope,
        "first_at": rfc3339(finding.first_at),
        "detected_at": rfc3339(finding.detected_at),
        "last_at": rfc3339(finding.last_at),
        "resolved_at": None if finding.resolved_at is None else rfc3339(finding.resolved_at),
        "count": finding.count,
        "agents": list(finding.agents),
        "evidence": _timed(finding.evidence),
        "member_count": finding.member_count,
        "members": list(finding.members),
        "tier_history": [
            {"tier": change.tier.word, "at": rfc3339(change.at), "reason": change.reason}
            for change in finding.tier_history
        ],
        "inhibited_by": explained_by or None,
        "superseded_by": finding.superseded_by or None,
        "revision": finding.revision,
    }


def finding_part(finding: Finding, explained_by: str) -> FindingPart:
    """Return one finding as documents show it."""
    return FindingPart(**_plain(finding_fields(finding, explained_by)))


def _service(row: ServiceSummary, window: tuple[int, int] | None) -> ServicePart:
    days = (window[1] - window[0]) / DAY if window else 0.0
    known = row.succeeded + row.failed
    return ServicePart(
        service=_plain(row.service),
        environment=_plain(row.environment),
        scope=_plain(row.scope),
        display=_plain(row.display),
        owner=_plain(row.owner),
        recoveries=row.recoveries,
        human_recoveries=row.human_recoveries,
        episodes=row.episodes,
        per_day=round(row.recoveries / days, 3) if days >= 1 else None,
        success_rate=row.succeeded / known if known else None,
        succeeded=row.succeeded,
        failed=row.failed,
        unknown=row.unknown,
        trend=_plain(row.trend),
        first_at=rfc3339(row.first_at) if row.first_at else None,
        last_at=rfc3339(row.last_at) if row.last_at else None,
        hourly=[
            HourPart(hour=rfc3339(hour), recoveries=count)
            for hour, count in sorted(row.hourly.items())
        ],
    )


def _timed(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return evidence with its times (keys `at`, `…_at`, a projection's bounds) as RFC 3339."""
    timed = _with_times(evidence, 0, bounds=False)
    return timed if isinstance(timed, dict) else {}


def _with_times(value: Any, depth: int, *, bounds: bool) -> Any:
    if depth > _DEPTH:
        return None
    if isinstance(value, Mapping):
        return {
            key: rfc3339(entry)
            if _is_time(key, entry, bounds=bounds)
            else _with_times(entry, depth + 1, bounds=key == "projection")
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_times(entry, depth + 1, bounds=bounds) for entry in value]
    return value


def _is_time(key: object, value: Any, *, bounds: bool) -> bool:
    if not isinstance(key, str) or type(value) is not int or value < _EARLIEST:
        return False
    return key == "at" or key.endswith("_at") or (bounds and key in ("low", "high"))


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: no lone surrogates, no infinities, no other types."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(entry) for entry in value), key=str)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).encode("utf-8", "replace").decode()
