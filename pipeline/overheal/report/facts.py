"""A finding's evidence as plain numbers under readable names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from overheal.report.parts import FindingPart
from overheal.report.words import (
    before_end,
    clock_beside,
    duration,
    listed,
    number,
    parse_instant,
    percent,
    plural,
    shorten,
)

_LISTED = 6
"""How many entries of a list or a map are spelt out."""
_NAME, _TEXT = 80, 400
"""Columns of a name and of a value before they lose their middle."""
_DRAWN = ("timeline", "values", "states")
_NAMES = {
    "per_hour": "per hour",
    "p_value": "p-value",
    "count": "times",
}


class Fact(NamedTuple):
    """One number behind a finding: what it is, and its value in words."""

    name: str
    value: str


def facts(finding: FindingPart) -> list[Fact]:
    """Return the numbers behind a finding, series condensed and pictures' data left out."""
    told: list[Fact] = []
    projection = finding.evidence.get("projection")
    ends = projection.get("at") if isinstance(projection, Mapping) else None
    for key, value in finding.evidence.items():
        if key in _DRAWN or value is None or value in ({}, [], "") or value == ends:
            continue
        special = _SPECIAL.get(key)
        known = special(value, finding) if special else None
        told += known if known is not None else [Fact(_name(key), _value(key, value, finding))]
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


def _name(key: str) -> str:
    if key in _NAMES:
        return _NAMES[key]
    for suffix in ("_seconds", "_percent"):
        key = key.removesuffix(suffix)
    return key.replace("_", " ").strip() or "value"


def _value(key: str, value: Any, finding: FindingPart) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _amount(key, value)
    if isinstance(value, str):
        at = parse_instant(value) if key == "at" or key.endswith("_at") else None
        return value if at is None else clock_beside(at, parse_instant(finding.last_at))
    if isinstance(value, Mapping):
        items = [f"{name}: {_value(str(name), part, finding)}" for name, part in value.items()]
    elif isinstance(value, list):
        items = [_value(key, part, finding) for part in value]
    else:
        return ""
    rest = len(items) - _LISTED
    return ", ".join([*items[:_LISTED], f"and {rest:,} more"] if rest > 0 else items)


def _amount(key: str, value: float) -> str:
    if key == "seconds" or key.endswith("_seconds"):
        return duration(value)
    if key == "share" or key.endswith("_share"):
        return percent(value)
    if key.endswith("_percent"):
        return f"{number(value)} %"
    return number(value)


def _wants(value: Any, finding: FindingPart) -> list[Fact] | None:
    if not isinstance(value, Mapping):
        return None
    told = []
    for agent, wanted in value.items():
        every = wanted if isinstance(wanted, list) else [wanted]
        words = [_value("", one, finding) for one in every[:_LISTED]]
        if len(every) > _LISTED:
            words.append(plural(len(every) - _LISTED, "other"))
        told.append(Fact(f"{agent} wants", listed(words, joint="or")))
    return told


def _gaps(value: Any, _finding: FindingPart) -> list[Fact] | None:
    if not isinstance(value, list):
        return None
    seconds = [
        gap["seconds"]
        for gap in value
        if isinstance(gap, Mapping) and isinstance(gap.get("seconds"), int | float)
    ]
    if not seconds:
        return []
    if len(seconds) == 1:
        return [Fact("gap", duration(seconds[0]))]
    return [Fact("gaps", f"{duration(seconds[0])} at first, {duration(seconds[-1])} at last")]


def _projection(value: Any, finding: FindingPart) -> list[Fact] | None:
    if not isinstance(value, Mapping):
        return None
    at, near = parse_instant(value.get("at")), parse_instant(finding.last_at)
    if at is None:
        return []
    meaning = value.get("meaning")
    what = f"{meaning} from " if isinstance(meaning, str) and meaning else ""
    if near is not None and at <= near:
        return [Fact("reached", f"{what}{clock_beside(at, near)} on")]
    text = f"{what}about {clock_beside(at, near)}"
    low, high = parse_instant(value.get("low")), parse_instant(value.get("high"))
    if low is not None and high is not None and low < high:
        text += f" ({clock_beside(low, at)} to {clock_beside(high, at)})"
    return [Fact("projected", text)]


_SPECIAL = {"wants": _wants, "gaps": _gaps, "projection": _projection}
