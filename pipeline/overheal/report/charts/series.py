"""The series in a finding's evidence, read so that nothing malformed gets as far as a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from overheal.report.words import parse_instant

KEPT = 1_500
"""The newest entries of a series that a picture draws."""


class Moment(NamedTuple):
    """One member of a finding."""

    at: int
    agent: str
    what: str
    outcome: str
    times: int


class Write(NamedTuple):
    """One value written to a field, and by whom; of a state, nobody."""

    at: int
    agent: str
    value: float | str


class Gap(NamedTuple):
    """The time between two members, and when it ended."""

    at: int
    seconds: float


def moments(evidence: Mapping[str, Any]) -> list[Moment]:
    """Return the members in the order of time."""
    read = []
    for at, entry in _entries(evidence, "timeline"):
        count = entry.get("count")
        read.append(
            Moment(
                at,
                _word(entry.get("agent")),
                _word(entry.get("what")),
                _word(entry.get("outcome")) or "unknown",
                count if isinstance(count, int) and count > 0 else 1,
            )
        )
    return read


def writes(evidence: Mapping[str, Any]) -> list[Write]:
    """Return the values written, as numbers where all of them are numbers."""
    read = [
        Write(at, _word(entry.get("agent")), _word(entry["value"]))
        for at, entry in _entries(evidence, "values")
        if isinstance(entry.get("value"), str | int | float)
    ]
    numbers = [_number(write.value) for write in read]
    if any(value is None for value in numbers):
        return read
    return [
        write._replace(value=value)
        for write, value in zip(read, numbers, strict=True)
        if value is not None
    ]


def states(evidence: Mapping[str, Any]) -> list[Write]:
    """Return the states observed."""
    return [
        Write(at, "", _word(entry["state"]))
        for at, entry in _entries(evidence, "states")
        if isinstance(entry.get("state"), str | int | float)
    ]


def gaps(evidence: Mapping[str, Any]) -> list[Gap]:
    """Return the gaps that are longer than nothing."""
    read = []
    for at, entry in _entries(evidence, "gaps"):
        seconds = _number(entry.get("seconds"))
        if seconds is not None and seconds > 0:
            read.append(Gap(at, seconds))
    return read


def _entries(evidence: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    series = evidence.get(key)
    read = []
    for entry in series if isinstance(series, list) else []:
        if isinstance(entry, Mapping):
            at = parse_instant(entry.get("at"))
            if at is not None:
                read.append((at, entry))
    return sorted(read, key=lambda pair: pair[0])[-KEPT:]


def _word(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e15 else None
