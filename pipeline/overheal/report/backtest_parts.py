"""The models of a backtest's JSON document; times are RFC 3339 in UTC, durations seconds."""

from __future__ import annotations

from typing import Any, Literal

from overheal.report.parts import Count, Instant, Part, Share, TierWord, Window

SCHEMA_ID = "urn:overheal:schema:backtest:1"

KindWord = Literal["gained", "lost", "earlier", "later", "louder", "quieter"]


class SettingPart(Part):
    """One setting that differs: of every service where `service` is null."""

    detector: str
    name: str
    service: str | None
    before: int | float | bool
    after: int | float | bool


class SidePart(Part):
    """A finding as one side has it; `at` is when it reached its tier, or paged."""

    id: str
    tier: TierWord
    at: Instant
    first_at: Instant
    last_at: Instant
    status: str
    reason: str
    summary: str
    inhibited_by: str | None
    member_count: Count


class DifferencePart(Part):
    """One page or finding that differs, and why; `seconds_later` is negative where it is earlier.

    `label` is what somebody said of the finding.
    """

    kind: KindWord
    detector: str
    service: str | None
    environment: str
    title: str
    before: SidePart | None
    after: SidePart | None
    seconds_later: float | None
    reason: str
    label: str | None


class CountsPart(Part):
    """How many there are on each side, and how many differ in which way."""

    before: Count
    after: Count
    gained: Count
    lost: Count
    earlier: Count
    later: Count
    louder: Count
    quieter: Count


class ScorePart(Part):
    """What labels say of one side; `precision` is null where none of its pages is labelled."""

    labelled_pages: Count
    useful: Count
    noise: Count
    precision: Share | None
    missed_caught: Count


class LabelsPart(Part):
    """What labels say: how many there are, and what each side makes of them.

    `elsewhere` are labels of findings that the detectors which differ did not make.
    """

    useful: Count
    noise: Count
    missed: Count
    elsewhere: Count
    before: ScorePart
    after: ScorePart


class SuggestionPart(Part):
    """The settings that would have kept every useful page of a service with the least noise.

    `settings` is empty where those in force are as good, or where the data is `too_thin` to tell.
    """

    service: str
    environment: str
    detector: str
    useful: Count
    noise: Count
    settings: list[SettingPart]
    noise_after: Count
    pages_before: Count
    pages_after: Count
    tried: Count
    too_thin: str | None


class Backtest(Part):
    """What other settings would have changed, over the events of `window`."""

    schema_version: Literal[1] = 1
    window: Window
    events: Count
    services: Count
    detectors: list[str]
    settings: list[SettingPart]
    catalog: list[str]
    pages: list[DifferencePart]
    findings: list[DifferencePart]
    page_counts: CountsPart
    finding_counts: CountsPart
    labels: LabelsPart | None
    notes: list[str]


class Suggestions(Part):
    """For each service with labels, what would have been better, or why nobody can tell."""

    schema_version: Literal[1] = 1
    window: Window
    suggestions: list[SuggestionPart]
    notes: list[str]


def backtest_schema() -> dict[str, Any]:
    """Return the JSON Schema of `overheal backtest --output json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Backtest.model_json_schema(mode="serialization"),
        "title": "overheal backtest, version 1",
    }


def suggestions_schema() -> dict[str, Any]:
    """Return the JSON Schema of `overheal backtest --suggest --output json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:overheal:schema:suggestions:1",
        **Suggestions.model_json_schema(mode="serialization"),
        "title": "overheal backtest --suggest, version 1",
    }
