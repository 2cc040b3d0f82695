"""Settings of `agent_conflict` and the grounds for its tiers, the same in both stages."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting
from overheal.model import Tier
from overheal.state.book import Ground


@dataclasses.dataclass(frozen=True)
class ConflictSettings(Settings):
    """How many reversals between two agents in how long."""

    reversals: int = setting(
        3, unit="reversals", bound="inclusive", meaning="this many by both sides open a finding"
    )
    critical_reversals: int = setting(
        12, unit="reversals", bound="inclusive", meaning="this many in the window are critical"
    )
    window_hours: float = setting(
        6.0, unit="hours", bound="inclusive", meaning="length of the rolling window"
    )


def grounds(count: int, settings: ConflictSettings) -> list[Ground]:
    """Return the grounds for a tier of a pair with `count` reversals in the window."""
    hours = f"{settings.window_hours:g} h"
    found = [Ground(Tier.ACTIONABLE, f"{count} reversals in {hours} reach {settings.reversals}")]
    if count >= settings.critical_reversals:
        found.append(
            Ground(
                Tier.CRITICAL, f"{count} reversals in {hours} reach {settings.critical_reversals}"
            )
        )
    return found
