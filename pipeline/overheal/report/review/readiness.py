"""Readiness: what must be known about a service before anything should act on it by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from overheal.report.review.gate import UNKNOWN
from overheal.report.review.items import ITEMS, TITLES, Item
from overheal.report.review.looks import LOOKS, Case, Known, Seen, State
from overheal.report.review.parts import Written
from overheal.report.review.settings import ReadinessSettings
from overheal.report.words import plural, rfc3339
from overheal.state.words import listed

SCHEMA_ID = "urn:overheal:schema:readiness:1"


class ItemPart(Written):
    """One item of a service, and why it stands so."""

    item: Item
    state: State
    required: bool
    why: str


class ServicePart(Written):
    """One service: ready where every required item is known."""

    service: str
    environment: str
    owner: str
    ready: bool
    known: int
    missing: list[Item]
    contradicts: list[Item]
    items: list[ItemPart]


class Readiness(Written):
    """What is known of every service; its schema is schemas/readiness.v1.json."""

    schema_version: Literal["1"] = "1"
    at: str
    verdict: str
    required: list[Item]
    totals: dict[str, int] = Field(description="Services: all, ready, missing, contradicts.")
    services: list[ServicePart]
    notes: list[str]


def readiness(known: Known, settings: ReadinessSettings, only: str = "") -> Readiness:
    """Return the readiness of every service that the catalog or events name, the least ready first.

    With `only`, a full or short name, that of one service; the result is empty where none is so.
    """
    required: list[Item] = list(settings.required or ITEMS)
    parts = [_part(case, required) for case in _cases(known, settings) if _is(case.name, only)]
    parts.sort(key=lambda part: (part.known, part.service, part.environment))
    ready = sum(part.ready for part in parts)
    totals = {
        "all": len(parts),
        "ready": ready,
        "missing": sum(bool(part.missing) for part in parts),
        "contradicts": sum(bool(part.contradicts) for part in parts),
    }
    notes = []
    if not known.catalog.file.services:
        notes.append("No catalog: name one with --catalog FILE; without it most items are missing.")
    if not known.seen:
        notes.append(f"No event of the last {plural(settings.history_days, 'day')} was found.")
    return Readiness(
        at=rfc3339(known.now),
        verdict=_verdict(parts, ready),
        required=required,
        totals=totals,
        services=parts,
        notes=notes,
    )


def readiness_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Readiness.model_json_schema(mode="serialization"),
        "title": "overheal readiness, version 1",
    }


def _is(name: str, only: str) -> bool:
    return only in ("", name, name.rpartition("/")[2])


def _cases(known: Known, settings: ReadinessSettings) -> list[Case]:
    found: dict[tuple[str, str], Seen] = {(one.environment, one.service): one for one in known.seen}
    named = {name for _, name in found}
    for name, entry in known.catalog.file.services.items():
        if not any(_is(other, name) for other in named):
            home = entry.environment or "production"
            found[home, name] = Seen(home, name)
    return [
        Case(
            service,
            environment,
            known.catalog.entry(service) or UNKNOWN,
            known.fleet.entry(service) if known.fleet is not None else None,
            seen,
            known,
            settings,
        )
        for (environment, service), seen in sorted(found.items())
    ]


def _part(case: Case, required: Sequence[Item]) -> ServicePart:
    items = []
    for item in ITEMS:
        state, why = LOOKS[item](case)
        items.append(ItemPart(item=item, state=state, required=item in required, why=why))
    wanted = [one for one in items if one.required]
    missing = [one.item for one in wanted if one.state == "missing"]
    contradicts = [one.item for one in wanted if one.state == "contradicts"]
    return ServicePart(
        service=case.name,
        environment=case.environment,
        owner=case.entry.owner or "",
        ready=not missing and not contradicts,
        known=sum(one.state == "known" for one in wanted),
        missing=missing,
        contradicts=contradicts,
        items=items,
    )


def _verdict(parts: Sequence[ServicePart], ready: int) -> str:
    if not parts:
        return "No service is known yet"
    gaps: Counter[Item] = Counter(item for part in parts for item in part.missing)
    against = sum(bool(part.contradicts) for part in parts)
    services = plural(len(parts), "service")
    verb = "is" if 1 in (len(parts), ready) else "are"
    text = f"{ready} of {services} {verb} ready for automation"
    if gaps:
        worst = listed([TITLES[item].lower() for item, _ in gaps.most_common(3)])
        text += f"; most often missing: {worst}"
    if against:
        text += f"; {plural(against, 'service')} with sources that contradict each other"
    return text
