"""Times as people write them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from overheal.errors import InputError
from overheal.report.words import rfc3339

_AGO = re.compile(r"([0-9]{1,6})([smhd])\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def moment(text: str | None, now: int) -> str | None:
    """Return a time, or a span before `now` (microseconds UTC), as letters write times.

    Raises `InputError` for anything else.
    """
    if text is None:
        return None
    ago = _AGO.match(text)
    if ago is not None:
        return rfc3339(max(0, now - int(ago[1]) * _UNITS[ago[2]] * 1_000_000))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is neither a time like 2026-11-20T20:50:00Z nor 2h") from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return rfc3339(int(aware.timestamp() * 1000) * 1000)
