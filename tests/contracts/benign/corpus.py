"""The whole benign corpus. A new detector's benign sibling goes into the file it belongs to."""

from __future__ import annotations

from tests.contracts.benign import (
    agents,
    authority,
    chains,
    drills,
    evidence,
    halves,
    hazards,
    intents,
    masses,
    recoveries,
    rollouts,
    scaling,
    silence,
    upkeep,
)

CORPUS = [
    *rollouts.ENTRIES,
    *scaling.ENTRIES,
    *recoveries.ENTRIES,
    *agents.ENTRIES,
    *authority.ENTRIES,
    *halves.ENTRIES,
    *evidence.ENTRIES,
    *upkeep.ENTRIES,
    *hazards.ENTRIES,
    *masses.ENTRIES,
    *intents.ENTRIES,
    *chains.ENTRIES,
    *silence.ENTRIES,
    *drills.ENTRIES,
]
