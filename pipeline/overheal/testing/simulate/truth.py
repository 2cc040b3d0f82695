"""What really happened in a simulated fleet, labelled."""

from __future__ import annotations

import msgspec


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled stretch of a simulated history; times are microseconds UTC.

    `kind` says what happened; `harmful` is False for what merely looks alike. `events` are the ids
    of the events it is made of, in event-time order, reported or not. `steps` are the moments by
    which it is told how early it was found: gaps that ended, reversals, targets touched, actions.
    """

    kind: str
    label: str
    harmful: bool
    services: tuple[str, ...]
    agents: tuple[str, ...]
    start: int
    until: int
    events: tuple[str, ...]
    steps: tuple[int, ...]
    targets: tuple[str, ...] = ()

    def steps_by(self, at: int) -> int:
        """Return how many steps lie at or before `at` (microseconds UTC)."""
        return sum(step <= at for step in self.steps)
