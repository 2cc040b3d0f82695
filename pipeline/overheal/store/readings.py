"""What a KPI says, as plain values; docs/kpis.md has formula and source of each."""

from __future__ import annotations

import msgspec


class KpiReading(msgspec.Struct, frozen=True, kw_only=True):
    """One KPI over a span; `value` is None exactly where `reason` says why.

    `of` is what it is about where there are several of a name: a policy, a level, `verified`.
    `unit` is `share` (0 to 1), `seconds`, `minutes`, or what is counted. `low` and `high` bound a
    share by Wilson's interval at 95 %. `unknown` of what was looked at told no outcome, `open` were
    not over: neither is part of `denominator`.
    """

    name: str
    of: str = ""
    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: float = 0
    denominator: float = 0
    unknown: int = 0
    open: int = 0
    reason: str = ""


class IncompleteSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A span (microseconds UTC) of which events tell only `share` of what `counter` says."""

    service: str
    environment: str
    counter: str
    share: float
    start: int
    end: int


class KpiSet(msgspec.Struct, frozen=True, kw_only=True):
    """All KPIs of start ≤ time < end (microseconds UTC), of everything or of one service.

    `as_of` is the event time up to which anything was known. `incomplete` are spans in which the
    readings rest on a part of what happened.
    """

    start: int
    end: int
    as_of: int
    service: str
    environment: str
    readings: list[KpiReading]
    incomplete: list[IncompleteSpan]

    def get(self, name: str, of: str = "") -> KpiReading:
        """Return one reading; raises `KeyError` for one that is not there."""
        for reading in self.readings:
            if (reading.name, reading.of) == (name, of):
                return reading
        raise KeyError(name, of)

    def all(self, name: str) -> list[KpiReading]:
        """Return the readings of a name, one for each `of`."""
        return [reading for reading in self.readings if reading.name == name]


class OutcomeChange(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome that was told otherwise later: decided when (microseconds UTC), and why."""

    environment: str
    service: str
    action_id: str
    decided_at: int
    was: str
    becomes: str
    count: int
    reason: str


class Restatement(msgspec.Struct, frozen=True, kw_only=True):
    """That an action which was reported as succeeded did not help, as the flow found.

    `decided_by` is the event that showed it, at `decided_at` (microseconds UTC); `withdrawn` where
    late events show that it was not so after all.
    """

    environment: str
    service: str
    action_id: str
    decided_by: str
    decided_at: int
    count: int
    withdrawn: bool = False
    was: str = "succeeded"
    becomes: str = "ineffective"
    reason: str = "the same trouble was back within the verification window"
