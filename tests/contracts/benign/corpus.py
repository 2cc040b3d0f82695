"""The whole benign corpus. A new detector's benign sibling goes into the file it belongs to."""

from __future__ import annotations

from tests.contracts.benign import agents, drills, recoveries, rollouts, scaling

CORPUS = [
    *rollouts.ENTRIES,
    *scaling.ENTRIES,
    *recoveries.ENTRIES,
    *agents.ENTRIES,
    *drills.ENTRIES,
]
