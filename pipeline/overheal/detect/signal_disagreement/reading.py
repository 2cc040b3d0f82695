"""What a signal's status or a piece of evidence says: healthy, unhealthy, or neither."""

from __future__ import annotations

import re

import msgspec

from overheal.model import Detail, Value

HEALTHY = frozenset(
    [
        "alive",
        "available",
        "fine",
        "good",
        "green",
        "healthy",
        "nominal",
        "normal",
        "ok",
        "okay",
        "online",
        "operational",
        "pass",
        "passed",
        "passing",
        "ready",
        "serving",
        "stable",
        "up",
    ]
)
UNHEALTHY = frozenset(
    [
        "abnormal",
        "bad",
        "crashing",
        "crashloopbackoff",
        "critical",
        "dead",
        "degraded",
        "down",
        "error",
        "errors",
        "fail",
        "failed",
        "failing",
        "faulty",
        "firing",
        "impaired",
        "not available",
        "not healthy",
        "not ok",
        "not ready",
        "notready",
        "offline",
        "outage",
        "red",
        "unavailable",
        "unhealthy",
        "unreachable",
        "unresponsive",
        "unstable",
    ]
)
"""Whole statuses in small letters; what is in neither says nothing, numbers least of all."""

_SEPARATORS = re.compile(r"[\s_.:/-]+")


class Sides(msgspec.Struct, frozen=True, gc=False):
    """The sources that say healthy and those that say unhealthy, in order of their names."""

    healthy: tuple[str, ...]
    unhealthy: tuple[str, ...]


def health(value: Value) -> bool | None:
    """Return whether a status or value says healthy, None where it says neither.

    >>> health("Normal"), health("NOT_READY"), health("elevated"), health(0.97), health(True)
    (True, False, None, None, None)
    """
    if not isinstance(value, str):
        return None
    words = _words(value)
    if words in HEALTHY:
        return True
    return False if words in UNHEALTHY else None


def sides_of(detail: Detail) -> Sides:
    """Return which sources were on which side when the action was decided.

    What was read after the action is no ground for it, and a source that says both says neither.
    """
    healthy: set[str] = set()
    unhealthy: set[str] = set()
    readings = [(name, "", status) for name, status in detail.signals]
    for source, kind, value in (*readings, *detail.evidence):
        told = health(value)
        if told is None or "after" in _words(kind).split():
            continue
        (healthy if told else unhealthy).add(_words(source))
    return Sides(tuple(sorted(healthy - unhealthy)), tuple(sorted(unhealthy - healthy)))


def _words(text: str) -> str:
    return _SEPARATORS.sub(" ", text).strip().lower()
