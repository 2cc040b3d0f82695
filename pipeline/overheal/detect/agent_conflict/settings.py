"""Settings of `agent_conflict` and what both stages have in common."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting
from overheal.model import DAY, HOUR, MINUTE, Target, Tier, Value
from overheal.state.book import Ground
from overheal.state.contest import OVERRIDES_KEPT, Contest
from overheal.state.memory import Recent
from overheal.state.series import First
from overheal.state.writes import Write

STILL = DAY
"""A field that nobody has written for this long starts afresh."""

RUN_KEPT = 100
"""Pushes through coupled fields, each against the last, that are remembered at most."""

PLANNED = "rollout"
"""The trigger of a write that is a step of a plan."""


@dataclasses.dataclass(frozen=True)
class ConflictSettings(Settings):
    """How many reversals between two agents in how long."""

    reversals: int = setting(
        3,
        unit="reversals",
        bound="inclusive",
        meaning="this many by both sides open a finding",
        most=RUN_KEPT - 1,
    )
    critical_reversals: int = setting(
        12,
        unit="reversals",
        bound="inclusive",
        meaning="this many in the window are critical",
        most=OVERRIDES_KEPT,
    )
    window_hours: float = setting(
        6.0, unit="hours", bound="inclusive", meaning="length of the rolling window"
    )
    reaction_minutes: float = setting(
        15.0,
        unit="minutes",
        bound="inclusive",
        meaning="through coupled fields each answers the other within this time",
    )

    @property
    def reaction(self) -> int:
        """The time to answer in microseconds."""
        return int(self.reaction_minutes * MINUTE)

    @property
    def window(self) -> int:
        """The window in microseconds."""
        return int(self.window_hours * HOUR)


def field_key(environment: str, target: Target, field: str) -> str:
    """Return what makes two fields the same one."""
    return (
        f"{environment}\0{target.kind}\0{target.cluster}\0{target.region}\0"
        f"{target.namespace}\0{target.name}\0{field}"
    )


def grounds(count: int, settings: ConflictSettings) -> list[Ground]:
    """Return the grounds for a tier of a pair with `count` reversals in the window."""
    hours = f"{settings.window_hours:g} h"
    found = [Ground(Tier.ACTIONABLE, f"{count} reversals in {hours} reach {settings.reversals}")]
    if count >= settings.critical_reversals:
        limit = settings.critical_reversals
        found.append(Ground(Tier.CRITICAL, f"{count} reversals in {hours} reach {limit}"))
    return found


def second_write(firsts: Recent[First], key: str, write: Write, old: Value) -> Contest | None:
    """Return the contest of a field at its second write; while there is one, remember only that.

    An agent that repeats itself has still written once; the newest of these writes is kept.
    """
    first = firsts.get(key)
    if first is None or first.write.at + STILL <= write.at:
        firsts.put(key, First(write, old), write.at)
        return None
    if (first.write.agent, first.write.value) == (write.agent, write.value):
        firsts.put(key, First(write, first.old), write.at)
        return None
    firsts.drop(key)
    return Contest.after(first)
