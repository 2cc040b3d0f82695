"""The models of the weekly report's document; `document.py` puts it together and writes it.

Every time in it is RFC 3339 in UTC. Readers must pass over keys they do not know; a key that
changes its meaning or goes away raises `schema_version`.
"""

from __future__ import annotations

from typing import Literal

from overheal.report.parts import Count, Instant, Part, Share, StatusWord, TierWord


class SpanPart(Part):
    """start ≤ time < end; `week` is the ISO week, null for any other span.

    `over` is false while some of the week lies ahead: then it ends at the present.
    """

    week: str | None
    start: Instant
    end: Instant
    over: bool
    words: str


class AckPart(Part):
    """Who acknowledged when, and what they found ("" where they did not say)."""

    by: str
    at: Instant
    found: str


class FollowUpPart(Part):
    """What an owner is asked: to look at a service, and to say what they found.

    `state` is `answered`, `asked`, or `overdue` once `due_at` has passed; `overdue_days` counts
    whole days since then, and a begun one as one. `asked_times` counts the weeks in which this was
    asked of the service and nobody answered. `recorded` is false in a preview, which asks nobody.
    """

    id: str
    week: str
    service: str
    environment: str
    owner: str
    finding: str | None
    recoveries: Count
    episodes: Count
    asked_at: Instant
    due_at: Instant
    state: Literal["asked", "answered", "overdue"]
    overdue_days: Count
    asked_times: Count
    acknowledged: AckPart | None
    command: str
    recorded: bool


class TrendPart(Part):
    """How this span compares with the one before.

    `previous` and `previous_episodes` are null where that was not wholly observed. `ratio` is null
    without anything to divide by. `beyond_chance` says whether the number of episodes differs by
    more than chance explains at 5 % (exact test of two Poisson counts).
    """

    direction: Literal["up", "down", "steady", "new", "unknown"]
    previous: Count | None
    previous_episodes: Count | None
    ratio: float | None
    beyond_chance: bool | None
    words: str


class DayPart(Part):
    """Automated recoveries of one UTC day, by its start; null where nothing was observed then."""

    day: Instant
    recoveries: Count | None


class LinePart(Part):
    """A finding in one line, and what to look at next."""

    id: str
    detector: str
    tier: TierWord
    status: StatusWord
    headline: str
    summary: str
    next_step: str
    service: str
    environment: str
    owner: str
    first_at: Instant
    last_at: Instant
    acknowledged: AckPart | None


class TopServicePart(Part):
    """One of the services that automation recovered most often.

    `share` is of all automated recoveries of the span. `explains` are the findings about the
    service that nothing else explains, the most telling first, at most three.
    """

    rank: Count
    service: str
    environment: str
    owner: str
    recoveries: Count
    human_recoveries: Count
    episodes: Count
    share: Share
    trend: TrendPart
    daily: list[DayPart]
    explains: list[LinePart]
    follow_up: FollowUpPart | None


class KpiPart(Part):
    """One figure with its uncertainty and its change; docs/kpis.md defines each by `name` and `of`.

    Null where it is not known, and `not_known` says why. `low` and `high` bound a share at 95 %.
    `unknown` and `open` stand beside the number: what told no outcome, what was not over. `better`
    says whether the change is one for the better; null where there is none, where the intervals
    overlap, and where nobody can say. `title` is "" for figures that only this document lists.
    """

    name: str
    of: str
    title: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    numerator: float
    denominator: float
    unknown: Count
    open: Count
    previous: float | None
    change: float | None
    better: bool | None
    shown: str
    uncertainty: str
    compared: str
    not_known: str


class StoryPart(Part):
    """What happened next, in words."""

    at: Instant
    words: str


class HiddenIncidentPart(Part):
    """An episode that users felt, that automation recovered, and that no human was told about."""

    service: str
    environment: str
    owner: str
    started_at: Instant
    ended_at: Instant
    minutes: float
    recoveries: Count
    story: list[StoryPart]


class HiddenPart(Part):
    """Hidden incidents; `count` is null where no source of alerts was connected (`not_known`).

    `masking_ratio` is null where there was neither a hidden nor a told one.
    """

    count: Count | None
    minutes: float | None
    masking_ratio: Share | None
    not_known: str
    incidents: list[HiddenIncidentPart]


class BetterPart(Part):
    """Something that got better."""

    service: str
    environment: str
    owner: str
    words: str


class SavedPart(Part):
    """What automation saved.

    `worked` are automated recoveries whose outcome was reported as a success, `behind_findings`
    those of them on services of which a finding says that recovery hides something. `nights` are
    those in which some of them happened between 22:00 and 06:00 UTC; `nights_not_woken` those of
    them in which nobody was paged, null where no source of alerts was connected.
    """

    worked: Count
    verified: Count
    behind_findings: Count
    nights: Count
    nights_not_woken: Count | None
    words: list[str]


class CompletenessPart(Part):
    """What the report rests on; `gaps` are days on which nothing was heard at all."""

    actions: Count
    observations: Count
    late: Count
    refused: Count
    unknown_outcome: Share | None
    alert_source: bool
    gaps: list[Instant]
    words: list[str]


class WeekSeenPart(Part):
    """A week of which events are stored, and about how many."""

    week: str
    events: Count


class WeeklyReport(Part):
    """Everything the weekly report says; `verdict` is what to read first.

    `overdue` are follow-ups of earlier weeks that nobody answered. `others` are the loudest of the
    `others_count` findings at actionable or above that neither explain one of the services nor are
    conflicts, at most twenty. With `empty` nothing is known
    of the span, and `weeks_with_data` says of which weeks something is.
    """

    schema_version: Literal[1] = 1
    span: SpanPart
    made_at: Instant
    empty: bool
    verdict: str
    lead: list[str]
    overdue: list[FollowUpPart]
    recoveries: Count
    recovered_services: Count
    daily: list[DayPart]
    top_services: list[TopServicePart]
    kpis: list[KpiPart]
    hidden: HiddenPart
    conflicts: list[LinePart]
    others: list[LinePart]
    others_count: Count
    better: list[BetterPart]
    saved: SavedPart
    completeness: CompletenessPart
    weeks_with_data: list[WeekSeenPart]
