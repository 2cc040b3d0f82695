"""What `overheal kpis` and `overheal services` say, put together from a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from overheal.catalog import Catalog
from overheal.contract.refusal import nearest
from overheal.errors import ConfigError, InputError
from overheal.model import DAY, Finding
from overheal.report.kpi.parts import (
    FigurePart,
    KpiDocument,
    LastFindingPart,
    RestatedPart,
    ServiceFigures,
    ServicesDocument,
    SpanPart,
)
from overheal.report.order import in_order
from overheal.report.parts import IncompletePart
from overheal.report.words import clean, rfc3339
from overheal.run.catalogs import catalog_told
from overheal.run.moments import back, between
from overheal.store import KpiReading, KpiSet, Store
from overheal.store.episodes import OnSettled, untold

RESTATED = 20
_SHOWN = (
    *("recoveries", "episodes", "auto_recovery_success", "hidden_incidents"),
    *("on_call_incidents", "autonomy", "unnecessary"),
)
"""Of which services a table has a row, and what it shows; only the first is compared."""


@dataclass(frozen=True)
class Asked:
    """What is looked at: start ≤ time < end, known up to `as_of`; all microseconds UTC."""

    start: int
    end: int
    as_of: int
    service: str = ""
    environment: str = ""


def asked(
    now: int,
    since: str | None,
    until: str | None,
    as_of: str | None,
    who: tuple[str, str] = ("", ""),
) -> Asked:
    """Return what is looked at, by default the 30 days before `now`; `who` is service, environment.

    Raises `OptionError` where a time cannot be read or the span is empty.
    """
    start, end = between(since, until, now)
    known = back("--as-of", as_of, now)
    return Asked(start, end, now if known is None else known, *who)


def kpi_document(
    store: Store, what: Asked, told: OnSettled = untold, *, compare: bool = False
) -> KpiDocument:
    """Return the KPIs of a span, with those of the span of the same length before it on demand.

    `told` hears how far what has to be settled first came.

    Raises `InputError` for a service or environment that nobody has heard of.
    """
    known_service(store, what.service)
    _known_environment(store, what.environment)
    store.settle_own(what.as_of, told)
    found = _read(store, what, what.start, what.end)
    earlier, before = None, None
    if compare:
        first = max(0, 2 * what.start - what.end)
        before = SpanPart(start=rfc3339(first), end=rfc3339(what.start))
        if _observed(store, first):
            earlier = _read(store, what, first, what.start)
    changes = [
        one
        for one in store.outcome_changes(what.start, what.end, what.service)
        if what.environment in ("", one.environment) and one.decided_at <= what.as_of
    ]
    return KpiDocument(
        span=SpanPart(start=rfc3339(what.start), end=rfc3339(what.end)),
        previous=before,
        as_of=rfc3339(what.as_of),
        service=what.service,
        environment=what.environment,
        figures=figures(found, earlier),
        incomplete=[
            IncompletePart(
                service=one.service,
                environment=one.environment,
                counter=one.counter,
                share=one.share,
                start=rfc3339(one.start),
                end=rfc3339(one.end),
            )
            for one in found.incomplete
        ],
        restated_count=len(changes),
        restated=[
            RestatedPart(
                service=one.service,
                environment=one.environment,
                action_id=one.action_id,
                at=rfc3339(one.decided_at),
                was=one.was,
                becomes=one.becomes,
                count=one.count,
                reason=one.reason,
            )
            for one in reversed(changes[-RESTATED:])
        ],
    )


def figures(now: KpiSet, earlier: KpiSet | None) -> list[FigurePart]:
    """Return the readings as a document has them, compared with earlier ones of the same name."""
    known = {} if earlier is None else {(one.name, one.of): one.value for one in earlier.readings}
    return [_figure(one, known.get((one.name, one.of))) for one in now.readings]


def services_document(
    store: Store, what: Asked, catalog: Catalog | None = None, told: OnSettled = untold
) -> ServicesDocument:
    """Return what automation did for each service; owners are the catalog's, else the store's.

    `told` hears how far what has to be settled first came.
    """
    known_service(store, what.service)
    _known_environment(store, what.environment)
    store.settle_own(what.as_of, told)
    length = what.end - what.start
    first = max(0, what.start - length)
    rest = (what.service, what.environment, what.as_of)
    before = None
    if _observed(store, first):
        before = {
            (one.environment, one.service): round(one.get("recoveries").value or 0)
            for one in store.kpis_by_service(first, what.start, *rest, names=_SHOWN[:1])
        }
    owners = catalog or _told_catalog(store)
    newest = _newest(store.findings(), what)
    rows = [
        _service(one, before, owners, newest)
        for one in store.kpis_by_service(what.start, what.end, *rest, names=_SHOWN)
        if one.service
    ]
    rows.sort(key=lambda row: (-row.recoveries, -row.episodes, row.service, row.environment))
    return ServicesDocument(
        span=SpanPart(start=rfc3339(what.start), end=rfc3339(what.end)),
        previous=SpanPart(start=rfc3339(first), end=rfc3339(what.start)),
        services=rows,
    )


def known_service(store: Store, name: str) -> None:
    """Raise `InputError`, naming the nearest, for a service that the store has never heard of."""
    if not name:
        return
    names = store.service_names()
    if any(name in (one, one.rpartition("/")[2]) or one.endswith(f"/{name}") for one in names):
        return
    near = nearest(name, [*names, *(one.rpartition("/")[2] for one in names)])
    hint = f"did you mean {near!r}?" if near else "`overheal services` lists those that are"
    raise InputError(f"no service is called {clean(name)!r} in this store; {hint}")


def _known_environment(store: Store, name: str) -> None:
    if not name:
        return
    names = store.environment_names()
    if name not in names:
        those = f"it knows {', '.join(map(clean, names))}" if names else "it holds no events"
        raise InputError(f"no event of an environment {clean(name)!r} is in this store; {those}")


TITLES = {
    ("auto_recovery_success", ""): "automated recoveries that succeeded",
    ("auto_recovery_success", "verified"): "… where the outcome was verified",
    ("auto_recovery_success", "believed"): "… where it was only believed",
    ("recoveries", ""): "automated recoveries",
    ("recoveries", "human"): "recoveries by people",
    ("episodes", ""): "episodes of automation",
    ("episodes", "human"): "episodes of people",
    ("hidden_incidents", ""): "incidents that nobody was told of",
    ("hidden_minutes", ""): "how long users felt them",
    ("masking_ratio", ""): "share of incidents that stayed hidden",
    ("mttr", "automatic p50"): "time to recover, automation, half within",
    ("mttr", "automatic p90"): "time to recover, automation, 9 of 10 within",
    ("mttr", "human p50"): "time to recover, people, half within",
    ("mttr", "human p90"): "time to recover, people, 9 of 10 within",
    ("on_call_incidents", ""): "incidents that people were paged for",
    ("on_call_foretold", ""): "… that a finding had foretold",
    ("automation_cost", "seconds"): "time that recoveries took, in all",
    ("automation_cost", "replica seconds"): "… times the replicas they held",
}


def _title(one: KpiReading) -> str:
    told = TITLES.get((one.name, one.of))
    if told is not None:
        return told
    if one.name == "autonomy":
        return f"actions at level {one.of}"
    if one.name == "autonomy_time":
        return f"time of agents at level {one.of}"
    return f"{one.of}: {one.name}"


def _figure(one: KpiReading, previous: float | None) -> FigurePart:
    both = one.value is not None and previous is not None
    return FigurePart(
        name=one.name,
        of=one.of,
        title=_title(one),
        unit=one.unit,
        value=one.value,
        low=one.low,
        high=one.high,
        numerator=one.numerator,
        denominator=one.denominator,
        unknown=one.unknown,
        open=one.open,
        reason=one.reason,
        previous=previous,
        change=(one.value or 0) - (previous or 0) if both else None,
    )


def _observed(store: Store, start: int) -> bool:
    """Whether the store's history begins before `start`, or nearly."""
    first = store.first_event()
    return first is not None and first < start + DAY


