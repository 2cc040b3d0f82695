"""One value of a finding's evidence in words, by the name under which it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from overheal.report.parts import FindingPart
from overheal.report.words import clock_beside, duration, number, parse_instant
from overheal.state.words import percent

LISTED = 6
"""How many entries of a list or a map are spelt out."""
_NAMES = {
    "p_value": "p-value",
    "count": "times",
    "from_at": "from",
    "until_at": "until",
}
_SPOKEN = ("rules", "kinds", "by_kind", "types", "harm")
"""Evidence whose words are the product's own, written with underscores."""


class Fact(NamedTuple):
    """One number behind a finding: what it is, and its value in words."""

    name: str
    value: str


def name_of(key: str) -> str:
    """Return a key of the evidence as people read it."""
    if key in _NAMES:
        return _NAMES[key]
    for suffix in ("_seconds", "_percent"):
        key = key.removesuffix(suffix)
    return key.replace("_", " ").strip() or "value"


def said(key: str, value: Any, finding: FindingPart) -> str:
    """Return any value in words, `""` where there are none for it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return amount(key, value)
    if isinstance(value, str):
        at = parse_instant(value) if key == "at" or key.endswith("_at") else None
        plain = value.replace("_", " ") if key in _SPOKEN else value
        return plain if at is None else clock_beside(at, parse_instant(finding.last_at))
    if isinstance(value, Mapping):
        parts = ((str(name), said(str(name), part, finding)) for name, part in value.items())
        spoken = key in _SPOKEN
        items = [f"{name.replace('_', ' ') if spoken else name}: {part}" for name, part in parts]
    elif isinstance(value, list):
        items = [said(key, part, finding) for part in value]
    else:
        return ""
    rest = len(items) - LISTED
    return ", ".join([*items[:LISTED], f"and {rest:,} more"] if rest > 0 else items)


def amount(key: str, value: float) -> str:
    """Return a number with the unit that its key names."""
    if key == "seconds" or key.endswith("_seconds"):
        return duration(value)
    if key == "share" or key.endswith("_share") or key.startswith("share_"):
        return percent(value)
    if key.endswith("_percent"):
        return f"{number(value)} %"
    if key == "chance_at_most":
        return odds(value)
    return number(value)


def odds(chance: float) -> str:
    """Return a small probability as people bet.

    >>> odds(9.1e-06), odds(0.004), odds(0.5), odds(0.0)
    ('1 in 110,000', '1 in 250', '50 %', 'none')
    """
    if chance <= 0:
        return "none"
    if chance > 0.1:
        return percent(chance)
    several = 1 / chance
    digits = 10 ** max(len(f"{several:.0f}") - 2, 0)
    return f"1 in {round(several / digits) * digits:,}"
