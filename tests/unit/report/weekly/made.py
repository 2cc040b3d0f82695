"""A week of two services, as plain values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from overheal.model import DAY, HOUR, Finding, Status, Tier
from overheal.report.weekly.material import Ack, Day, Material, Question, Seen, Worked
from overheal.report.weekly.parts import HiddenIncidentPart, HiddenPart, KpiPart, StoryPart
from overheal.report.weekly.span import Span
from overheal.report.words import rfc3339

MONDAY = 1_794_787_200_000_000
"""16 November 2026."""
WEEK = 7 * DAY
SPAN = Span(MONDAY, MONDAY + WEEK, WEEK, "2026-W47")
CART, LEDGER = ("production", "shop/cart"), ("production", "shop/ledger")


def finding(name: str = "f", **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "id": f"masked_degradation-{name}",
        "detector": "masked_degradation",
        "stage": "scope",
        "subject": "shop/ledger",
        "service": "shop/ledger",
        "environment": "production",
        "scope": "shop",
        "title": "shop/ledger",
        "first_at": MONDAY + HOUR,
        "last_at": MONDAY + DAY,
        "detected_at": MONDAY + HOUR,
        "tier": Tier.CRITICAL,
        "summary": "it comes back",
        "next_step": "look for what grows",
    }
    return Finding(**(values | changes))


def question(week: int = 0, **changes: Any) -> Question:
    since = MONDAY + week * WEEK
    values: dict[str, Any] = {
        "id": f"followup-{week}",
        "week": f"2026-W{47 + week}",
        "key": LEDGER,
        "since": since,
        "until": since + WEEK,
        "owner": "payments",
        "finding": "masked_degradation-f",
        "recoveries": 12,
        "episodes": 3,
        "asked_at": since + WEEK,
        "due_at": since + WEEK + 5 * DAY,
    }
    return Question(**(values | changes))


def ack(ident: str, at: int = MONDAY + 8 * DAY, found: str = "a leak") -> Ack:
    return Ack(ident, at, "ada", found)


def kpi(name: str, value: float | None, **changes: Any) -> KpiPart:
    values: dict[str, Any] = {
        "name": name,
        "of": "",
        "title": name.replace("_", " "),
        "unit": "share",
        "value": value,
        "low": None,
        "high": None,
        "numerator": 0,
        "denominator": 0,
        "unknown": 0,
        "open": 0,
        "previous": None,
        "change": None,
        "better": None,
        "shown": "not known" if value is None else str(value),
        "uncertainty": "",
        "compared": "",
        "not_known": "nobody said" if value is None else "",
    }
    return KpiPart(**(values | changes))


def hidden() -> HiddenPart:
    at = MONDAY + 2 * DAY
    return HiddenPart(
        count=1,
        minutes=5,
        masking_ratio=0.5,
        not_known="",
        incidents=[
            HiddenIncidentPart(
                service="shop/cart",
                environment="production",
                owner="web",
                started_at=rfc3339(at),
                ended_at=rfc3339(at + 300_000_000),
                minutes=5,
                recoveries=2,
                story=[StoryPart(at=rfc3339(at), words="Users felt it: <b>timeouts</b>.")],
            )
        ],
    )


def material(**changes: Any) -> Material:
    days = [Day(LEDGER, MONDAY + n * DAY, 2) for n in range(7)] + [Day(CART, MONDAY, 3)]
    made = Material(
        span=SPAN,
        history=Span(MONDAY - 7 * WEEK, SPAN.end, WEEK),
        now=SPAN.end + 6 * HOUR,
        first_at=MONDAY - 2 * WEEK,
        days=[*days, Day(LEDGER, MONDAY - 2 * DAY, 1)],
        seen=[Seen(MONDAY + n * DAY, 10, 2, 0) for n in range(-14, 7)],
        counts={LEDGER: 14, CART: 3},
        by_hand={CART: 1},
        counts_before={LEDGER: 1},
        episodes={LEDGER: 9, CART: 1},
        episodes_before={LEDGER: 1},
        findings=[finding()],
        owners={"shop/ledger": "payments"},
        questions=[question(-1), question()],
        acks=[],
        kpis=[kpi("auto_recovery_success", 0.9), kpi("mttr", None), kpi("more", None)],
        hidden=hidden(),
        worked=[Worked(LEDGER, 4), Worked(CART, 3)],
        worked_in=[MONDAY + 23 * HOUR, MONDAY + 34 * HOUR],
        verified=0,
        unknown_outcome=0.25,
        told=[],
        refused={"not_json": 2},
        weeks=[("2026-W47", 84)],
    )
    return replace(made, **changes)


RESOLVED = Status.RESOLVED
