"""The settings of all three questions."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting
from overheal.model import MINUTE

NAME = "ineffective_recovery"


@dataclasses.dataclass(frozen=True)
class IneffectiveSettings(Settings):
    """How often and how long an attempt must fail, a trouble return, a policy not help."""

    failures: int = setting(
        3, unit="failures in a row", bound="inclusive", meaning="at least this many in a row"
    )
    lasting_minutes: float = setting(
        10.0, unit="minutes", bound="inclusive", meaning="first and last at least this far apart"
    )
    quiet_hours: float = setting(
        2.0, unit="hours", bound="inclusive", meaning="without an attempt for this long it is over"
    )
    verification_minutes: float = setting(
        30.0, unit="minutes", bound="inclusive", meaning="a success is held against this long"
    )
    sibling_seconds: float = setting(
        60.0, unit="seconds", bound="inclusive", meaning="so soon another target is no return"
    )
    returns: int = setting(
        2, unit="returns in a row", bound="inclusive", meaning="this many in a row open a finding"
    )
    actionable_returns: int = setting(
        3, unit="returns in a row", bound="inclusive", meaning="this many in a row are actionable"
    )
    policy_least: int = setting(
        10,
        unit="recoveries in 30 days",
        bound="inclusive",
        meaning="a policy with fewer is left out",
    )
    policy_share: float = setting(
        0.3, unit="share of a policy's", bound="inclusive", meaning="this share opens a finding"
    )
    policy_actionable_share: float = setting(
        0.5, unit="share of a policy's", bound="inclusive", meaning="this share is actionable"
    )

    @property
    def verification(self) -> int:
        """The verification window in microseconds."""
        return int(self.verification_minutes * MINUTE)
