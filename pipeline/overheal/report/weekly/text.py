"""The weekly report for a terminal, and for the part of a mail that is only text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from overheal.report.layout import (
    NARROWEST,
    PROSE,
    beside,
    column,
    heading,
    indented,
    labelled,
    printed,
)
from overheal.report.weekly.parts import (
    AckPart,
    FollowUpPart,
    KpiPart,
    LinePart,
    TopServicePart,
    WeeklyReport,
)
from overheal.report.weekly.words import (
    FINDINGS,
    NOTHING_BETTER,
    answered,
    asks,
    figure_rows,
    owned,
    since,
    sparks,
    wanted,
    whose,
)
from overheal.report.words import clock_beside, number, parse_instant, plural, shorten
from overheal.state.words import percent


def render_weekly_text(report: WeeklyReport, *, width: int, color: bool) -> str:
    """Return the page, no line wider than `width` (at least 40); see `layout.printed`."""
    width = max(width, NARROWEST)
    return printed(_page(report, width), width=width, color=color)


def _page(report: WeeklyReport, width: int) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    yield column(report.verdict, prose, style="bold")
    for line in [] if report.empty else report.lead:
        yield ""
        yield column(line, prose)
    yield from _section("UNANSWERED FROM EARLIER WEEKS", _overdue(report, prose), width)
    if report.empty:
        return
    yield from _section("MOST OFTEN RECOVERED", _top(report, prose), width)
    yield from _section("FIGURES", [_kpis(report.kpis, prose - 2)], width)
    yield from _section("HIDDEN INCIDENTS", _hidden(report, prose), width)
    yield from _section("CONFLICTS", _conflicts(report, prose), width)
    yield from _section("WHAT ELSE WAS FOUND", _others(report, prose), width)
    yield from _section("WHAT GOT BETTER", _better(report, prose), width)
    yield from _section("WHAT AUTOMATION SAVED", _lines(report.saved.words, prose), width)
    yield from _section("WHAT THIS RESTS ON", _lines(report.completeness.words, prose), width)


def _overdue(report: WeeklyReport, width: int) -> list[RenderableType]:
    return [_question(one, width - 2, named=True) for one in report.overdue]


def _question(one: FollowUpPart, width: int, *, named: bool) -> RenderableType:
    head = f"{whose(one)}, {owned(one.owner)}: " if named else ""
    style = "bold red" if one.state == "overdue" else ""
    told: list[RenderableType] = [column(f"{head}{asks(one)}", width, style=style)]
    if one.state != "answered":
        told.append(column(one.command, width, style="dim"))
    return Group(*told)


def _top(report: WeeklyReport, width: int) -> list[RenderableType]:
    if not report.top_services:
        return [column("Automation recovered nothing.", width - 2)]
    told: list[RenderableType] = []
    for one in report.top_services:
        told += [_service(one, width - 2), ""]
    return told[:-1]


def _service(one: TopServicePart, width: int) -> RenderableType:
    inner = width - 4
    counts = (
        f"{plural(one.recoveries, 'recovery', 'recoveries')} in "
        f"{plural(one.episodes, 'episode')}, {percent(one.share)} of all; {one.trend.words}"
    )
    rows = [("Owner", one.owner or owned("")), ("Count", counts), ("By day", sparks(one.daily))]
    body = [labelled(name, text, inner) for name, text in rows]
    if not one.explains:
        body.append(labelled("Because", "no finding explains it", inner))
    for line in one.explains:
        body.append(labelled("Because", f"{line.headline} ({line.tier}, {line.status})", inner))
        body.append(labelled("", f"{line.id}{_acked(line.acknowledged)}", inner))
    if one.explains:
        body.append(labelled("Look next", one.explains[0].next_step, inner))
    if one.follow_up is not None:
        body.append(
            beside(wanted(one.follow_up), _question(one.follow_up, inner - 11, named=False), 11)
        )
    head = column(shorten(whose(one), inner), inner, style="bold")
    return Group(beside(f"{one.rank:>2}", head, 4), indented(Group(*body), 4))


def _acked(ack: AckPart | None) -> str:
    return f", {answered(ack)}" if ack else ""


def _kpis(kpis: Sequence[KpiPart], width: int) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    names = min(42, width // 2)
    grid.add_column(width=names)
    grid.add_column(width=width - names - 2)
    for title, shown, rest, _ in figure_rows(kpis):
        text = f"{shown} ({rest})" if rest else shown
        grid.add_row(column(title, names), column(text, width - names - 2))
    return grid


def _hidden(report: WeeklyReport, width: int) -> list[RenderableType]:
    hidden = report.hidden
    if hidden.count is None:
        return [column(f"Not known: {hidden.not_known}.", width - 2)]
    if not hidden.count:
        return [column("None.", width - 2)]
    told: list[RenderableType] = []
    for one in hidden.incidents:
        start = parse_instant(one.started_at) or 0
        head = f"{whose(one)}, {owned(one.owner)}: {since(one.started_at, one.ended_at)}"
        told.append(column(head, width - 2, style="bold"))
        for step in one.story:
            at = clock_beside(parse_instant(step.at) or 0, start).removesuffix(" UTC")
            told.append(labelled(at, step.words, width - 2))
        told.append("")
    rest = hidden.count - len(hidden.incidents)
    return [*told, column(f"and {number(rest)} more", width - 2)] if rest > 0 else told[:-1]


def _conflicts(report: WeeklyReport, width: int) -> list[RenderableType]:
    if not report.conflicts:
        return [column("No agents worked against each other.", width - 2)]
    return [_line(one, width - 2) for one in report.conflicts]


def _others(report: WeeklyReport, width: int) -> list[RenderableType]:
    told = [_line(one, width - 2) for one in report.others]
    rest = report.others_count - len(told)
    if rest > 0:
        told.append(column(f"and {number(rest)} more; {FINDINGS}", width - 2))
    return told


def _line(one: LinePart, width: int) -> RenderableType:
    head = f"{one.headline} ({one.tier}, {one.status})"
    body = [
        column(one.next_step, width - 2),
        column(f"{one.id}{_acked(one.acknowledged)}", width - 2, style="dim"),
    ]
    return Group(column(head, width, style="bold"), *(indented(part, 2) for part in body))


def _better(report: WeeklyReport, width: int) -> list[RenderableType]:
    return _lines([one.words for one in report.better] or [NOTHING_BETTER], width)


def _lines(lines: Iterable[str], width: int) -> list[RenderableType]:
    return [beside("-", column(line, width - 4), 2) for line in lines]


def _section(title: str, lines: Sequence[RenderableType], width: int) -> Iterator[RenderableType]:
    if lines:
        yield ""
        yield heading(title, width, "bold")
        yield ""
        for line in lines:
            yield Text(line) if isinstance(line, str) else indented(line, 2)
