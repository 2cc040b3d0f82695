"""A backtest for a browser: one file that fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from overheal.report import backtest_words as words
from overheal.report.backtest_parts import Backtest, DifferencePart, Suggestions
from overheal.report.charts.canvas import COLORS
from overheal.report.charts.sides import Differing, sides
from overheal.report.pages import environment
from overheal.report.pictures import Picture, drawn
from overheal.report.words import clean_tree, parse_instant

SHOWN = 300
"""Differences that are told one by one; JSON has all."""
MARKS = {
    "gained": "+",
    "lost": "\u2212",
    "earlier": "←",
    "later": "→",
    "louder": "▲",
    "quieter": "▽",
}


@dataclass(frozen=True)
class Section:
    """Pages or findings: how many, those that differ by kind, and a picture of when they were."""

    ident: str
    title: str
    counts: str
    kinds: list[tuple[str, list[DifferencePart]]]
    unlisted: int
    rest: str
    picture: Picture | None = None


def render_backtest_page(document: Backtest) -> str:
    """Return the page as one HTML document; everything of the input in it is escaped."""
    safe = Backtest.model_validate(clean_tree(document.model_dump()))
    untold = words.untold(safe)
    told = len(safe.findings) - len(untold)
    of = words.judged(safe)
    window = (parse_instant(safe.window.start) or 0, parse_instant(safe.window.end) or 0)
    found = environment()
    found.filters.update(moment=words.moment, setting=words.setting, said=words.said)
    return found.get_template("backtest.html.jinja").render(
        document=safe,
        lead=words.verdict(safe),
        replayed=words.replayed(safe),
        sections=[
            _section(
                "pages",
                f"Pages {of}",
                words.counted(safe.page_counts),
                safe.pages,
                "",
                window=window,
            ),
            _section(
                "findings",
                f"Findings {of}",
                words.counted(safe.finding_counts),
                untold,
                f"{told:,} of them, pages, stand above." if told else "",
                window=window,
            ),
        ],
        labels=_labels(safe),
        marks=MARKS,
        colors=COLORS,
    )


def render_suggestions_page(document: Suggestions) -> str:
    """Return the page of suggestions as one HTML document; everything in it is escaped."""
    safe = Suggestions.model_validate(clean_tree(document.model_dump()))
    found = environment()
    found.filters.update(suggestion=words.suggestion, in_catalog=words.in_catalog)
    return found.get_template("suggestions.html.jinja").render(
        document=safe, lead=words.suggested(safe), colors=COLORS
    )


def _section(
    ident: str,
    title: str,
    counts: str,
    found: Sequence[DifferencePart],
    rest: str,
    *,
    window: tuple[int, int],
) -> Section:
    shown = found[:SHOWN]
    kinds = [(kind, [one for one in shown if one.kind == kind]) for kind in words.KINDS]
    chart = sides(ident, [_differing(one) for one in found], *window)
    return Section(
        ident=ident,
        title=title,
        counts=counts,
        kinds=[(kind, alike) for kind, alike in kinds if alike],
        unlisted=len(found) - len(shown),
        rest=rest,
        picture=None if chart is None else drawn(chart, ident),
    )


def _differing(one: DifferencePart) -> Differing:
    """Return when it was on each side; what is gained or lost is a page on one of them only."""
    before = one.before if one.kind != "gained" else None
    after = one.after if one.kind != "lost" else None
    at = [None if side is None else parse_instant(side.at) for side in (before, after)]
    return Differing(one.kind, at[0], at[1])


def _labels(document: Backtest) -> list[str]:
    part = document.labels
    if part is None:
        return []
    return [
        f"Labels: {words.labels(part)}.",
        f"Before: {words.score(part.before, part.missed)}.",
        f"After: {words.score(part.after, part.missed)}.",
    ]
