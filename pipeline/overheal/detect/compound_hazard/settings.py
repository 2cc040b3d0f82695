"""Settings of `compound_hazard`."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting
from overheal.model import MICROSECOND, MINUTE

TOGETHER = 2
"""So many agents at least meet."""


@dataclasses.dataclass(frozen=True)
class HazardSettings(Settings):
    """How many agents in how short a time."""

    agents: int = setting(
        3,
        unit="agents",
        bound="inclusive",
        meaning="this many with different mandates open a finding",
    )
    window_seconds: float = setting(
        120.0, unit="seconds", bound="inclusive", meaning="they act within this time"
    )
    quiet_minutes: float = setting(
        30.0, unit="minutes", bound="inclusive", meaning="it resolves after this long without more"
    )

    def contradiction(self) -> str:
        """Return what `Settings` says, or that one agent alone is no meeting."""
        if self.agents < TOGETHER:
            return f"agents: {self.agents} alone meets nobody; write {TOGETHER} or more"
        return super().contradiction()

    @property
    def window(self) -> int:
        """The window in microseconds."""
        return int(self.window_seconds * MICROSECOND)

    @property
    def quiet(self) -> int:
        """The quiet time in microseconds."""
        return int(self.quiet_minutes * MINUTE)
