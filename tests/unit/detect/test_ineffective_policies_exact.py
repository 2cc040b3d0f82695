"""What policies do for nothing, against a slow, obvious implementation of the rule."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.ineffective_recovery import IneffectiveRecovery
from overheal.model import DAY, Detail, Event, Tier
from tests.support.made import History, flow_of, told

LEAST, SHARE, LOUD, DAYS = 4, 0.5, 0.75, 30
SETTINGS = {
    "ineffective_recovery": {
        "policy_least": LEAST,
        "policy_share": SHARE,
        "policy_actionable_share": LOUD,
    }
}

steps = st.tuples(
    st.sampled_from([1, 3600, 86_400, 5 * 86_400, 29 * 86_400, 31 * 86_400]),
    st.sampled_from(["succeeded", "failed", "unnecessary", "ineffective", "unknown", "rejected"]),
    st.sampled_from([1, 1, 2]),
    st.booleans(),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return what a policy did and proposed, with nothing that comes back."""
    made, now = History(), 0.0
    for number, (gap, outcome, count, named) in enumerate(chosen):
        now += gap
        detail = Detail(policy="flush-it" if named or number % 3 else "other")
        fields: dict[str, Any] = {"agent": "healer", "agent_kind": "ai_agent", "detail": detail}
        if outcome == "rejected":
            made.add(now, phase="rejected", outcome="", condition="not needed", **fields)
        else:
            service = f"svc-{number}"
            made.recovery(now, service, outcome=outcome, count=count, **fields)
    return made.events


def expected(events: list[Event], until: int) -> list[tuple[str, list[str], bool, int | None]]:
    """Return opening event, members, whether it was loud, and end of each finding."""
    found: list[list[Any]] = []
    standing = False
    untold: list[Event] = []

    def counts(now: int) -> tuple[int, float]:
        known = [e for e in events if e.outcome != "unknown" and e.time <= now]
        inside = [e for e in known if e.time // DAY > now // DAY - DAYS]
        total = sum(e.count for e in inside)
        bad = sum(e.count for e in inside if e.outcome not in ("succeeded", "failed"))
        return total, bad / total if total else 0.0

    def midnights(start: int, end: int) -> None:
        nonlocal standing
        for day in range(start // DAY + 1, end // DAY + 1):
            total, share = counts_before(day * DAY)
            if standing and (total < LEAST or share < SHARE):
                found[-1][3], standing = day * DAY, False

    def counts_before(midnight: int) -> tuple[int, float]:
        total, bad = 0, 0
        for e in events:
            recent = midnight // DAY - DAYS < e.time // DAY
            if e.outcome != "unknown" and e.time < midnight and recent:
                total += e.count
                bad += e.count * (e.outcome not in ("succeeded", "failed"))
        return total, bad / total if total else 0.0

    last = events[0].time if events else 0
    for event in events:
        midnights(last, event.time)
        last = event.time
        if event.outcome == "unknown":
            continue
        if event.outcome not in ("succeeded", "failed"):
            untold.append(event)
        untold = [one for one in untold if one.time > event.time - DAYS * DAY]
        total, share = counts(event.time)
        if not standing and untold and total >= LEAST and share >= SHARE:
            found.append([event.id, [], False, None])
            standing = True
        if standing and untold:
            found[-1][1] += [one.id for one in untold]
            found[-1][2] = found[-1][2] or share >= LOUD
            untold = []
    midnights(last, until)
    return [tuple(one) for one in found]


@given(chosen=st.lists(steps, max_size=20))
@settings(max_examples=200, deadline=None)
def test_it_fires_exactly_when_enough_of_a_policy_was_for_nothing(chosen):
    events = history(chosen)
    flow = flow_of([IneffectiveRecovery], settings=SETTINGS)
    every = told(events, flow=flow)
    until = max((event.time for event in events), default=0)
    for name in ("flush-it", "other"):
        own = [event for event in events if event.detail and event.detail.policy == name]
        got = [
            (one.members, one.tier is Tier.ACTIONABLE, one.resolved_at)
            for one in every
            if one.evidence.get("policy") == name
        ]
        assert got == [one[1:] for one in expected(own, until)]
