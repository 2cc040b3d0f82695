"""When an action is incomplete."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting


@dataclasses.dataclass(frozen=True)
class IncompleteSettings(Settings):
    """How long an action may take, and how many of them are more than an oddity."""

    factor: float = setting(
        3.0,
        unit="times the expected time",
        bound="inclusive",
        meaning="without an end for this long it is incomplete",
    )
    default_minutes: float = setting(
        60.0,
        unit="minutes",
        bound="inclusive",
        meaning="the same where no time is expected",
    )
    several: int = setting(
        3, unit="actions", bound="inclusive", meaning="this many without an end are actionable"
    )
    habit: int = setting(
        5,
        unit="actions",
        bound="inclusive",
        meaning="an agent with this many starts before ends is known to report them",
    )
    quiet_hours: float = setting(
        24.0,
        unit="hours",
        bound="inclusive",
        meaning="without another oddity for this long it is over",
    )
    given_up_days: float = setting(
        7.0, unit="days", bound="inclusive", meaning="an end is not waited for any longer"
    )