def _read(store: Store, what: Asked, start: int, end: int) -> KpiSet:
    return store.kpis(start, end, what.service, what.environment, what.as_of)


def _told_catalog(store: Store) -> Catalog | None:
    """Return the newest catalog that the store was told, None where there is none to be read."""
    try:
        return catalog_told(store)
    except ConfigError:
        return None


def _newest(findings: Sequence[Finding], what: Asked) -> dict[tuple[str, str], Finding]:
    """Return the newest finding of each service, one that nothing explains before all others."""
    found: dict[tuple[str, str], tuple[bool, int, Finding]] = {}
    for one, root in in_order([one for one in findings if one.detected_at <= what.as_of]):
        key = (one.environment, one.service)
        rank = (not root, one.detected_at)
        if key not in found or found[key][:2] <= rank:
            found[key] = (*rank, one)
    return {key: finding for key, (_, _, finding) in found.items()}


def _service(
    one: KpiSet,
    before: dict[tuple[str, str], int] | None,
    catalog: Catalog | None,
    newest: dict[tuple[str, str], Finding],
) -> ServiceFigures:
    key = (one.environment, one.service)
    rate, hidden = one.get("auto_recovery_success"), one.get("hidden_incidents").value
    entry = None if catalog is None else catalog.entry(one.service)
    recoveries = round(one.get("recoveries").value or 0)
    previous = None if before is None else before.get(key, 0)
    found = newest.get(key)
    return ServiceFigures(
        service=one.service,
        environment=one.environment,
        owner="" if entry is None else entry.owner or "",
        recoveries=recoveries,
        human_recoveries=round(one.get("recoveries", "human").value or 0),
        episodes=round(one.get("episodes").value or 0),
        previous=previous,
        change=None if previous is None else recoveries - previous,
        success_rate=rate.value,
        low=rate.low,
        high=rate.high,
        unknown=rate.unknown,
        open=rate.open,
        hidden_incidents=None if hidden is None else round(hidden),
        incomplete=len(one.incomplete),
        last_finding=None
        if found is None
        else LastFindingPart(
            id=found.id,
            detector=found.detector,
            tier=found.tier.word,
            status=found.status.value,
            at=rfc3339(found.detected_at),
            summary=found.summary,
        ),
    )
