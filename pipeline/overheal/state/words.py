"""Short phrases for the sentences of findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from overheal.model import Value


def clock(at: int) -> str:
    """Return a moment (microseconds UTC) as people read it.

    >>> clock(1_795_205_297_000_000)
    '2026-11-20 20:08:17 UTC'
    """
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: float) -> str:
    """Return a duration as people say it.

    >>> span(2.5), span(45), span(260), span(7200), span(200_000)
    ('2.5 s', '45 s', '4.3 min', '2 h', '2.3 days')
    """
    for unit, size in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.1f}".removesuffix(".0") + " s" if seconds < 10 else f"{seconds:.0f} s"


def times(number: int) -> str:
    """Return how often as people say it.

    >>> times(1), times(2), times(5)
    ('once', 'twice', '5 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def listed(items: Sequence[str], *, joint: str = "and") -> str:
    """Return words as an enumeration.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b"], joint="or")
    ('a', 'a, b and c', 'a or b')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joint} {items[-1]}"


def percent(share: float) -> str:
    """Return a share of one as per cent; what is not quite all never reads as all.

    >>> percent(0.834), percent(0.9999), percent(0.001)
    ('83 %', 'over 99 %', 'under 1 %')
    """
    rounded = f"{share * 100:.0f} %"
    if rounded == "100 %" and share < 1:
        return "over 99 %"
    return "under 1 %" if rounded == "0 %" and share > 0 else rounded


def shown(value: Value) -> str:
    """Return a field's value for a sentence, shortened where it is long."""
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def per_hour(count: int, seconds: float) -> str:
    """Return a rate per hour, as a number of at most one decimal."""
    return f"{count * 3600 / seconds:.1f}".removesuffix(".0") if seconds > 0 else "?"
