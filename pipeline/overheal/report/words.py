"""Numbers, times and names as people read them, and input made harmless for a terminal.

Times are microseconds since 1970-01-01 UTC, durations are seconds. Nothing here looks at the
clock or at the locale.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.cells import cell_len

from overheal.model import MICROSECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def clean(text: str) -> str:
    r"""Return `text` with all that could act on a terminal or reorder a line made visible.

    Control characters become their Unicode pictures; format characters (bidirectional overrides,
    zero-width ones), line separators and code points without a meaning become `\uXXXX`.

    >>> print(clean("a\x1b[31m"), clean("x\u202egnp"), clean("caf\u00e9"))
    a␛[31m x\u202egnp café
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _visible(char) for char in text)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(char) == "Zs":
        return " "
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def clean_tree(value: Any) -> Any:
    """Return a decoded JSON value with `clean` applied to every string and key in it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_tree(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [clean_tree(entry) for entry in value]
    return value


def moment(at: int) -> datetime:
    """Return a time as a datetime in UTC; what lies outside its reach becomes the nearest end."""
    try:
        return min(_EPOCH + timedelta(microseconds=at), _LAST)
    except OverflowError:
        return _LAST if at > 0 else _EPOCH


def rfc3339(at: int) -> str:
    """Return a time as the JSON document writes it.

    >>> rfc3339(1_795_205_297_500_000)
    '2026-11-20T20:08:17.500000Z'
    """
    return moment(at).isoformat().replace("+00:00", "Z")


def parse_instant(text: object) -> int | None:
    """Return the time that `rfc3339` wrote, or None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError, OverflowError):
        return None


def day(at: int) -> str:
    """Return the day of a time, such as `20 Nov 2026`."""
    when = moment(at)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def clock(at: int, *, seconds: bool = True) -> str:
    """Return the time of day in UTC, such as `20:08:17`."""
    return moment(at).strftime("%H:%M:%S" if seconds else "%H:%M")


def clock_beside(at: int, near: int | None) -> str:
    """Return a time in UTC, with its day where that is not the day of `near`."""
    same = near is not None and moment(at).date() == moment(near).date()
    return f"{clock(at)} UTC" if same else f"{clock(at)} UTC on {day(at)}"


def between(start: int, end: int) -> str:
    """Return a span of time with its days, such as `20:08 to 20:50 UTC on 20 Nov 2026`."""
    brief = end - start >= 10 * _MINUTE * MICROSECOND
    first, last = clock(start, seconds=not brief), clock(end, seconds=not brief)
    if day(start) == day(end):
        return f"{first} to {last} UTC on {day(start)}"
    return f"{first} on {day(start)} to {last} on {day(end)} UTC"


def duration(seconds: float) -> str:
    """Return a duration in at most two units.

    >>> [duration(value) for value in (0.04, 2.5, 240, 260, 12000, 2_592_000)]
    ['40 ms', '2.5 s', '4 min', '4 min 20 s', '3 h 20 min', '30 days']
    """
    if not math.isfinite(seconds) or seconds < 0:
        return f"-{duration(-seconds)}" if seconds < 0 else "without end"
    whole = round(seconds)
    if whole < _MINUTE:
        return _brief(seconds)
    if whole < 10 * _MINUTE:
        return _in_two(whole, _MINUTE, "min", "s")
    minutes, hours = round(seconds / _MINUTE), round(seconds / _HOUR)
    if minutes < 24 * 60:
        return _in_two(minutes, 60, "h", "min")
    if hours < 10 * 24:
        return _in_two(hours, 24, "day" if hours < 48 else "days", "h")
    return plural(round(seconds / _DAY), "day")


def _brief(seconds: float) -> str:
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    return f"{seconds:.1f}".removesuffix(".0") + " s" if seconds < 9.95 else f"{seconds:.0f} s"


def _in_two(amount: int, size: int, unit: str, smaller: str) -> str:
    large, rest = divmod(amount, size)
    head = [f"{large} {unit}"] if large else []
    return " ".join([*head, f"{rest} {smaller}"] if rest else head)


def ago(at: int, now: int) -> str:
    """Return how long before `now` (or after it) a time lies: `3 days ago`, `in 4 min`."""
    distance = (now - at) / MICROSECOND
    if abs(distance) < 1:
        return "just now"
    return f"{duration(distance)} ago" if distance > 0 else f"in {duration(-distance)}"


def before_end(at: int, end: int | None) -> str:
    """Return where a time lies in an input that ends at `end`: `12 min before the end`."""
    if end is None:
        return ""
    distance = (end - at) / MICROSECOND
    if abs(distance) < 1:
        return "at the end"
    where = "before" if distance > 0 else "after"
    return f"{duration(abs(distance))} {where} the end"


def number(value: float) -> str:
    """Return a number with thousands set apart and at most three digits behind the point.

    >>> [number(value) for value in (5123, 2.5, 0.00012345, 3.0, 123.456)]
    ['5,123', '2.5', '0.000123', '3', '123']
    """
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**18 else f"{value:.3g}"
    if not math.isfinite(value):
        return "unknown"
    if value.is_integer() and abs(value) < 10**15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 event`, `2,000 events`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def placed(name: str, environment: str) -> str:
    """Return a name, and where outside of production what it names is.

    >>> placed("shop/cart", "production"), placed("shop/cart", "staging")
    ('shop/cart', 'shop/cart (staging)')
    """
    return name if environment in ("", "production") else f"{name} ({environment})"


def shorten(text: str, cells: int) -> str:
    """Return `text` within `cells` terminal columns, losing its middle where it is too long.

    >>> shorten("horizontal-pod-autoscaler", 13)
    'horizo…scaler'
    """
    if cell_len(text) <= cells:
        return text
    left = cells - 1
    head, tail = "", ""
    for first, last in zip(text, reversed(text), strict=True):
        if cell_len(first) > left:
            break
        head, left = head + first, left - cell_len(first)
        if cell_len(last) > left:
            break
        tail, left = last + tail, left - cell_len(last)
    return f"{head}…{tail}" if cells > 0 else ""
