"""What owners of the pipeline may say about breaches."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting


@dataclasses.dataclass(frozen=True)
class AuthoritySettings(Settings):
    """How long a finding stands, how long is waited for what is missing, whom boundaries bind."""

    quiet_hours: float = setting(
        24.0, unit="hours", bound="inclusive", meaning="without a breach for this long it is over"
    )
    settle_seconds: float = setting(
        60.0,
        unit="seconds",
        bound="inclusive",
        meaning="what is missing at the start may be told until then, or until the end",
    )
    bind_platform: bool = setting(
        False,
        unit="yes or no",
        bound="inclusive",
        meaning="whether boundaries and required checks bind the platform's own agents",
    )
