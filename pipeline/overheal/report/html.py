"""The page for a browser: one file that fetches nothing, with a picture for each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from overheal.report.charts.canvas import COLORS
from overheal.report.document import Report
from overheal.report.facts import Fact, facts, since
from overheal.report.headlines import about, headline
from overheal.report.order import explained_by_root
from overheal.report.pages import environment
from overheal.report.parts import FindingPart
from overheal.report.pictures import Picture, pictures
from overheal.report.presentable import presentable
from overheal.report.tables import read_from, recovered_services, totals_lines
from overheal.report.verdict import asking
from overheal.report.words import parse_instant, shorten

_DRAWN = 40
"""Findings that get pictures, the loudest first: a page of hundreds must still open."""
_NAMED = 20
"""Findings that the first screen names; the others stand below as well."""
_MEMBERS = 100
_EXPLAINED = 20
_SERVICES = 200


@dataclass(frozen=True)
class Card:
    """One finding as the page shows it; `pictures` hold markup that is safe as it is."""

    ident: str
    finding: FindingPart
    headline: str
    asking: str
    about: str
    since: str
    facts: list[Fact]
    pictures: list[Picture]
    members: list[str]
    unlisted: int
    explained: list[FindingPart]
    unnamed: int


def render_html(report: Report) -> str:
    """Return the page as one HTML document; everything of the input in it is escaped."""
    safe = presentable(report)
    cards = _cards(safe)
    recovered = recovered_services(safe)
    page = environment().get_template("page.html.jinja")
    return page.render(
        report=safe,
        cards=cards,
        named=_NAMED,
        lead=re.split("[:.] ", safe.verdict)[0] if cards else safe.verdict,
        read_from=read_from(safe),
        services=recovered[:_SERVICES],
        unlisted_services=len(recovered) - _SERVICES,
        quiet_services=len(safe.services) - len(recovered),
        most=max([row.recoveries for row in recovered], default=0),
        totals=totals_lines(safe),
        colors=COLORS,
    )


def _cards(report: Report) -> list[Card]:
    end = parse_instant(report.window.end)
    beneath = explained_by_root(report.findings)
    roots = [finding for finding in report.findings if not finding.inhibited_by]
    return [
        _card(finding, f"finding-{index}", beneath.get(finding.id, []), end, drawn=index <= _DRAWN)
        for index, finding in enumerate(roots, start=1)
    ]


def _card(
    finding: FindingPart,
    ident: str,
    explained: Sequence[FindingPart],
    end: int | None,
    *,
    drawn: bool,
) -> Card:
    members = [shorten(member, 120) for member in finding.members[:_MEMBERS]]
    return Card(
        ident=ident,
        finding=finding,
        headline=headline(finding),
        asking=asking(finding.tier, [finding]),
        about=about(finding),
        since=since(finding, end),
        facts=facts(finding),
        pictures=pictures(finding, ident) if drawn else [],
        members=members,
        unlisted=max(finding.member_count - len(members), 0),
        explained=list(explained[:_EXPLAINED]),
        unnamed=max(len(explained) - _EXPLAINED, 0),
    )
