"""`recovery_frequency` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.recovery_frequency import RecoveryFrequency
from overheal.model import HOUR, Event, Status, Tier, finding_id
from tests.support.events import START
from tests.support.made import MINUTE, History, catalog_of, flow_of, in_order, moment, told

LIMITS = {"checkout": (3, 10), "ledger": (1, 4)}
DRILL = (3 * 60 * MINUTE, 4 * 60 * MINUTE)
CATALOG = {
    "services": {"ledger": {"recovery_frequency": {"per_hour": 1, "critical_per_hour": 4}}},
    "drills": [
        {
            "id": "game-day",
            "services": ["checkout"],
            "from": START + timedelta(seconds=DRILL[0]),
            "until": START + timedelta(seconds=DRILL[1]),
        }
    ],
}

gaps = st.sampled_from([0, 1, 30, 300, 900, 1200, 1500, 1800, 3599, 3600, 7200])
steps = st.tuples(
    gaps,
    st.sampled_from(["checkout", "checkout", "ledger"]),
    st.sampled_from(["plain", "plain", "plain", "both", "late", "counter", "human", "witness"]),
    st.sampled_from(["succeeded", "failed", "unknown"]),
    st.integers(1, 12),
    st.sampled_from([0, 1, 600, 1800, 3600]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps."""
    made, now = History(), 0.0
    for number, (gap, service, kind, outcome, count, length) in enumerate(chosen):
        now += gap
        if kind == "both":
            made.action(now, now + length, outcome, service=service, action_id=f"both-{number}")
        elif kind == "late":
            made.recovery(now, service, outcome=outcome, duration=float(length))
        elif kind == "counter":
            made.recovery(now, service, count=count, first_at=now - length)
        elif kind == "human":
            made.recovery(now, service, agent="ada", agent_kind="human")
        elif kind == "witness":
            made.recovery(now, service, witness_of="somebody-elses")
        else:
            made.recovery(now, service, outcome=outcome)
    return made.events


@dataclass
class Counted:
    """One recovery as the rule counts it."""

    told: int
    at: int
    count: int
    first_at: int
    id: str


@dataclass
class Expected:
    """One finding as the rule has it."""

    first_at: int
    members: list[str]
    count: int
    worst: int
    resolved_at: int | None = None


def counted(events: list[Event], service: str) -> list[Counted]:
    """Return each action's first phase, at its start, automated and in no drill."""
    ranks = {"started": 4, "finished": 5}
    ordered = sorted(events, key=lambda e: (e.time, ranks[e.phase], e.source, e.id))
    seen: set[str] = set()
    found = []
    for event in ordered:
        if event.service != service or event.witness_of or event.action_id in seen:
            continue
        seen.add(event.action_id)
        drilled = service == "checkout" and moment(DRILL[0]) <= event.time < moment(DRILL[1])
        if drilled or event.agent_kind == "human":
            continue
        length = event.duration if event.phase == "finished" and event.duration else 0.0
        at = event.time - int(length * 1e6)
        found.append(Counted(event.time, at, event.count, min(event.first_at, at), event.id))
    return found


def rolling(facts: list[Counted], now: int) -> int:
    """Return how many recoveries must lie in (now - 1 h, now]."""
    inside = [fact for fact in facts if now - HOUR < fact.at <= now]
    return sum(fact.count if fact.first_at > now - HOUR else 1 for fact in inside)


def calm_since(facts: list[Counted], limit: int) -> int:
    """Return when the rolling count fell to the limit for the last time."""
    moments = {fact.at for fact in facts} | {fact.at + HOUR for fact in facts}
    ordered = sorted(moments | {fact.first_at + HOUR for fact in facts})
    last = max(i for i, now in enumerate(ordered) if rolling(facts, now) > limit)
    return ordered[last + 1]


def expected(events: list[Event], service: str, until: int) -> list[Expected]:
    """Return the findings that the rule gives, in the order in which they open."""
    limit, _ = LIMITS[service]
    told_so_far: list[Counted] = []
    found: list[Expected] = []
    standing: Expected | None = None

    def calm(now: int) -> None:
        nonlocal standing
        if standing is not None and calm_since(told_so_far, limit) + HOUR <= now:
            standing.resolved_at = calm_since(told_so_far, limit) + HOUR
            standing = None

    for fact in counted(events, service):
        calm(fact.told)
        told_so_far.append(fact)
        ends = sorted({other.at for other in told_so_far if other.at >= fact.at})
        worst = max(rolling(told_so_far, end) for end in ends)
        if standing is not None:
            standing.members.append(fact.id)
            standing.count += fact.count if fact.first_at >= standing.first_at else 1
            standing.worst = max(standing.worst, worst)
        elif worst > limit:
            end = next(end for end in ends if rolling(told_so_far, end) == worst)
            window = [other for other in told_so_far if end - HOUR < other.at <= end]
            window.sort(key=lambda other: (other.at, other.id))
            since = [o.first_at for o in window if o.count > 1 and o.first_at > end - HOUR]
            members = [other.id for other in window]
            standing = Expected(min([window[0].at, *since]), members, worst, worst)
            found.append(standing)
    calm(until)
    return found


@given(chosen=st.lists(steps, max_size=40))
@settings(max_examples=250, deadline=None)
def test_it_fires_exactly_when_the_rule_holds(chosen):
    events = history(chosen)
    until = max((event.time for event in in_order(events)), default=0)
    flow = flow_of([RecoveryFrequency], catalog=catalog_of(**CATALOG))
    findings = told(events, flow=flow)
    for service, (_, critical) in LIMITS.items():
        wanted = {
            finding_id("recovery_frequency", f"production\0{service}", one.members[0]): (
                one.members,
                one.count,
                one.worst,
                Tier.CRITICAL if one.worst >= critical else Tier.ACTIONABLE,
                one.first_at,
                one.resolved_at,
            )
            for one in expected(events, service, until)
        }
        got = {
            one.id: (
                one.members,
                one.count,
                one.evidence["per_hour"],
                one.tier,
                one.first_at,
                one.resolved_at,
            )
            for one in findings
            if one.service == service
        }
        assert got == wanted
    for one in findings:
        assert (one.status is Status.RESOLVED) == (one.resolved_at is not None)
        assert one.member_count == len(one.members) == len(set(one.members))
