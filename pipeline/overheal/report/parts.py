"""The models of the stable JSON document; `document.py` puts it together and writes it.

Every time in it is RFC 3339 in UTC, in `evidence` too: there the keys named `at` or ending in
`_at`, and a projection's bounds. Readers must pass over keys they do not know; a key that changes
its meaning or goes away raises `schema_version`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
TierWord = Annotated[
    str, WithJsonSchema({"type": "string", "enum": ["informational", "actionable", "critical"]})
]
StatusWord = Annotated[
    str,
    WithJsonSchema({"type": "string", "enum": ["open", "resolved", "superseded", "retracted"]}),
]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """Base of the document's parts."""

    model_config = ConfigDict(frozen=True)


class Window(Part):
    """The event time that the input covers; both null where it held no event."""

    start: Instant | None
    end: Instant | None


class TotalsPart(Part):
    """What was read and what became of it: received = stored + duplicates + dead letters."""

    records: Count
    received: Count
    stored: Count
    duplicates: Count
    dead_letters: Count
    late: Count
    ignored: dict[str, Count]
    actions: Count
    observations: Count
    recoveries: Count
    unknown_outcome: Count
    recovery_overridden: Count
    capped_counts: Count
    drilled: Count


class HourPart(Part):
    """Automated recoveries of one hour, by its start."""

    hour: Instant
    recoveries: Count


class ServicePart(Part):
    """What automation did for one service.

    `success_rate` is null where no outcome is known: unknown outcomes are outside it, never
    successes. `per_day` is null under a day of data.
    """

    service: str
    environment: str
    scope: str
    display: str
    owner: str
    recoveries: Count
    human_recoveries: Count
    episodes: Count
    per_day: float | None
    success_rate: Share | None
    succeeded: Count
    failed: Count
    unknown: Count
    trend: str
    first_at: Instant | None
    last_at: Instant | None
    hourly: list[HourPart]


class TierPart(Part):
    """When a finding reached a tier, in event time, and why."""

    tier: TierWord
    at: Instant
    reason: str


class FindingPart(Part):
    """What a detector found; `detected_at` is when it first reached its present tier.

    `members` are event ids, oldest first, of which `member_count` is the exact number.
    `inhibited_by` is the id of the finding that explains this one, or null.
    """

    id: str
    detector: str
    stage: str
    tier: TierWord
    status: StatusWord
    title: str
    summary: str
    reason: str
    next_step: str
    service: str
    environment: str
    scope: str
    first_at: Instant
    detected_at: Instant
    last_at: Instant
    resolved_at: Instant | None
    count: Count
    agents: list[str]
    evidence: dict[str, Any]
    member_count: Count
    members: list[str]
    tier_history: list[TierPart]
    inhibited_by: str | None
    superseded_by: str | None
    revision: Count


class SuccessRate(Part):
    """Automated recoveries that succeeded, of those whose outcome is known.

    `low` and `high` bound the rate by Wilson's interval at 95 %; all null where nothing is known.
    """

    rate: Share | None
    low: Share | None
    high: Share | None
    succeeded: Count
    known: Count


class IncompleteSpan(Part):
    """A span in which a counter of a service moved more than events say: counts of it are too low.

    `share` is how much of it was seen, `low` and `high` its 95 % bounds.
    """

    service: str
    environment: str
    counter: str
    start: Instant
    end: Instant
    share: Share
    low: Share
    high: Share


class Kpis(Part):
    """What can honestly be said; `not_known` says why for each figure that is null.

    Every figure that includes a service and a time of `incomplete` is a lower bound.
    """

    auto_recovery_success: SuccessRate
    unknown_share: Share | None
    hidden_incidents: Count | None
    masking_ratio: Share | None
    mttr_seconds: float | None
    not_known: dict[str, str]
    incomplete: list[IncompleteSpan]


class Report(Part):
    """Everything a run says; `verdict` is the one sentence to read first.

    `findings` stand by tier, the loudest first, then by time; a finding that another explains
    follows that one. `notes` say what the input cannot show and how to collect longer.
    """

    schema_version: Literal[1] = 1
    config_hash: str
    origin: list[str]
    window: Window
    verdict: str
    totals: TotalsPart
    services: list[ServicePart]
    findings: list[FindingPart]
    kpis: Kpis
    notes: list[str]
