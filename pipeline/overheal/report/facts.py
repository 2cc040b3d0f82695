"""A finding's evidence as plain numbers under readable names."""

from __future__ import annotations

from collections.abc import Mapping

from overheal.report.amounts import Fact, name_of, said
from overheal.report.composed import COMPOSED
from overheal.report.parts import FindingPart
from overheal.report.words import before_end, clock_beside, parse_instant, shorten

__all__ = ["Fact", "facts", "since"]

_NAME, _TEXT = 80, 400
"""Columns of a name and of a value before they lose their middle."""
_DRAWN = ("timeline", "values", "states", "pushes", "inferred")
"""What pictures or the map of causes show (`links` says it by service)."""


def facts(finding: FindingPart) -> list[Fact]:
    """Return the numbers behind a finding, series condensed and pictures' data left out."""
    told: list[Fact] = []
    projection = finding.evidence.get("projection")
    ends = projection.get("at") if isinstance(projection, Mapping) else None
    for key, value in finding.evidence.items():
        if key in _DRAWN or value is None or value in ({}, [], "") or value == ends:
            continue
        special = COMPOSED.get(key)
        known = special(value, finding) if special else None
        told += known if known is not None else [Fact(name_of(key), said(key, value, finding))]
    return [Fact(shorten(name, _NAME), shorten(value, _TEXT)) for name, value in told if value]


def since(finding: FindingPart, end: int | None) -> str:
    """Return since when a finding holds, and whether it still did at `end`, the input's end."""
    first = parse_instant(finding.first_at)
    if first is None:
        return ""
    text = clock_beside(first, end)
    last = parse_instant(finding.last_at)
    resolved = parse_instant(finding.resolved_at)
    if finding.status == "resolved" and resolved is not None:
        return f"{text}, over at {clock_beside(resolved, first)}"
    if finding.status != "open":
        return f"{text}, {finding.status}"
    if end is not None and end > first:
        text += f", {before_end(first, end)}"
        if last is not None and last < end:
            text += f"; last seen {clock_beside(last, end)}"
    return text
