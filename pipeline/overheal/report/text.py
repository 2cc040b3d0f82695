"""The page for a terminal: what is wrong first, the numbers behind it, then everything else."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from overheal.report.document import Report
from overheal.report.facts import Fact, facts, since
from overheal.report.order import explained_by_root
from overheal.report.parts import FindingPart
from overheal.report.presentable import presentable
from overheal.report.tables import read_from, services_table, totals_lines
from overheal.report.verdict import TIER_WORDS, about, headline
from overheal.report.words import parse_instant, plural, shorten

_NARROWEST = 40
_PROSE = 100
"""Lines of prose longer than this are hard to read."""
_BESIDE = 150
"""From this width on, numbers stand beside the prose."""
_EXPLAINED = 5
"""Findings listed beneath the one that explains them; the JSON document has all."""
_LABEL = 11
_JOIN = "\ue000"
"""Stands for a space where no line may break; `clean` leaves none of these in the input."""
_UNIT = re.compile(
    r"(?<=\d) (?=(?:UTC|min|m?s|h|days?|[A-Z][a-z]{2} \d)\b|%)|(?<=[A-Z][a-z]{2}) (?=\d{4}\b)"
)
_STYLES = {"critical": "bold red", "actionable": "bold yellow", "informational": "bold cyan"}


def render_text(report: Report, *, width: int, color: bool) -> str:
    """Return the page, no line wider than `width` columns (at least 40), ending in a newline.

    Without `color` it holds no escape sequence at all. Nothing of the input reaches it raw.
    """
    width = max(width, _NARROWEST)
    safe = presentable(report)
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width,
        height=100,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for part in _page(safe, width):
        console.print(part, soft_wrap=False)
    lines = buffer.getvalue().replace(_JOIN, " ").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def _page(report: Report, width: int) -> Iterator[RenderableType]:
    prose = min(width, _PROSE)
    end = parse_instant(report.window.end)
    yield _column(report.verdict, prose, style="bold")
    yield ""
    yield _column(read_from(report), prose, style="dim")
    number = 0
    children = explained_by_root(report.findings)
    for tier in TIER_WORDS:
        roots = [one for one in report.findings if one.tier == tier and not one.inhibited_by]
        if roots:
            yield ""
            yield _heading(f"{tier.upper()} · {TIER_WORDS[tier]}", width, _STYLES[tier])
        for finding in roots:
            number += 1
            yield ""
            yield _finding(number, finding, children.get(finding.id, []), width, end)
    if report.services:
        yield ""
        yield _heading("SERVICES BY AUTOMATED RECOVERIES", width, "bold")
        yield ""
        yield services_table(report, width)
    yield ""
    yield _heading("TOTALS", width, "bold")
    yield ""
    for line in totals_lines(report):
        yield _indented(_column(line, prose - 2), 2)
    if report.notes:
        yield ""
        yield _heading("WHAT THIS CANNOT SHOW", width, "bold")
        yield ""
        for note in report.notes:
            yield _indented(_beside("-", _column(note, prose - 4), 2), 2)


def _finding(
    number: int,
    finding: FindingPart,
    explained: Sequence[FindingPart],
    width: int,
    end: int | None,
) -> RenderableType:
    inner = width - 4
    beside = width >= _BESIDE
    column = min(inner - 60, _PROSE) if beside else inner
    rows = [
        ("About", about(finding)),
        ("Since", since(finding, end)),
        ("Why", finding.reason),
        ("Look next", finding.next_step),
        ("Found by", finding.detector),
    ]
    body = [_labelled(name, text, column) for name, text in rows if text]
    numbers = _numbers(facts(finding), inner - column - 4 if beside else inner - _LABEL)
    if numbers is not None and not beside:
        body.insert(-2 if finding.next_step else -1, _beside("Numbers", numbers, _LABEL))
    told: list[RenderableType] = [_column(finding.summary, column)] if finding.summary else []
    told += body
    for child in explained[:_EXPLAINED]:
        line = f"{headline(child)} ({child.tier}, explained by this)"
        told.append(_beside("↳", _column(line, inner - 2), 2))
    if len(explained) > _EXPLAINED:
        rest = plural(len(explained) - _EXPLAINED, "more finding")
        told.append(_beside("↳", _column(f"{rest} explained by this", inner - 2), 2))
    if numbers is not None and beside:
        grid = Table.grid(padding=(0, 4, 0, 0))
        grid.add_column(width=column)
        grid.add_column()
        grid.add_row(Group(*told), numbers)
        told = [grid]
    head = _column(headline(finding), min(inner, _PROSE), style=_STYLES[finding.tier])
    return Group(_beside(f"{number:>2}", head, 4), _indented(Group(*told), 4))


def _numbers(told: Sequence[Fact], width: int) -> RenderableType | None:
    if not told:
        return None
    names = min(max(cell_len(fact.name) for fact in told), max(width // 2, 12))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=names, style="dim")
    grid.add_column(width=max(width - names - 2, 10))
    for fact in told:
        grid.add_row(_wrapped(fact.name, names), _wrapped(fact.value, width - names - 2))
    return grid


def _wrapped(text: str, width: int, *, style: str = "") -> Text:
    """Return text whose words wrap; numbers keep their units, and endless words lose a middle."""
    words = [shorten(word, max(width, 4)) for word in _UNIT.sub(_JOIN, text).split(" ")]
    return Text(" ".join(words), style=style, overflow="fold")


def _column(text: str, width: int, *, style: str = "") -> RenderableType:
    return _sized(_wrapped(text, width, style=style), width)


def _sized(body: RenderableType, width: int) -> RenderableType:
    grid = Table.grid()
    grid.add_column(width=width)
    grid.add_row(body)
    return grid


def _labelled(name: str, text: str, width: int) -> RenderableType:
    return _beside(name, _column(text, width - _LABEL), _LABEL)


def _beside(label: str, body: RenderableType, width: int) -> RenderableType:
    grid = Table.grid()
    grid.add_column(width=width, style="dim")
    grid.add_column()
    grid.add_row(Text(label), body)
    return grid


def _heading(text: str, width: int, style: str) -> Text:
    return Text.assemble((text, style), (f" {'─' * (width - len(text) - 1)}", "dim"))


def _indented(body: RenderableType, by: int) -> RenderableType:
    return Padding(body, (0, 0, 0, by), expand=False) if by else body
