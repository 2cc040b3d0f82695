"""The document of a quarterly review: one class a section's row, stable names, times RFC 3339.

A share or rate is between 0 and 1 and null where its denominator is empty, never 0 or 1.
"""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row", bound=BaseModel)


class Written(BaseModel):
    """A part of the document; closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(Written, Generic[Row]):
    """One section: its rows, and why it cannot say more."""

    rows: list[Row] = Field(description="What was found, the most important first.")
    thin: str | None = Field(description="Why the data is too thin to say more; null: it is not.")
    total: str = Field(default="", description="What the rows come to together, in words.")


class PolicyRow(Written):
    """How one policy was used; counts are actions times their occurrences, drills apart.

    `uses` are all its actions; the outcomes and rates are those of its recoveries, as the KPIs have
    them; `unnecessary` has what was proposed and rejected as not needed.
    """

    policy: str
    environment: str
    services: list[str]
    uses: int
    known: int
    succeeded: int
    ineffective: int
    unnecessary: int
    failed: int
    unknown: int
    success_rate: float | None
    success_low: float | None = Field(description="Lower Wilson bound, 95 %.")
    success_high: float | None
    ineffective_rate: float | None
    unnecessary_rate: float | None
    last_exercised: str
    version: str
    changed_at: str | None
    zombie: str | None = Field(description="Why it is one: not used, or older than its service.")


class ExpectationRow(Written):
    """An expectation that ran out or was taken back in the span and was not renewed."""

    id: str
    service: str
    owner: str
    reason: str
    rate: str
    ended_at: str


class DrillRow(Written):
    """A drill that was held in the span; `actions` were recorded in it."""

    id: str
    owner: str
    services: list[str]
    start: str
    end: str
    actions: int


class ThresholdRow(Written):
    """A threshold that never or (nearly) always fired."""

    kind: Literal["detector", "signal"]
    name: str
    environment: str
    service: str
    threshold: str
    fired: Literal["never", "always"]
    why: str


class DeviationRow(Written):
    """How recoveries of a declared failure mode went otherwise than declared, or that none came."""

    environment: str
    service: str
    mode: str
    exercised: int
    other_recovery: int
    too_slow: int
    out_of_order: int
    never_exercised: bool
    declared: str
    happened: str


class ImpactRow(Written):
    """What actions of one agent and type foretold for services, and what users then felt."""

    environment: str
    agent: str
    type: str
    predictions: int = Field(description="Pairs of action and service foretold to be affected.")
    came_true: int
    did_not: int
    unforeseen: int = Field(description="Pairs of action and service felt and not foretold.")
    example: str


class AlertRow(Written):
    """Pages nobody acted on or acknowledged, or an alert that always went away by itself."""

    kind: Literal["page nobody acted on", "alert that recovers by itself"]
    environment: str
    service: str
    signal: str
    times: int
    of: int
    last_at: str


class FieldRow(Written):
    """A field whose value is another than the declared one; values are JSON."""

    environment: str
    service: str
    target: str
    field: str
    declared: str
    declared_by: str
    declared_at: str
    found: str
    found_by: str
    found_at: str
    expired: bool


class CostRow(Written):
    """A service whose automation takes longer than in the span before; seconds times replicas."""

    environment: str
    service: str
    seconds: float
    seconds_before: float
    ratio: float | None = Field(description="Of seconds a day that the store holds.")
    uses: int
    uses_before: int


class BreakEvenRow(Written):
    """What a policy saved and cost in minutes of people's time, by the team's rates."""

    policy: str
    environment: str
    saved_minutes: float
    cost_minutes: float
    net_minutes: float
    break_even_success: float | None
    break_even_uses: float | None
    pays: bool


class GateRow(Written):
    """Whether the evidence allows the next autonomy level of one service and type of action."""

    environment: str
    service: str
    type: str
    owner: str
    level: int | None
    next_level: int | None
    verdict: Literal["next level", "not yet", "stay", "step back"]
    success_rate: float | None
    success_low: float | None
    success_high: float | None
    known: int
    reviewed_runs: int
    days_at_level: int | None
    critical_findings: int
    missing: list[str]
    step_back: list[str]


class Span(Written):
    """since ≤ time < until."""

    since: str
    until: str


class Review(Written):
    """A quarterly review; its schema is schemas/review.v1.json."""

    schema_version: Literal["1"] = "1"
    window: Span
    verdict: str
    notes: list[str]
    success_bound: float = Field(description="The success that the next level needs, at least.")
    gate: Told[GateRow]
    policies: Told[PolicyRow]
    deviations: Told[DeviationRow]
    fields: Told[FieldRow]
    impact: Told[ImpactRow]
    alerts: Told[AlertRow]
    thresholds: Told[ThresholdRow]
    costlier: Told[CostRow]
    break_even: Told[BreakEvenRow]
    expectations: Told[ExpectationRow]
    drills: Told[DrillRow]
