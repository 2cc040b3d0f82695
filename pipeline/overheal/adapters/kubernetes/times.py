"""Times as Kubernetes writes them, as microseconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from overheal.errors import RecordError

SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = int((datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * SECOND
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "y": 365 * 86_400}
_AGE = re.compile(r"(\d+)([smhdy])")
_WHOLE_AGE = re.compile(r"(?:\d+[smhdy])+")


def micros_of(text: Any, path: str) -> int:
    """Return the moment that a timestamp names; 0 where there is none (null, Go's zero time).

    Raises `RecordError` for text that is no time, has no zone or lies outside 1970 to 2100.
    """
    if not text:
        return 0
    value = _micros(text) if isinstance(text, str) else -1
    if value < 0:
        problem = f"is no time with a zone from 1970 to 2100: {str(text)[:40]!r}"
        raise RecordError("bad_time", path, problem, "write it as 2026-11-20T20:08:17Z")
    return value


def lenient(text: Any) -> int:
    """Return the moment a timestamp names, 0 for anything that is none."""
    return max(0, _micros(text)) if isinstance(text, str) and text else 0


@lru_cache(maxsize=8192)
def _micros(text: str) -> int:
    """Return the moment, 0 for Go's zero time, -1 for what is no possible time."""
    if text.startswith("0001-01-01"):
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return -1
    if moment.tzinfo is None:
        return -1
    delta = moment - _EPOCH
    value = (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds
    return value if 0 <= value < _LATEST else -1


def written(moment: int) -> str:
    """Return microseconds as the text the canonical documents hold.

    >>> written(1_795_205_297_000_000)
    '2026-11-20T20:08:17Z'
    """
    return (_EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")


def age_of(text: str) -> tuple[int, int] | None:
    """Return an age as kubectl prints it and how much it may fall short of the truth, both in µs.

    None where kubectl does not know (`<unknown>`) or where the text is no age.

    >>> age_of("5m54s"), age_of("39m"), age_of("<unknown>")
    ((354000000, 1000000), (2340000000, 60000000), None)
    """
    if text == "<invalid>":
        return 0, SECOND
    if not _WHOLE_AGE.fullmatch(text):
        return None
    parts = _AGE.findall(text)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    return seconds * SECOND, _UNITS[parts[-1][1]] * SECOND
