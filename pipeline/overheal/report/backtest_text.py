"""A backtest for a terminal: what would page otherwise, then what would be found otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from overheal.report import backtest_words as words
from overheal.report.backtest_parts import Backtest, DifferencePart, Suggestions
from overheal.report.layout import (
    NARROWEST,
    PROSE,
    STYLES,
    column,
    heading,
    indented,
    labelled,
    printed,
)
from overheal.report.words import clean_tree, shorten

SHOWN = 40
"""How many differences are told one by one; JSON has all."""
_MARKS = {"gained": "+", "lost": "-", "earlier": "<", "later": ">", "louder": "^", "quieter": "v"}


def render_backtest(document: Backtest, *, width: int, color: bool) -> str:
    """Return the page; no line is wider than `width`."""
    safe = Backtest.model_validate(clean_tree(document.model_dump()))
    width = max(width, NARROWEST)
    return printed(_page(safe, width), width=width, color=color)


def render_suggestions(document: Suggestions, *, width: int, color: bool) -> str:
    """Return the page of suggestions; no line is wider than `width`."""
    safe = Suggestions.model_validate(clean_tree(document.model_dump()))
    width = max(width, NARROWEST)
    return printed(_suggested(safe, width), width=width, color=color)


def _page(document: Backtest, width: int) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    yield column(words.verdict(document), prose, style="bold")
    yield ""
    yield labelled("Replayed", words.replayed(document), prose)
    for at, setting in enumerate(document.settings):
        yield labelled("Settings" if not at else "", words.setting(setting), prose)
    if document.catalog:
        yield labelled("Catalog", "differs in " + ", ".join(document.catalog[:8]), prose)
    for note in document.notes:
        yield labelled("Note", note, prose)
    yield ""
    yield heading(
        f"PAGES {words.judged(document)}: {words.counted(document.page_counts)}", prose, "bold"
    )
    yield from _differences(document.pages, prose)
    yield ""
    yield heading(
        f"FINDINGS {words.judged(document)}: {words.counted(document.finding_counts)}",
        prose,
        "bold",
    )
    yield from _differences(words.untold(document), prose, above=len(document.findings))
    if document.labels is not None:
        labels = document.labels
        yield ""
        yield heading("LABELS", prose, "bold")
        yield column(words.labels(labels), prose)
        yield labelled("Before", words.score(labels.before, labels.missed), prose)
        yield labelled("After", words.score(labels.after, labels.missed), prose)


def _differences(
    found: Sequence[DifferencePart], width: int, *, above: int = 0
) -> Iterator[RenderableType]:
    """Return what differs one by one; of `above` in all the others are told already."""
    if len(found) < above:
        yield column(f"{above - len(found):,} of them are pages, told above", width)
    elif not found:
        yield column("none differs", width, style="dim")
    for one in found[:SHOWN]:
        side = one.after or one.before
        assert side is not None
        mark = Text.assemble((f"{_MARKS[one.kind]} {one.kind} ", "bold"))
        mark.append(shorten(one.title, max(width - len(one.kind) - 4, 10)), STYLES[side.tier])
        yield mark
        yield indented(column(f"{words.moment(one)}{words.said(one)}", width - 2), 2)
        yield indented(column(one.reason, width - 2), 2)
        yield indented(Text(side.id, style="dim", overflow="fold"), 2)
    if len(found) > SHOWN:
        yield column(f"and {len(found) - SHOWN:,} more; --output json has all", width, style="dim")


def _suggested(document: Suggestions, width: int) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    yield column(words.suggested(document), prose, style="bold" if document.suggestions else "")
    for note in document.notes:
        yield labelled("Note", note, prose)
    for one in document.suggestions:
        yield ""
        yield heading(f"{one.service}, {one.detector}", prose, "bold")
        yield labelled("Labels", f"{one.useful:,} useful, {one.noise:,} noise", prose)
        yield labelled("Suggested", words.suggestion(one), prose)
        for setting in one.settings:
            yield labelled("Catalog", words.in_catalog(setting), prose)
    yield ""
