"""How long what somebody declares holds."""

from __future__ import annotations

import dataclasses

from overheal.detect.base import Settings, setting


@dataclasses.dataclass(frozen=True)
class UndoSettings(Settings):
    """How long an intent holds, and when it holds again."""

    human_hours: float = setting(
        24.0,
        unit="hours",
        bound="inclusive",
        meaning="a human's goal without an end holds this long",
    )
    agent_hours: float = setting(
        1.0,
        unit="hours",
        bound="inclusive",
        meaning="an agent's goal without an end holds this long",
    )
    longest_days: float = setting(
        7.0, unit="days", bound="inclusive", meaning="no declared intent holds longer than this"
    )
    restored_minutes: float = setting(
        15.0, unit="minutes", bound="inclusive", meaning="restored for this long it is settled"
    )
