"""A backtest for a terminal: what would page otherwise, then what would be found otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from overheal.report.backtest_parts import (
    Backtest,
    CountsPart,
    DifferencePart,
    ScorePart,
    SettingPart,
    SuggestionPart,
    Suggestions,
)
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
from overheal.report.words import (
    clean_tree,
    clock_beside,
    duration,
    parse_instant,
    plural,
    shorten,
)

SHOWN = 40
"""How many differences are told one by one; JSON has all."""
_HEADINGS = (
    ("gained", "gained"),
    ("lost", "lost"),
    ("earlier", "earlier"),
    ("later", "later"),
    ("louder", "louder"),
    ("quieter", "quieter"),
)
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


def verdict(document: Backtest) -> str:
    """Return in one sentence what the new settings would have changed."""
    pages = document.page_counts
    moved = [
        plural(getattr(pages, kind), "page") + f" {word}"
        for kind, word in _HEADINGS[:4]
        if getattr(pages, kind)
    ]
    if moved:
        return f"{', '.join(moved)}: {pages.before:,} before, {pages.after:,} after."
    if document.findings:
        return (
            f"No page differs ({pages.before:,} on both sides), "
            f"{plural(len(document.findings), 'finding')} would."
        )
    return "Nothing differs: on these events the new settings find the same."


def _page(document: Backtest, width: int) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    yield column(verdict(document), prose, style="bold")
    yield ""
    yield labelled("Replayed", _replayed(document), prose)
    for at, setting in enumerate(document.settings):
        yield labelled("Settings" if not at else "", _setting(setting), prose)
    if document.catalog:
        yield labelled("Catalog", "differs in " + ", ".join(document.catalog[:8]), prose)
    for note in document.notes:
        yield labelled("Note", note, prose)
    for name, found, counts in (
        ("PAGES", document.pages, document.page_counts),
        ("FINDINGS", document.findings, document.finding_counts),
    ):
        yield ""
        yield heading(f"{name}: {_counted(counts)}", prose, "bold")
        above = [] if found is document.pages else document.pages
        yield from _differences(found, above, prose)
    if document.labels is not None:
        labels = document.labels
        yield ""
        yield heading("LABELS", prose, "bold")
        yield column(
            f"{labels.useful:,} useful, {labels.noise:,} noise, {labels.missed:,} missed"
            + (f"; {labels.elsewhere:,} of findings judged alike" if labels.elsewhere else ""),
            prose,
        )
        yield labelled("Before", _score(labels.before, labels.missed), prose)
        yield labelled("After", _score(labels.after, labels.missed), prose)


def _replayed(document: Backtest) -> str:
    start, end = (parse_instant(at) for at in (document.window.start, document.window.end))
    assert start is not None
    assert end is not None
    return (
        f"{plural(document.events, 'event')} of {plural(document.services, 'service')}, "
        f"{clock_beside(start, None)} to {clock_beside(end, start)}; judged again: "
        f"{', '.join(document.detectors)}"
    )


def _setting(one: SettingPart) -> str:
    where = f" for {one.service}" if one.service else ""
    return f"{one.detector}.{one.name}{where}: {one.before} → {one.after}"


def _counted(counts: CountsPart) -> str:
    words = [
        f"{getattr(counts, kind):,} {word}" for kind, word in _HEADINGS if getattr(counts, kind)
    ]
    return f"{counts.before:,} before, {counts.after:,} after" + (
        f" ({', '.join(words)})" if words else ""
    )


def _differences(
    every: Sequence[DifferencePart], above: Sequence[DifferencePart], width: int
) -> Iterator[RenderableType]:
    """Return what differs one by one, without what stands `above` already."""
    told = {_sign(one) for one in above}
    found = [one for one in every if _sign(one) not in told]
    if len(found) < len(every):
        yield column(f"{len(every) - len(found):,} of them are pages, told above", width)
    elif not found:
        yield column("none differs", width, style="dim")
    for one in found[:SHOWN]:
        side = one.after or one.before
        assert side is not None
        mark = Text.assemble((f"{_MARKS[one.kind]} {one.kind} ", "bold"))
        mark.append(shorten(one.title, max(width - len(one.kind) - 4, 10)), STYLES[side.tier])
        yield mark
        yield indented(column(f"{_moment(one)}{_said(one)}", width - 2), 2)
        yield indented(column(one.reason, width - 2), 2)
        yield indented(Text(side.id, style="dim", overflow="fold"), 2)
    if len(found) > SHOWN:
        yield column(f"and {len(found) - SHOWN:,} more; --output json has all", width, style="dim")


def _sign(one: DifferencePart) -> tuple[str, str, str]:
    before, after = one.before, one.after
    return (one.kind, before.id if before else "", after.id if after else "")


def _moment(one: DifferencePart) -> str:
    """Return when it is, and from when it moved."""
    sides = [side for side in (one.before, one.after) if side is not None]
    times = [parse_instant(side.at) or 0 for side in sides]
    if one.seconds_later is not None:
        how = "later" if one.seconds_later > 0 else "earlier"
        return (
            f"{clock_beside(times[1], None)} rather than {clock_beside(times[0], times[1])}, "
            f"{duration(abs(one.seconds_later))} {how}"
        )
    if len(sides) == 2 and sides[0].tier != sides[1].tier:
        return f"{sides[1].tier} rather than {sides[0].tier}, {clock_beside(times[1], None)}"
    return f"{sides[-1].tier}, {clock_beside(times[-1], None)}"


def _said(one: DifferencePart) -> str:
    return f"; labelled {one.label}" if one.label else ""


def _score(score: ScorePart, missed: int) -> str:
    judged = f"{score.useful:,} useful and {score.noise:,} noise among labelled pages"
    share = "precision unknown" if score.precision is None else f"precision {score.precision:.0%}"
    caught = f"; speaks of {score.missed_caught:,} of {missed:,} missed" if missed else ""
    return f"{share}: {judged}{caught}"


def _suggested(document: Suggestions, width: int) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    better = sum(bool(one.settings) for one in document.suggestions)
    thin = sum(one.too_thin is not None for one in document.suggestions)
    if not document.suggestions:
        yield column("No page that was judged again is labelled, so nothing can be said.", prose)
    else:
        yield column(
            f"Better settings for {better} of {len(document.suggestions)}; "
            f"for {thin} the data is too thin to tell.",
            prose,
            style="bold",
        )
    for note in document.notes:
        yield labelled("Note", note, prose)
    for one in document.suggestions:
        yield ""
        yield heading(f"{one.service}, {one.detector}", prose, "bold")
        yield labelled("Labels", f"{one.useful:,} useful, {one.noise:,} noise", prose)
        yield labelled("Suggested", _suggestion(one), prose)
        for setting in one.settings:
            yield labelled("Catalog", _in_catalog(setting), prose)
    yield ""


def _in_catalog(one: SettingPart) -> str:
    """Return a setting as a line of the catalog.

    >>> setting = {"detector": "thrashing", "name": "reversals", "service": "a/b"}
    >>> _in_catalog(SettingPart(**setting, before=3, after=4))
    'services."a/b".thrashing = { reversals = 4 }'
    """
    value = json.dumps(one.after)
    return f'services."{one.service}".{one.detector} = {{ {one.name} = {value} }}'


def _suggestion(one: SuggestionPart) -> str:
    if one.too_thin is not None:
        return f"nothing: {one.too_thin}"
    if not one.settings:
        return f"what is in force: none of {one.tried:,} settings tried is better"
    words = ", ".join(f"{setting.name} = {setting.after}" for setting in one.settings)
    return (
        f"{words} (instead of {', '.join(str(setting.before) for setting in one.settings)}): "
        f"every useful page is kept, {one.noise_after:,} of {one.noise:,} noise pages remain; "
        f"{one.pages_before:,} pages before, {one.pages_after:,} after"
    )


__all__ = ["render_backtest", "render_suggestions", "verdict"]
