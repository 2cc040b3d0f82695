"""Times as people write and read them: a moment, or a span from now."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from overheal.errors import OptionError
from overheal.model import DAY, MICROSECOND
from overheal.state.words import clock, span

_SPAN = re.compile(r"([0-9]{1,6})([smhdw])\Z")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LAST = 4_102_444_800 * MICROSECOND


def ahead(option: str, text: str, now: int) -> int:
    """Return a moment (RFC 3339, UTC where it says nothing else), or a span after `now`.

    Microseconds UTC; raises `OptionError` for anything else, and for what lies beyond 2099.
    """
    length = span_of(text)
    found = now + length if length is not None else moment(option, text, spans=True)
    if found >= _LAST:
        raise OptionError(option, f"{text!r} lies beyond the year 2099; write an earlier time")
    return found


def back(option: str, text: str | None, now: int) -> int | None:
    """Return a moment, or a span before `now`, in microseconds UTC; None where nothing is said.

    Raises `OptionError` for anything else.
    """
    if text is None:
        return None
    length = span_of(text)
    return moment(option, text, spans=True) if length is None else max(0, now - length)


def in_order(start: int, end: int) -> None:
    """Raise `OptionError` where a span (microseconds UTC) is empty or ends before it begins."""
    if start >= end:
        raise OptionError(
            "--since",
            f"{rfc3339(start)} is not before {rfc3339(end)}, where the span ends; write an earlier "
            "--since or a later --until",
        )


def between(since: str | None, until: str | None, now: int) -> tuple[int, int]:
    """Return start and end that `--since` and `--until` name, by default the 30 days before `now`.

    Microseconds UTC; raises `OptionError` where one cannot be read or the span is empty.
    """
    named = back("--until", until, now)
    end = now if named is None else named
    begins = back("--since", since, now)
    start = max(0, end - 30 * DAY) if begins is None else begins
    in_order(start, end)
    return start, end


def moment(option: str, text: str, *, spans: bool = False) -> int:
    """Return a moment as microseconds UTC; raises `OptionError` saying what to write."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        time = "time like 2026-11-20T20:50:00Z"
        what = f"neither a {time} nor a span like 2h or 7d" if spans else f"no {time}"
        raise OptionError(option, f"{text!r} is {what}") from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    whole = int(aware.replace(microsecond=0).timestamp())
    return whole * MICROSECOND + aware.microsecond


def span_of(text: str) -> int | None:
    """Return a span like 2h or 7d in microseconds; None where it is none."""
    found = _SPAN.match(text.strip())
    return None if found is None else int(found[1]) * _UNITS[found[2]] * MICROSECOND


def rfc3339(at: int | None) -> str | None:
    """Return a moment as RFC 3339 in UTC."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / MICROSECOND, UTC).isoformat().replace("+00:00", "Z")


def relative(at: int, now: int) -> str:
    """Return a moment in UTC, and how far it is from now.

    >>> relative(1_795_205_297_000_000, 1_795_198_097_000_000)
    '2026-11-20 20:08:17 UTC (in 2 h)'
    """
    seconds = abs(at - now) / MICROSECOND
    if seconds < 1:
        return f"{clock(at)} (now)"
    return f"{clock(at)} ({f'in {span(seconds)}' if at > now else f'{span(seconds)} ago'})"
