"""Settings of `cascade`, and how it decides on tiers."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting
from overheal.model import MICROSECOND, MINUTE, Tier
from overheal.state.book import Ground

LONGEST = 20
"""Services over which a chain is followed at most."""


@dataclasses.dataclass(frozen=True)
class CascadeSettings(Settings):
    """How deep a chain is, and how its links are found."""

    depth: int = setting(
        3,
        unit="services",
        bound="inclusive",
        meaning="a chain over this many opens a finding",
        most=LONGEST,
    )
    critical_depth: int = setting(
        5,
        unit="services",
        bound="inclusive",
        meaning="a chain over this many is critical",
        most=LONGEST,
    )
    within_seconds: float = setting(
        120.0,
        unit="seconds",
        bound="inclusive",
        meaning="a recovery this soon after one of what its service needs follows from it",
    )
    confidence: float = setting(
        0.8, unit="probability", bound="inclusive", meaning="learned edges this sure count"
    )
    quiet_minutes: float = setting(
        30.0, unit="minutes", bound="inclusive", meaning="without a new link for this long it ends"
    )

    @property
    def within(self) -> int:
        """How soon a follower comes, in microseconds."""
        return int(self.within_seconds * MICROSECOND)

    @property
    def quiet(self) -> int:
        """After how long it is over, in microseconds."""
        return int(self.quiet_minutes * MINUTE)


def grounds(depth: int, felt: str, settings: CascadeSettings) -> list[Ground]:
    """Return the grounds for a tier of a chain over `depth` services; users felt `felt`, if any."""
    found = [
        Ground(Tier.ACTIONABLE, f"a chain over {depth} services reaches {settings.depth}"),
    ]
    if depth >= settings.critical_depth:
        reason = f"a chain over {depth} services reaches {settings.critical_depth}"
        found.append(Ground(Tier.CRITICAL, reason))
    if felt:
        found.append(Ground(Tier.CRITICAL, f"a chain over {depth} services, and users feel {felt}"))
    return found
