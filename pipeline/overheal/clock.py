"""Wall-clock time, read at the edges only and handed inwards as a value."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the edges ask for the present time."""

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC; never raises."""
        return time.time_ns() // 1000
