"""Settings of `masked_degradation`, and how the error they allow is spent."""

from __future__ import annotations

import dataclasses
import math

from overheal.detect.base import Settings, setting
from overheal.model import DAY

BUDGET_SPAN = 90 * DAY
"""The error is spent once in any span as long as this."""

FIRST_TEST = 0.95
"""The part of the error that the first test between episodes gets; those after it get the rest."""

SIGNS_AT_MOST = 6
"""Uptime, time to recover, and four measures: each gets the same part of `sign_error`."""


@dataclasses.dataclass(frozen=True)
class DegradationSettings(Settings):
    """Error to spend, and what counts as continuous failure."""

    episode_error: float = setting(
        0.0087, unit="probability", bound="inclusive", meaning="false alarms between episodes"
    )
    burst_error: float = setting(
        0.0006, unit="probability", bound="inclusive", meaning="false alarms inside episodes"
    )
    sign_error: float = setting(
        0.0007,
        unit="probability",
        bound="inclusive",
        meaning="false alarms of uptimes, times to recover and measures",
    )
    critical_error: float = setting(
        0.0003,
        unit="probability",
        bound="inclusive",
        meaning="false alarms between episodes that become critical",
    )
    critical_burst_error: float = setting(
        0.0006,
        unit="probability",
        bound="inclusive",
        meaning="false alarms inside episodes that become critical",
    )
    lasting_hours: float = setting(
        24.0,
        unit="hours",
        bound="inclusive",
        meaning="a change between episodes counts once it has lasted this long",
    )
    after_deploy_hours: float = setting(
        6.0,
        unit="hours",
        bound="exclusive",
        meaning="recoveries this soon after a deploy are one episode",
    )
    least_change: float = setting(
        1.5,
        unit="times",
        bound="inclusive",
        meaning="an uptime, time to recover or measure that changes less opens nothing",
    )
    continuous_seconds: float = setting(
        60.0, unit="seconds", bound="inclusive", meaning="gaps this short are continuous failure"
    )
    critical_within_hours: float = setting(
        24.0, unit="hours", bound="exclusive", meaning="projected sooner than this is critical"
    )
    critical_ratio: float = setting(
        4.0,
        unit="times the baseline rate",
        bound="inclusive",
        meaning="this much faster is critical",
    )

    def for_test(self, number: int) -> tuple[float, float]:
        """Return what the test between episodes that is the `number`-th of the span may spend.

        In all, and up to which error it may become critical. A test begins afresh after a finding
        is over, so all of them together stay within the error.
        """
        part = FIRST_TEST if number == 1 else (1 - FIRST_TEST) * _falling(number - 1)
        return self.episode_error * part, self.critical_error * part

    def for_episode(self, number: int) -> tuple[float, float]:
        """Return the same for the `number`-th episode of the span that is long enough to test."""
        part = _falling(number)
        return self.burst_error * part, self.critical_burst_error * part

    def for_sign(self, number: int) -> float:
        """Return what a sign may spend in its `number`-th test of the span."""
        return self.sign_error / SIGNS_AT_MOST * _falling(number)


def _falling(number: int) -> float:
    """Return shares that fall as 1/k² and add up to one (1 + 1/4 + 1/9 + … = pi²/6)."""
    return 6 / (math.pi * number) ** 2


def spend(spent_at: list[int], now: int) -> int:
    """Note that the budget is used once more at `now`; return how often that is in the span."""
    spent_at[:] = [at for at in spent_at if at > now - BUDGET_SPAN]
    spent_at.append(now)
    return len(spent_at)
