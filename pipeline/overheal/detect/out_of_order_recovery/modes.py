"""Which of the failure modes that owners declare a recovery answers, and what they ask of it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Protocol

from overheal.model import Detail

_BETWEEN_WORDS = re.compile(r"[\W_]+")


class Said(Protocol):
    """A recovery, by what it says of why it was needed."""

    @property
    def condition(self) -> str:
        """Why, in words."""
        ...

    @property
    def detail(self) -> Detail | None:
        """What it says beyond that."""
        ...


class Asked(NamedTuple):
    """What all matching modes ask: one of these paths (if any), after these services."""

    modes: list[str]
    paths: list[str]
    after: list[str]


def asked_of(entry: Any, event: Said) -> Asked | None:
    """Return what the modes ask whose symptom a recovery's condition or signals name, else None.

    Where several match, only what all of them ask is asked.
    """
    said = [_words(event.condition)]
    if event.detail is not None:
        said += [_words(f"{name} {status}") for name, status in event.detail.signals]
    found = {
        name: mode
        for name, mode in entry.failure_modes.items()
        if mode.symptom and any(_words(mode.symptom) in words for words in said)
    }
    if not found:
        return None
    every = list(found.values())
    paths = [] if any(mode.recovery is None for mode in every) else [m.recovery for m in every]
    after = [name for name in every[0].after if all(name in mode.after for mode in every)]
    return Asked(sorted(found), sorted(set(paths)), after)


def _words(text: str) -> str:
    """Return text as lower-case words between single spaces.

    >>> _words("Pool_exhausted: timeouts!")
    ' pool exhausted timeouts '
    """
    return f" {_BETWEEN_WORDS.sub(' ', text.casefold()).strip()} "
