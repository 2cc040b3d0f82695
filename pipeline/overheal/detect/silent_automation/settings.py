"""Settings of `silent_automation`, for both stages."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting
from overheal.model import DAY, HOUR, MINUTE


@dataclasses.dataclass(frozen=True)
class SilentSettings(Settings):
    """What is too silent of an agent, and what is too much for a counter to have moved alone."""

    reports: int = setting(
        20, unit="reports", bound="inclusive", meaning="an agent with fewer has no rhythm yet"
    )
    days: float = setting(
        14.0,
        unit="days",
        bound="inclusive",
        meaning="nor has one known for less, unless it sends heartbeats",
    )
    times_longest: float = setting(
        2.0,
        unit="times the longest gap",
        bound="inclusive",
        meaning="silence has to be at least this long",
    )
    least_minutes: float = setting(
        15.0, unit="minutes", bound="inclusive", meaning="no shorter silence is told"
    )
    share: float = setting(
        0.1,
        unit="share",
        bound="inclusive",
        meaning="at least this much of what counters moved is missing",
    )
    missing: int = setting(
        10, unit="occurrences", bound="inclusive", meaning="at least this many are missing"
    )
    window_hours: int = setting(
        24, unit="hours", bound="exclusive", meaning="length of the window in which they are"
    )

    @property
    def least(self) -> int:
        """The shortest silence that is told, in microseconds."""
        return int(self.least_minutes * MINUTE)

    @property
    def known(self) -> int:
        """How long an agent must be known, in microseconds."""
        return int(self.days * DAY)

    @property
    def window(self) -> int:
        """The window in microseconds."""
        return self.window_hours * HOUR
