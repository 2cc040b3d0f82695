"""A run to draw: one finding of each kind, one explained by another, one that is over."""

from __future__ import annotations

from typing import Any

from overheal.model import MICROSECOND, Finding, ServiceSummary, Status, Tier, TierChange, Totals
from overheal.report.document import Report, assemble

START = 1_795_205_297 * MICROSECOND  # 2026-11-20 20:08:17 UTC
END = START + 2_520 * MICROSECOND


def at(seconds: float) -> int:
    return START + round(seconds * MICROSECOND)


def finding(detector: str, **changes: Any) -> Finding:
    tier = changes.get("tier", Tier.ACTIONABLE)
    first_at, last_at = changes.get("first_at", at(300)), changes.get("last_at", at(2400))
    defaults: dict[str, Any] = {
        "id": f"{detector}-0123456789abcdef0123",
        "detector": detector,
        "stage": "scope",
        "subject": f"production\0{detector}",
        "service": "shop/checkout",
        "environment": "production",
        "scope": "shop",
        "first_at": first_at,
        "last_at": last_at,
        "detected_at": first_at + 240 * MICROSECOND,
        "tier": tier,
        "tier_history": [TierChange(tier, first_at + 240 * MICROSECOND, "reason")],
        "members": ["event-1", "event-2"],
        "member_count": 2,
        "count": 2,
        "revision": 3,
    }
    return Finding(**{**defaults, **changes})


def conflict() -> Finding:
    values, now, desired = [], 180.0, 6
    while now < 1500:
        values.append({"at": at(now), "agent": "gitops", "value": 3})
        values.append({"at": at(now + 14), "agent": "horizontal-pod-autoscaler", "value": desired})
        now, desired = now + 45, 8 if now > 420 else 6
    return finding(
        "agent_conflict",
        tier=Tier.CRITICAL,
        title="shop/checkout",
        first_at=at(180),
        last_at=at(1514),
        agents=["gitops", "horizontal-pod-autoscaler"],
        summary=(
            "gitops sets replicas of shop/checkout to 3 and horizontal-pod-autoscaler to 6 or 8, "
            "each undoing the other 58 times since 20:11:17."
        ),
        reason="58 reversals between two agents that want different values; 12 make it critical",
        next_step=(
            "Decide who owns replicas: remove spec.replicas from the manifest that gitops applies, "
            "or remove the autoscaler."
        ),
        evidence={
            "field": "replicas",
            "reversals": 58,
            "per_hour": 156.4,
            "threshold": 12,
            "wants": {"gitops": [3], "horizontal-pod-autoscaler": [8, 6]},
            "values": values,
            "timeline": [
                {
                    "at": v["at"],
                    "agent": v["agent"],
                    "what": "scale",
                    "outcome": "unknown",
                    "count": 1,
                }
                for v in values
            ],
        },
        members=[f"scale-{index}" for index in range(60)],
        member_count=60,
        count=60,
    )


def masked() -> Finding:
    gaps, timeline, now, gap = [], [], 120.0, 260.0
    while now < 2500 and len(gaps) < 292:
        timeline.append(
            {
                "at": at(now),
                "agent": "leak-guard",
                "what": "restart",
                "outcome": "succeeded",
                "count": 1,
            }
        )
        now += gap
        gaps.append({"at": at(now), "seconds": round(gap, 2)})
        gap = max(2.5, gap * 0.8)
    return finding(
        "masked_degradation",
        tier=Tier.CRITICAL,
        title="shop/ledger",
        service="shop/ledger",
        first_at=at(120),
        last_at=at(2010),
        agents=["leak-guard"],
        summary=(
            "leak-guard restarted shop/ledger 293 times, every time with success, and the gaps "
            "between the restarts shrank from 4 min 20 s to 2.5 s."
        ),
        reason="at this pace recoveries follow one another without a pause within 24 h",
        next_step="Look for what grows between the restarts of shop/ledger: memory, connections, files.",
        evidence={
            "gaps": gaps,
            "timeline": timeline,
            "p_value": 0.00012,
            "rate_per_replica": 12.4,
            "projection": {
                "at": at(2330),
                "low": at(2200),
                "high": at(2460),
                "meaning": "restarting without a pause",
            },
        },
        members=[f"restart-{index}" for index in range(293)],
        member_count=293,
        count=293,
    )


