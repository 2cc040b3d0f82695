"""Settings of `mass_action`."""

from __future__ import annotations

import dataclasses
import math

from overheal.detect.base import Settings, setting
from overheal.model import MINUTE

TOUCHES_KEPT = 20_000
"""Things in the window of one agent at most: then the count is a lower bound."""


@dataclasses.dataclass(frozen=True)
class MassSettings(Settings):
    """How many targets in how long, against which habit and which share."""

    targets: int = setting(
        8,
        unit="targets",
        bound="inclusive",
        meaning="fewer in the window are no mass action",
        most=TOUCHES_KEPT,
    )
    window_minutes: float = setting(
        10.0, unit="minutes", bound="exclusive", meaning="length of the rolling window"
    )
    times_habit: float = setting(
        2.0,
        unit="times the habit",
        bound="inclusive",
        meaning="so many times the habit of an agent whose days are alike",
    )
    times_varying: float = setting(
        3.0,
        unit="times the habit",
        bound="inclusive",
        meaning="the same where days differ, or where few are known",
    )
    fleet_share: float = setting(
        0.005,
        unit="share of targets",
        bound="inclusive",
        meaning="of those of the environment; where a scope's share is not reached",
    )
    critical_share: float = setting(
        0.2, unit="share of targets", bound="inclusive", meaning="of those of a scope is critical"
    )
    scope_targets: int = setting(
        10, unit="targets", bound="inclusive", meaning="smaller scopes have no share"
    )
    environment_targets: int = setting(
        100,
        unit="targets",
        bound="inclusive",
        meaning="an environment with as many is judged like a scope",
    )
    quiet_minutes: float = setting(
        30.0, unit="minutes", bound="inclusive", meaning="without as many it is over"
    )

    @property
    def window(self) -> int:
        """The window in microseconds."""
        return int(self.window_minutes * MINUTE)

    @property
    def quiet(self) -> int:
        """How long it must be quiet, in microseconds."""
        return int(self.quiet_minutes * MINUTE)

    def limit(self, habit: int, *, varies: bool) -> int:
        """Return from how many targets on it is too many for an agent with this habit."""
        times = self.times_varying if varies else self.times_habit
        return max(self.targets, math.ceil(times * habit))
