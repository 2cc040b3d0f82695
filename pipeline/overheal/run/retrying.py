"""Trying again what may succeed later: longer and longer pauses, never in step with others."""

from __future__ import annotations

import random
from collections.abc import Iterator

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 10.0


def pauses(first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS) -> Iterator[float]:
    """Return seconds to wait before each further attempt: doubled each time, half of it random."""
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreading load, not secrets
        pause = min(pause * 2, longest)
