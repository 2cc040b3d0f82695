"""What a weekly report is made of, as plain values; times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from overheal.model import Finding
from overheal.report.weekly.parts import HiddenPart, KpiPart
from overheal.report.weekly.span import Span

Key = tuple[str, str]
"""A service: its environment and its name."""


@dataclass(frozen=True)
class Day:
    """Automated recoveries of one service on one UTC day."""

    key: Key
    day: int
    recoveries: int


@dataclass(frozen=True)
class Seen:
    """What was heard of on one UTC day."""

    day: int
    actions: int
    observations: int
    late: int


@dataclass(frozen=True)
class Ack:
    """One acknowledgement of a finding or a follow-up."""

    id: str
    at: int
    by: str
    found: str


@dataclass(frozen=True)
class Question:
    """One follow-up, as it was asked or as it would be."""

    id: str
    week: str
    key: Key
    since: int
    until: int
    owner: str
    finding: str
    recoveries: int
    episodes: int
    asked_at: int
    due_at: int
    recorded: bool = True


@dataclass(frozen=True)
class Worked:
    """Automated recoveries of one service that succeeded."""

    key: Key
    count: int


@dataclass(frozen=True)
class Material:
    """Everything the report says something about.

    `days` and `seen` are whole days and reach back from the span's end over `history`; `counts`
    (automated), `by_hand` and `episodes` are those of the span, `…_before` of the one before it.
    `first_at` is when the first event of the store happened, None for an empty store. `told` are
    moments at which people were told (alerts and pages); None where nothing that tells people was
    connected. `worked_in` are the beginnings of hours in which a recovery began that `worked`.
    `owners` holds the owners that are known.
    """

    span: Span
    history: Span
    now: int
    first_at: int | None
    days: Sequence[Day]
    seen: Sequence[Seen]
    counts: Mapping[Key, int]
    by_hand: Mapping[Key, int]
    counts_before: Mapping[Key, int]
    episodes: Mapping[Key, int]
    episodes_before: Mapping[Key, int]
    findings: Sequence[Finding]
    owners: Mapping[str, str]
    questions: Sequence[Question]
    acks: Sequence[Ack]
    kpis: Sequence[KpiPart]
    hidden: HiddenPart
    worked: Sequence[Worked]
    worked_in: Sequence[int]
    verified: int
    unknown_outcome: float | None
    told: Sequence[int] | None
    refused: Mapping[str, int]
    weeks: Sequence[tuple[str, int]]
    notes: Sequence[str] = field(default=())
