"""KPIs and services as pages for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from overheal.report.kpi.parts import FigurePart, KpiDocument, ServicesDocument
from overheal.report.kpi.resting import rests_on
from overheal.report.layout import column, heading, printed
from overheal.report.words import (
    ago,
    between,
    clean,
    duration,
    number,
    parse_instant,
    placed,
    plural,
    shorten,
)
from overheal.state.words import percent

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Recovery", ("recoveries", "episodes", "auto_recovery_success", "mttr")),
    ("Hidden from people", ("hidden_incidents", "hidden_minutes", "masking_ratio")),
    ("On call", ("on_call_incidents", "on_call_foretold")),
    ("Policies", ("ineffective", "unnecessary")),
    ("Autonomy", ("autonomy", "autonomy_time")),
    ("Cost", ("automation_cost",)),
)
_SHOWN = 3


def render_kpis(document: KpiDocument, *, width: int, color: bool) -> str:
    """Return the page of `overheal kpis`, no line wider than `width`."""
    return printed(_kpis(document, width), width=width, color=color)


def render_services(document: ServicesDocument, *, now: int, width: int, color: bool) -> str:
    """Return the page of `overheal services`; `now` is microseconds UTC."""
    return printed(_services(document, now, width), width=width, color=color)


def amount(value: float, unit: str) -> str:
    """Return a value with its unit as people read it."""
    if unit == "share":
        return percent(value)
    if unit in ("seconds", "minutes"):
        return duration(value * (60 if unit == "minutes" else 1))
    return number(round(value, 3))


def _kpis(document: KpiDocument, width: int) -> Iterator[RenderableType]:
    who = clean(document.service) or "All services"
    where = f" in {clean(document.environment)}" if document.environment else ""
    yield Text(f"{who}{where}, {_span(document.span.start, document.span.end)}", style="bold")
    if document.previous is not None:
        past = _span(document.previous.start, document.previous.end)
        compared = any(one.previous is not None for one in document.figures)
        if not compared:
            past += ", of which nothing is known"
        said = f"{'compared' if compared else 'not compared'} with {past}"
        yield Text(said, style="dim")
    for title, names in GROUPS:
        figures = [one for one in document.figures if one.name in names]
        if not figures:
            continue
        yield Text()
        yield heading(title, width, "bold")
        known = [one for one in figures if one.value is not None]
        if known:
            yield _figures(known, width)
        yield from _not_known([one for one in figures if one.value is None], width)
    yield from _missing(document, width)


def _figures(figures: Sequence[FigurePart], width: int) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=min(40, width // 2 - 2), style="dim")
    grid.add_column(width=max(8, min(14, width // 6)), justify="right")
    grid.add_column()
    for one in figures:
        value = amount(one.value or 0, one.unit)
        grid.add_row(clean(one.title), Text(value, style="bold" if one.value else ""), _beside(one))
    return grid


def _not_known(figures: Sequence[FigurePart], width: int) -> Iterator[RenderableType]:
    """Say once for each reason what is not known by it, and how much told nothing."""
    reasons: dict[str, list[FigurePart]] = {}
    for one in figures:
        reasons.setdefault(one.reason, []).append(one)
    for reason, alike in reasons.items():
        names = "; ".join(clean(one.title).removeprefix("… ") for one in alike)
        rest = _rest(alike[0])
        yield column(f"Not known: {names}. Why: {reason}{f' ({rest})' if rest else ''}.", width)


def _beside(one: FigurePart) -> str:
    """Return bounds, change and what is missing, in this order."""
    told = []
    if one.low is not None and one.high is not None:
        told.append(f"{percent(one.low)} to {percent(one.high)}")
    told += rests_on(one.name, one.unit, one.numerator, one.denominator)
    if one.change is not None and one.previous is not None:
        told.append(_change(one.change, one.previous, one.unit))
    if one.unknown or one.open:
        told.append(_rest(one))
    return "; ".join(told)


def _change(change: float, previous: float, unit: str) -> str:
    was = amount(previous, unit)
    if was == amount(previous + change, unit):
        return "as before"
    return f"{'up' if change > 0 else 'down'} from {was}"


def _rest(one: FigurePart) -> str:
    what = "of unknown length" if one.name == "automation_cost" else "of unknown outcome"
    told = [f"{one.unknown:,} {what}"] if one.unknown else []
    return ", ".join([*told, f"{one.open:,} not over"] if one.open else told)


def _missing(document: KpiDocument, width: int) -> Iterator[RenderableType]:
    """Say what the figures rest on, and what was thought otherwise before."""
    if document.incomplete:
        yield Text()
        yield heading("Incomplete", width, "bold yellow")
        for one in document.incomplete[:_SHOWN]:
            span = _span(one.start, one.end)
            yield column(
                f"{clean(one.service)}: events tell {percent(one.share)} of what "
                f"{clean(one.counter)} counted, {span}",
                width,
            )
        if len(document.incomplete) > _SHOWN:
            yield Text(f"and {plural(len(document.incomplete) - _SHOWN, 'more span')}")
    if document.restated_count:
        yield Text()
        yield heading("Told otherwise later", width, "bold")
        yield column(
            f"{plural(document.restated_count, 'outcome')} in this span turned out otherwise than "
            "first told; the figures count what is known. The newest:",
            width,
        )
        for change in document.restated[:_SHOWN]:
            yield column(
                f"{clean(change.service)}, {clean(change.action_id)}: {clean(change.was)} became "
                f"{clean(change.becomes)}, {clean(change.reason)}",
                width,
            )


def _span(start: str, end: str) -> str:
    return between(parse_instant(start) or 0, parse_instant(end) or 0)


def _services(document: ServicesDocument, now: int, width: int) -> Iterator[RenderableType]:
    span = _span(document.span.start, document.span.end)
    if not document.services:
        yield Text(f"No service had an action from {span}.")
        return
    yield Text(f"{plural(len(document.services), 'service')}, {span}", style="bold")
    yield Text()
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    room = max(14, width // 4)
    for name in ("service", "owner"):
        table.add_column(name, max_width=room if name == "service" else 14, no_wrap=True)
    for name in ("recoveries", "episodes", "before", "success"):
        table.add_column(name, justify="right")
    for one in document.services:
        table.add_row(
            shorten(clean(placed(one.service, one.environment)), room),
            shorten(clean(one.owner) or "-", 14),
            number(one.recoveries),
            number(one.episodes),
            "-" if one.previous is None else number(one.previous),
            "-" if one.success_rate is None else percent(one.success_rate),
        )
    yield table
    told = [one for one in document.services if one.last_finding is not None]
    if told:
        yield Text()
        yield heading("Last found", width, "bold")
    for one in told[:10]:
        found = one.last_finding
        if found is not None:
            when = ago(parse_instant(found.at) or 0, now)
            yield column(
                f"{clean(placed(one.service, one.environment))}, {when}, {found.tier}: "
                f"{clean(found.summary)} ({found.id})",
                width,
            )
