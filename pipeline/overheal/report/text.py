"""The page for a terminal: what is wrong first, the numbers behind it, then everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from overheal.report.document import Report
from overheal.report.facts import facts, since
from overheal.report.headlines import about, headline
from overheal.report.layout import (
    LABEL,
    NARROWEST,
    PROSE,
    STYLES,
    beside,
    column,
    heading,
    indented,
    labelled,
    numbers,
    printed,
)
from overheal.report.order import explained_by_root
from overheal.report.parts import FindingPart
from overheal.report.presentable import presentable
from overheal.report.tables import read_from, services_table, totals_lines
from overheal.report.verdict import TIER_WORDS, asking
from overheal.report.words import parse_instant, plural

_BESIDE = 150
"""From this width on, numbers stand beside the prose."""
_EXPLAINED = 5
"""Findings listed beneath the one that explains them; the JSON document has all."""


def render_text(report: Report, *, width: int, color: bool) -> str:
    """Return the page, no line wider than `width` columns (at least 40), ending in a newline.

    Without `color` it holds no escape sequence at all. Nothing of the input reaches it raw.
    """
    width = max(width, NARROWEST)
    return printed(_page(presentable(report), width), width=width, color=color)


def _page(report: Report, width: int) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    end = parse_instant(report.window.end)
    yield column(report.verdict, prose, style="bold")
    yield ""
    yield column(read_from(report), prose, style="dim")
    number = 0
    children = explained_by_root(report.findings)
    for tier in TIER_WORDS:
        roots = [one for one in report.findings if one.tier == tier and not one.inhibited_by]
        if roots:
            yield ""
            yield heading(f"{tier.upper()} · {asking(tier, roots)}", width, STYLES[tier])
        for finding in roots:
            number += 1
            yield ""
            yield _finding(number, finding, children.get(finding.id, []), width, end)
    if report.services:
        yield ""
        yield heading("SERVICES BY AUTOMATED RECOVERIES", width, "bold")
        yield ""
        yield services_table(report, width)
    yield ""
    yield heading("TOTALS", width, "bold")
    yield ""
    for line in totals_lines(report):
        yield indented(column(line, prose - 2), 2)
    if report.notes:
        yield ""
        yield heading("WHAT THIS CANNOT SHOW", width, "bold")
        yield ""
        for note in report.notes:
            yield indented(beside("-", column(note, prose - 4), 2), 2)


def _finding(
    number: int,
    finding: FindingPart,
    explained: Sequence[FindingPart],
    width: int,
    end: int | None,
) -> RenderableType:
    inner = width - 4
    wide = width >= _BESIDE
    room = min(inner - 60, PROSE) if wide else inner
    rows = [
        ("About", about(finding)),
        ("Since", since(finding, end)),
        ("Why", finding.reason),
        ("Look next", finding.next_step),
        ("Found by", finding.detector),
    ]
    body = [labelled(name, text, room) for name, text in rows if text]
    known = numbers(facts(finding), inner - room - 4 if wide else inner - LABEL)
    if known is not None and not wide:
        body.insert(-2 if finding.next_step else -1, beside("Numbers", known, LABEL))
    told: list[RenderableType] = [column(finding.summary, room)] if finding.summary else []
    told += body
    for child in explained[:_EXPLAINED]:
        line = f"{headline(child)} ({child.tier}, explained by this)"
        told.append(beside("↳", column(line, inner - 2), 2))
    if len(explained) > _EXPLAINED:
        rest = plural(len(explained) - _EXPLAINED, "more finding")
        told.append(beside("↳", column(f"{rest} explained by this", inner - 2), 2))
    if known is not None and wide:
        grid = Table.grid(padding=(0, 4, 0, 0))
        grid.add_column(width=room)
        grid.add_column()
        grid.add_row(Group(*told), known)
        told = [grid]
    head = column(headline(finding), min(inner, PROSE), style=STYLES[finding.tier])
    return Group(beside(f"{number:>2}", head, 4), indented(Group(*told), 4))