def thrashing() -> Finding:
    states, now, pause = [], 60.0, 260.0
    while now < 2400 and len(states) < 18:
        for state, wait in (("not_ready", 40.0), ("ready", pause)):
            states.append({"at": at(now), "state": state})
            now += wait
        pause = max(28.0, pause * 0.75)
    timeline = [
        {
            "at": entry["at"],
            "agent": "node-controller",
            "what": entry["state"],
            "outcome": "unknown",
            "count": 1,
        }
        for entry in states
    ]
    return finding(
        "thrashing",
        title="node-3",
        service="",
        environment="production",
        agents=["node-controller"],
        summary="node-3 went back and forth between not_ready and ready 17 times.",
        reason="17 reversals in 6 hours are at least 3",
        next_step="Take node-3 out of service (cordon it) and look at its network and its kubelet.",
        evidence={
            "field": "ready",
            "reversals": 17,
            "threshold": 3,
            "states": states,
            "timeline": timeline,
        },
        members=[f"node-{index}" for index in range(18)],
        member_count=18,
        count=18,
    )


def ineffective() -> Finding:
    timeline = [
        {
            "at": at(20 + 15 * 2 ** min(index, 7)),
            "agent": "replicaset-controller",
            "what": "FailedCreate",
            "outcome": "failed",
            "count": 1 + index * 3,
        }
        for index in range(8)
    ]
    return finding(
        "ineffective_recovery",
        title="batch/reports",
        service="batch/reports",
        scope="batch",
        agents=["replicaset-controller"],
        summary="replicaset-controller tried 92 times to create a pod of batch/reports and never could.",
        reason="92 failed attempts in a row, none that succeeded; 3 are enough",
        next_step='Raise the quota "two-pods" of namespace batch, or ask for fewer replicas.',
        evidence={"in_a_row": 92, "cause": "exceeded quota: two-pods", "timeline": timeline},
        count=92,
    )


def frequency() -> Finding:
    return finding(
        "recovery_frequency",
        tier=Tier.ACTIONABLE,
        title="shop/ledger",
        service="shop/ledger",
        first_at=at(1100),
        inhibited_by="masked_degradation-0123456789abcdef0123",
        summary="shop/ledger was recovered 293 times within an hour.",
        reason="293 recoveries in an hour reach 10",
        next_step="Find out why shop/ledger keeps failing.",
        evidence={"per_hour": 293, "threshold": 3},
        agents=["leak-guard"],
    )


def minor() -> Finding:
    return finding(
        "stale_policy",
        tier=Tier.INFORMATIONAL,
        title="shop/search",
        service="shop/search",
        status=Status.RESOLVED,
        resolved_at=at(1800),
        summary="The policy hpa-search is older than the last change of what it acts on.",
        reason="a policy older than its target is worth knowing and nothing more",
        next_step="Review the policy of shop/search.",
        evidence={"policy_age_seconds": 8_640_000, "changed_at": at(900)},
    )


def services() -> list[ServiceSummary]:
    def row(service: str, recoveries: int, episodes: int, **rest: Any) -> ServiceSummary:
        return ServiceSummary(
            service=service,
            environment="production",
            scope=service.split("/", maxsplit=1)[0],
            recoveries=recoveries,
            episodes=episodes,
            first_at=at(120),
            last_at=at(2400),
            **rest,
        )

    return [
        row("shop/cart", 2, 2, succeeded=2, human_recoveries=1),
        row(
            "shop/ledger",
            293,
            1,
            succeeded=261,
            unknown=32,
            trend="faster and faster",
            owner="payments",
        ),
        row("batch/reports", 92, 1, failed=92),
    ]


def totals() -> Totals:
    return Totals(
        records=1401,
        received=1396,
        stored=1380,
        duplicates=11,
        dead_letters=5,
        ignored={"bookmark": 5},
        actions=812,
        observations=568,
        recoveries=387,
        unknown_outcome=32,
    )


NOTES = [
    "The input covers 42 min, too little for a trend over days. Keep collecting: kubectl get events -A -w -o json --output-watch-events",
    "No alerts or pages were in the input, so hidden incidents cannot be counted.",
]


def findings() -> list[Finding]:
    return [minor(), frequency(), ineffective(), thrashing(), masked(), conflict()]


def report(**changes: Any) -> Report:
    parts: dict[str, Any] = {
        "findings": findings(),
        "services": services(),
        "totals": totals(),
        "window": (START, END),
        "config_hash": "5f2c9c1e",
        "notes": NOTES,
        "origin": ["events-watch.jsonl.gz", "nodes-watch.jsonl.gz"],
    }
    return assemble(**{**parts, **changes})
