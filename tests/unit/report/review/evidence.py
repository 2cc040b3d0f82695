"""Making evidence for reviews by hand; times are days since the start of the span."""

from __future__ import annotations

from typing import Any

from overheal.model import DAY, Finding, Tier
from overheal.report.review.rows import Evidence, Levels, Reviewed, Usage
from tests.support.made import catalog_of

SINCE = 20_000 * DAY
UNTIL = SINCE + 90 * DAY
SAFE = {
    "owner": "payments",
    "stateful": False,
    "allowed_autonomy_level": 4,
    "boundaries": ["restart"],
}


def day(number: float) -> int:
    return SINCE + round(number * DAY)


def evidence(services: dict[str, Any] | None = None, **fields: Any) -> Evidence:
    known = {"checkout": SAFE} if services is None else services
    made = {"since": SINCE, "until": UNTIL, "first_at": day(-200), **fields}
    return Evidence(catalog=catalog_of(services=known), **made)


def usage(**fields: Any) -> Usage:
    made: dict[str, Any] = {
        "environment": "production",
        "service": "checkout",
        "type": "restart",
        "policy": "",
        "by_hand": False,
        "level": None,
        "recovery": True,
    }
    made.update(fields)
    counts = ("succeeded", "failed", "partial", "ineffective", "unnecessary", "unknown")
    made.setdefault("uses", sum(made.get(name, 0) for name in (*counts, "unfinished")))
    return Usage(**made)


def levels(*days: tuple[float, int], kind: str = "restart") -> Levels:
    pairs = sorted((20_000 + int(number), level) for number, level in days)
    return Levels("production", "checkout", kind, pairs)


def reviewed(number: int, verdict: str = "good", **fields: Any) -> Reviewed:
    made: dict[str, Any] = {
        "environment": "production",
        "service": "checkout",
        "type": "restart",
        "action_id": f"run-{number}",
        "by_hand": True,
        "level": None,
        "acted_at": day(number),
        "at": day(number) + 5,
        "by": "bob",
        "verdict": verdict,
    }
    return Reviewed(**(made | fields))


def finding(detector: str, start: float, end: float, **fields: Any) -> Finding:
    made: dict[str, Any] = {
        "id": f"{detector}-{start}",
        "detector": detector,
        "stage": "scope",
        "subject": "s",
        "service": "checkout",
        "environment": "production",
        "scope": "shop",
        "first_at": day(start),
        "last_at": day(end),
        "detected_at": day(start),
        "status": "resolved",
        "tier": Tier.ACTIONABLE,
    }
    return Finding(**(made | fields))
