"""The quarterly review from its evidence: which sections there are, and the verdict above them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from overheal.model import DAY
from overheal.report.review import declared, effects
from overheal.report.review.gate import gate
from overheal.report.review.parts import Review, Span
from overheal.report.review.policies import break_even, policies
from overheal.report.review.rows import Evidence
from overheal.report.review.settings import ReviewSettings
from overheal.report.words import plural, rfc3339

SCHEMA_ID = "urn:overheal:schema:review:1"


def review(evidence: Evidence, settings: ReviewSettings) -> Review:
    """Return the review of a span; the same evidence and settings give the same document."""
    gated, used = gate(evidence, settings), policies(evidence, settings)
    levels: Counter[str] = Counter(row.verdict for row in gated.rows)
    zombies = sum(row.zombie is not None for row in used.rows)
    return Review(
        window=Span(since=rfc3339(evidence.since), until=rfc3339(evidence.until)),
        verdict=_verdict(levels, zombies, bool(evidence.usage)),
        notes=_notes(evidence),
        success_bound=settings.success_bound,
        gate=gated,
        policies=used,
        deviations=declared.deviations(evidence),
        fields=declared.fields(evidence),
        impact=effects.impact(evidence, settings),
        alerts=effects.alerts(evidence, settings),
        thresholds=effects.thresholds(evidence, settings),
        costlier=effects.costlier(evidence, settings),
        break_even=break_even(evidence, settings),
        expectations=declared.expectations(evidence),
        drills=declared.drills(evidence),
    )


def review_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Review.model_json_schema(mode="serialization"),
        "title": "overheal quarterly review, version 1",
    }


def _verdict(levels: Counter[str], zombies: int, used: bool) -> str:
    if not used:
        return "Nothing acted in this span: there is nothing to review"
    parts = []
    if levels["step back"]:
        parts.append(f"{plural(levels['step back'], 'automation')} should step back")
    if levels["next level"]:
        parts.append(f"{plural(levels['next level'], 'automation')} may have the next level")
    if levels["not yet"]:
        lack = "lacks" if levels["not yet"] == 1 else "lack"
        parts.append(f"{levels['not yet']:,} {lack} evidence for the next level")
    if zombies:
        parts.append(plural(zombies, "policy is a zombie", "policies are zombies"))
    text = "; ".join(parts) or "Automation is where its evidence lets it be"
    return text[0].upper() + text[1:]


def _notes(evidence: Evidence) -> list[str]:
    notes = []
    first = evidence.first_at
    if first is None:
        notes.append("The store holds no event.")
    elif first > evidence.since + DAY:
        days = (min(first, evidence.until) - evidence.since) // DAY
        whole = (evidence.until - evidence.since) // DAY
        notes.append(
            f"The store begins on {rfc3339(first)[:10]}: of {plural(whole, 'day')} of the span, "
            f"{days:,} are not in it."
        )
    if not evidence.catalog.file.services:
        notes.append("No catalog: name one with --catalog, or nothing declared can be compared.")
    return notes
