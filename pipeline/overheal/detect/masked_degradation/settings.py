"""Settings of `masked_degradation`, and how the error they allow is spent."""

from __future__ import annotations

import dataclasses
import math

from overheal.detect.base import Settings, setting
from overheal.model import DAY

BUDGET_SPAN = 90 * DAY
"""The error is spent once in any span as long as this."""

FIRST_TEST = 0.8
"""The part of the error that the first test between episodes gets; those after it get the rest."""


@dataclasses.dataclass(frozen=True)
class DegradationSettings(Settings):
    """Error to spend, and what counts as continuous failure."""

    episode_error: float = setting(
        0.008, unit="probability", bound="inclusive", meaning="false alarms between episodes"
    )
    burst_error: float = setting(
        0.002, unit="probability", bound="inclusive", meaning="false alarms inside episodes"
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

    def for_test(self, number: int) -> float:
        """Return what the test between episodes that is the `number`-th of the span may spend.

        A test begins afresh after a finding is over, so all of them together stay within the error.
        """
        if number == 1:
            return self.episode_error * FIRST_TEST
        return self.episode_error * (1 - FIRST_TEST) * _falling(number - 1)

    def for_episode(self, number: int) -> float:
        """Return what the `number`-th episode of the span may spend that is long enough to test."""
        return self.burst_error * _falling(number)


def _falling(number: int) -> float:
    """Return shares that fall as 1/k² and add up to one (1 + 1/4 + 1/9 + … = pi²/6)."""
    return 6 / (math.pi * number) ** 2


def spend(spent_at: list[int], now: int) -> int:
    """Note that the budget is used once more at `now`; return how often that is in the span."""
    spent_at[:] = [at for at in spent_at if at > now - BUDGET_SPAN]
    spent_at.append(now)
    return len(spent_at)
