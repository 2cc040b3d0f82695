"""A backtest in words: what changed, when, why, and what labels say of it."""

from __future__ import annotations

import json

from overheal.report.backtest_parts import (
    Backtest,
    CountsPart,
    DifferencePart,
    LabelsPart,
    ScorePart,
    SettingPart,
    SuggestionPart,
    Suggestions,
)
from overheal.report.words import clock_beside, duration, parse_instant, plural
from overheal.state.words import percent

KINDS = ("gained", "lost", "earlier", "later", "louder", "quieter")
"""In which ways a finding can differ; only the first four are ways of a page."""


def verdict(document: Backtest) -> str:
    """Return in one sentence what the new settings would have changed."""
    pages = document.page_counts
    moved = [
        plural(getattr(pages, kind), "page") + f" {kind}"
        for kind in KINDS[:4]
        if getattr(pages, kind)
    ]
    if moved:
        told = f"{', '.join(moved)}: {pages.before:,} before, {pages.after:,} after"
        return f"{told}, {judged(document)}."
    if document.findings:
        return (
            f"No page {judged(document)} differs ({pages.before:,} on both sides), "
            f"{plural(len(document.findings), 'finding')} would."
        )
    return "Nothing differs: on these events the new settings find the same."


def judged(document: Backtest) -> str:
    """Return whose findings are compared; what the other detectors found is the same and untold."""
    one, *more = document.detectors
    return f"of the {len(more) + 1} detectors judged again" if more else f"of {one}"


def replayed(document: Backtest) -> str:
    """Return what was replayed, from when to when."""
    start, end = (parse_instant(at) for at in (document.window.start, document.window.end))
    assert start is not None
    assert end is not None
    return (
        f"{plural(document.events, 'event')} of {plural(document.services, 'service')}, "
        f"{clock_beside(start, None)} to {clock_beside(end, start)}; judged again: "
        f"{', '.join(document.detectors)}"
    )


def setting(one: SettingPart) -> str:
    """Return one setting that differs."""
    where = f" for {one.service}" if one.service else ""
    return f"{one.detector}.{one.name}{where}: {one.before} → {one.after}"


def counted(counts: CountsPart) -> str:
    """Return how many there are on each side."""
    words = [f"{getattr(counts, kind):,} {kind}" for kind in KINDS if getattr(counts, kind)]
    return f"{counts.before:,} before, {counts.after:,} after" + (
        f" ({', '.join(words)})" if words else ""
    )


def untold(document: Backtest) -> list[DifferencePart]:
    """Return the findings that differ, without those that are told among the pages."""
    told = {_sign(one) for one in document.pages}
    return [one for one in document.findings if _sign(one) not in told]


def _sign(one: DifferencePart) -> tuple[str, str]:
    """Return what a page and the finding behind it have in common."""
    before, after = one.before, one.after
    return (before.id if before else "", after.id if after else "")


def moment(one: DifferencePart, *, tier: bool = True) -> str:
    """Return when it is, and from when it moved; with how loud it is unless that stands beside."""
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
    told = clock_beside(times[-1], None)
    return f"{sides[-1].tier}, {told}" if tier else told


def said(one: DifferencePart) -> str:
    """Return what somebody said of a finding, "" where nobody did."""
    return f"; labelled {one.label}" if one.label else ""


def labels(part: LabelsPart) -> str:
    """Return how many labels there are."""
    told = f"{part.useful:,} useful, {part.noise:,} noise, {part.missed:,} missed"
    return told + (f"; {part.elsewhere:,} of findings judged alike" if part.elsewhere else "")


def score(one: ScorePart, missed: int) -> str:
    """Return what labels say of one side, of `missed` labels of what no finding spoke of."""
    judged = f"{one.useful:,} useful and {one.noise:,} noise among labelled pages"
    known = "unknown" if one.precision is None else percent(one.precision)
    share = f"precision {known}"
    caught = f"; speaks of {one.missed_caught:,} of {missed:,} missed" if missed else ""
    return f"{share}: {judged}{caught}"


def in_catalog(one: SettingPart) -> str:
    """Return a setting as a line of the catalog.

    >>> setting = {"detector": "thrashing", "name": "reversals", "service": "a/b"}
    >>> in_catalog(SettingPart(**setting, before=3, after=4))
    'services."a/b".thrashing = { reversals = 4 }'
    """
    value = json.dumps(one.after)
    return f'services."{one.service}".{one.detector} = {{ {one.name} = {value} }}'


def suggested(document: Suggestions) -> str:
    """Return in one sentence for how many services something is better."""
    if not document.suggestions:
        return "No page that was judged again is labelled, so nothing can be said."
    better = sum(bool(one.settings) for one in document.suggestions)
    thin = sum(one.too_thin is not None for one in document.suggestions)
    return (
        f"Better settings for {better} of {len(document.suggestions)}; "
        f"for {thin} the data is too thin to tell."
    )


def suggestion(one: SuggestionPart) -> str:
    """Return what is suggested for one service, and what that would have done."""
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
