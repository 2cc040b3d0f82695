"""One finding for somebody who was asleep, and many of them in a list, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from overheal.detect import registry
from overheal.report.facts import facts
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
from overheal.report.parts import FindingPart
from overheal.report.presentable import presentable_finding
from overheal.report.words import ago, clock, clock_beside, day, parse_instant, plural, shorten

_FIRST, _NEWEST = 3, 9
"""Moments of a finding that are told: its first, and its newest."""
_BENEATH = 10
_TIER = 13
"""Columns of the longest tier."""


def render_explained(
    finding: FindingPart,
    root: FindingPart | None,
    beneath: Sequence[FindingPart],
    *,
    now: int,
    width: int,
    color: bool,
) -> str:
    """Return everything about one finding; `now` is microseconds UTC. See `layout.printed`."""
    width = max(width, NARROWEST)
    safe = presentable_finding(finding)
    above = None if root is None else presentable_finding(root)
    below = [presentable_finding(one) for one in beneath]
    return printed(_page(safe, above, below, now, width), width=width, color=color)


def render_findings(findings: Sequence[FindingPart], *, now: int, width: int, color: bool) -> str:
    """Return two lines for each finding, in their order; `now` is microseconds UTC."""
    width = max(width, NARROWEST)
    if not findings:
        return "no finding is like that\n"
    lines: list[RenderableType] = []
    for finding in map(presentable_finding, findings):
        last = parse_instant(finding.last_at) or 0
        tier = Text(finding.tier, style=STYLES[finding.tier])
        indent = "↳ " if finding.inhibited_by else ""
        told = column(f"{indent}{headline(finding)}", width - _TIER - 2)
        beneath = f"{finding.status}, {ago(last, now)} · {finding.id}"
        lines += [beside(tier, told, _TIER + 2)]
        lines += [indented(column(beneath, width - _TIER - 2, style="dim"), _TIER + 2)]
    return printed(lines, width=width, color=color)


def _page(
    finding: FindingPart,
    root: FindingPart | None,
    beneath: Sequence[FindingPart],
    now: int,
    width: int,
) -> Iterator[RenderableType]:
    prose = min(width, PROSE)
    yield column(headline(finding), prose, style=STYLES[finding.tier])
    yield ""
    yield column(finding.summary, prose)
    yield ""
    for name, text in _rows(finding, now):
        yield labelled(name, text, prose)
    if root is not None:
        yield labelled("Explained", f"by {headline(root)} ({root.id})", prose)
    known = numbers(facts(finding), prose - LABEL)
    if known is not None:
        yield ""
        yield beside("Numbers", known, LABEL)
    yield from _section("HOW LOUD, AND WHY", _tiers(finding, prose), width)
    yield from _section("WHAT HAPPENED", _moments(finding, prose), width)
    told = [f"{headline(one)} ({one.tier}, {one.id})" for one in beneath[:_BENEATH]]
    if len(beneath) > _BENEATH:
        told.append(f"and {plural(len(beneath) - _BENEATH, 'more finding')}")
    lines = [beside("↳", column(line, prose - 4), 2) for line in told]
    yield from _section("WHAT THIS EXPLAINS", lines, width)
    yield from _section("HOW IT WAS FOUND", list(_detector(finding, prose)), width)


def _rows(finding: FindingPart, now: int) -> Iterator[tuple[str, str]]:
    """Tell what a finding is about, since when, whether it lasts, and what to do."""
    first, last = (parse_instant(text) or 0 for text in (finding.first_at, finding.last_at))
    resolved = parse_instant(finding.resolved_at)
    yield "Look next", finding.next_step
    if thing := about(finding):
        yield "About", thing
    if finding.agents:
        shown = ", ".join(finding.agents[:6])
        rest = len(finding.agents) - 6
        yield "Agents", f"{shown} and {rest} more" if rest > 0 else shown
    yield "Since", f"{clock_beside(first, now)}, {ago(first, now)}"
    yield "Last", f"{clock_beside(last, now)}, {ago(last, now)}"
    over = "" if resolved is None else f" at {clock_beside(resolved, now)}, {ago(resolved, now)}"
    yield "Status", f"{finding.status}{over}"
    yield "Where", " · ".join(filter(None, (finding.environment, finding.scope, finding.service)))
    yield "Id", finding.id


def _tiers(finding: FindingPart, width: int) -> list[RenderableType]:
    lines, near = [], parse_instant(finding.first_at)
    for change in finding.tier_history:
        at = parse_instant(change.at) or 0
        text = f"{change.tier} at {clock_beside(at, near)}"
        lines.append(column(f"{text}: {change.reason}", width - 2))
        near = at
    return lines


def _moments(finding: FindingPart, width: int) -> list[RenderableType]:
    """Tell the first moments and the newest, by day, with how many lie between them."""
    timeline = finding.evidence.get("timeline")
    moments = [one for one in timeline or () if isinstance(one, Mapping)]
    between = len(moments) - _FIRST - _NEWEST
    shown: list[RenderableType] = []
    today = ""
    for number, one in enumerate(moments):
        if between > 0 and _FIRST <= number < len(moments) - _NEWEST:
            if number == _FIRST:
                left = max(between, finding.member_count - _FIRST - _NEWEST)
                note = f"… {plural(left, 'more event')} …"
                shown.append(column(note, width - 2, style="dim"))
            continue
        at = parse_instant(one.get("at"))
        if at is not None and day(at) != today:
            today = day(at)
            shown.append(column(f"{today}, UTC", width - 2, style="dim"))
        shown.append(_moment(one, width))
    return shown


def _moment(moment: Mapping[str, Any], width: int) -> RenderableType:
    at = parse_instant(moment.get("at"))
    when = "" if at is None else clock(at)
    count = moment.get("count")
    times = f", {count} times" if isinstance(count, int) and count > 1 else ""
    outcome = moment.get("outcome") or "unknown"
    text = f"{moment.get('agent') or 'somebody'}: {moment.get('what') or 'acted'}{times}"
    return beside(when, column(shorten(f"{text} ({outcome})", 300), width - 2 - LABEL), LABEL)


def _detector(finding: FindingPart, width: int) -> Iterator[RenderableType]:
    """Say what the detector asks, and what it cannot see."""
    said = registry.documentation(finding.detector, "scope" if finding.scope else "fleet")
    if said is None:
        return
    for name, text in (
        ("Asks", said.question),
        ("Opens", said.opens),
        ("Ends", said.resolves),
        ("Blind", said.blind_to),
    ):
        yield labelled(name, text, width - 2)
    yield labelled("More", f"overheal detectors {finding.detector}", width - 2)


def _section(title: str, lines: Sequence[RenderableType], width: int) -> Iterator[RenderableType]:
    if lines:
        yield ""
        yield heading(title, width, "bold")
        yield ""
        for line in lines:
            yield indented(line, 2)
