"""What the store answers to the questions of the review; times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from overheal.catalog import Catalog
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import Detail, Finding


class Usage(msgspec.Struct, frozen=True):
    """How one kind of action was used, drills apart; see `review_usage.sql`.

    Counts are times occurrences; `turned_down` were proposed and rejected as not needed, and are no
    uses. `level` is None where the agent stated none; `seconds` are times replicas.
    """

    environment: str
    service: str
    type: str
    policy: str
    by_hand: bool
    level: int | None
    recovery: bool
    uses: int
    succeeded: int = 0
    failed: int = 0
    partial: int = 0
    ineffective: int = 0
    unnecessary: int = 0
    turned_down: int = 0
    unknown: int = 0
    unfinished: int = 0
    seconds: float = 0.0

    @property
    def known(self) -> int:
        """How many uses are known to have ended in some way: the denominator of success."""
        return self.succeeded + self.failed + self.partial + self.ineffective + self.unnecessary


class FollowedPolicy(msgspec.Struct, frozen=True):
    """When a policy was last followed on a service; `changed_at` 0 where it was never stated."""

    environment: str
    service: str
    policy: str
    version: str
    changed_at: int
    last_at: int


class Levels(msgspec.Struct, frozen=True):
    """(day since 1970, level) pairs on which automation acted; level -1 where none was stated."""

    environment: str
    service: str
    type: str
    days: Sequence[tuple[int, int]]


class Recovered(msgspec.Struct, frozen=True):
    """One recovery of a service with declared failure modes; `seconds` None where not known."""

    environment: str
    service: str
    action_id: str
    type: str
    at: int
    condition: str
    detail: Detail | None
    seconds: float | None
    drill: str


class Prediction(msgspec.Struct, frozen=True):
    """An action that foretold its effects as (service, effect) pairs."""

    environment: str
    scope: str
    service: str
    action_id: str
    agent: str
    type: str
    began_at: int
    ended_at: int
    foretold: Sequence[tuple[str, str]]


class Felt(msgspec.Struct, frozen=True):
    """A minute in which users felt a service."""

    environment: str
    scope: str
    service: str
    at: int


class Alert(msgspec.Struct, frozen=True):
    """One alert or page (`kind`) as it was told."""

    environment: str
    service: str
    kind: str
    signal: str
    at: int
    status: str


class Hand(msgspec.Struct, frozen=True):
    """A person acted on a service, or decided about it."""

    environment: str
    service: str
    at: int


class SignalUse(msgspec.Struct, frozen=True):
    """How often a signal was compared with a threshold (JSON), and spoke; `unsaid` had no word."""

    environment: str
    service: str
    signal: str
    threshold: str
    readings: int
    fired: int
    unsaid: int


class DeclaredField(msgspec.Struct, frozen=True):
    """A field whose last value is not the declared one; values are JSON, `until` 0: open."""

    environment: str
    service: str
    target_kind: str
    target: str
    field: str
    declared: str
    declared_by: str
    declared_at: int
    until: int
    seen: str
    seen_by: str
    seen_at: int


class Reviewed(msgspec.Struct, frozen=True):
    """One review of an action; see `store.ActionReview`."""

    environment: str
    service: str
    type: str
    action_id: str
    by_hand: bool
    level: int | None
    acted_at: int
    at: int
    by: str
    verdict: str


@dataclass
class Evidence:
    """All that a review of since ≤ time < until rests on; `before` is the span as long before it.

    `changed` is when each (environment, service) last changed, `drilled` how many actions each
    drill has, `acknowledged` when people acknowledged each finding, `first_at` when the store's
    first event was.
    """

    since: int
    until: int
    catalog: Catalog
    usage: Sequence[Usage] = ()
    before: Sequence[Usage] = ()
    policies: Sequence[FollowedPolicy] = ()
    changed: dict[tuple[str, str], int] = field(default_factory=dict)
    levels: Sequence[Levels] = ()
    recoveries: Sequence[Recovered] = ()
    predictions: Sequence[Prediction] = ()
    felt: Sequence[Felt] = ()
    alerts: Sequence[Alert] = ()
    hands: Sequence[Hand] = ()
    signals: Sequence[SignalUse] = ()
    fields: Sequence[DeclaredField] = ()
    reviews: Sequence[Reviewed] = ()
    findings: Sequence[Finding] = ()
    acknowledged: Mapping[str, Sequence[int]] = field(default_factory=dict)
    expectations: Sequence[Expectation] = ()
    drills: Sequence[DeclaredDrill] = ()
    drilled: dict[str, int] = field(default_factory=dict)
    first_at: int | None = None

    def standing(self) -> list[Finding]:
        """Return the findings of the span that stand: neither withdrawn nor merged."""
        return [
            one
            for one in self.findings
            if one.status in ("open", "resolved")
            and one.first_at < self.until
            and (one.status == "open" or one.last_at >= self.since)
        ]
