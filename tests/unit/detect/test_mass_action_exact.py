"""`mass_action` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.mass_action import MassAction
from overheal.model import DAY, MINUTE, Event, Target, Tier
from tests.support.made import History, flow_of, told

FLOOR, WINDOW, QUIET = 3, 10 * MINUTE, 30 * MINUTE
SETTINGS = {"mass_action": {"targets": FLOOR, "environment_targets": 5, "critical_share": 0.7}}
"""With scopes of one target each, only the environment has a share."""

steps = st.tuples(
    st.sampled_from([1, 60, 300, 600, 1200, 1800, 7200, 86_400]),
    st.lists(st.integers(0, 8), min_size=1, max_size=5, unique=True),
    st.sampled_from(["restart", "restart", "restart", "backup"]),
    st.sampled_from(["policy", "unknown", "policy", "unknown", "rollout"]),
    st.sampled_from(["ada", "patcher", "patcher"]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps."""
    made, now = History(), 0.0
    for gap, targets, kind, trigger, agent in chosen:
        now += gap
        for number in targets:
            made.add(
                now,
                service=f"svc-{number}",
                scope=f"svc-{number}",
                agent=agent,
                agent_kind="script",
                type=kind,
                trigger=trigger,
                condition="it is time",
                target=Target("Deployment", f"svc-{number}", "shop"),
            )
            now += 1
    return made.events


def expected(events: list[Event], agent: str) -> list[tuple[int, int, Tier]]:
    """Return first moment, targets and tier of each finding about an agent."""
    mine = [
        event
        for event in events
        if event.agent == agent and event.type != "backup" and event.trigger != "rollout"
    ]
    counts: list[tuple[int, int, bool]] = []  # time, targets in the window, in a finding
    found: list[list[Any]] = []
    busy, standing = 0, False
    for event in mine:
        if standing and busy + QUIET <= event.time:
            standing = False
        inside = {}
        for other in mine:
            if event.time - WINDOW < other.time <= event.time:
                inside[other.target] = other
        latest = sorted(inside.values(), key=lambda one: one.time)
        if standing:
            found[-1][1].add(event.target)
        elif len(inside) >= max(FLOOR, usual(counts, event.time)):
            found.append([latest[0].time, set(inside), Tier.ACTIONABLE])
            standing = True
        if standing:
            if len(inside) >= FLOOR:
                busy = event.time
            there = {one.target for one in events if was_seen(one, event.time)}
            if len(there) >= 5 and len(found[-1][1]) >= 0.7 * len(there):
                found[-1][2] = Tier.CRITICAL
        counts.append((event.time, len(inside), standing))
    return [(first, len(targets), tier) for first, targets, tier in found]


def was_seen(event: Event, at: int) -> bool:
    """Whether an event lies on the thirty days up to that of `at`."""
    return event.time <= at and event.time // DAY > at // DAY - 30


def usual(counts: list[tuple[int, int, bool]], at: int) -> int:
    """Return from how many targets on it is too many, after the thirty days before `at`."""
    quiet, found, every = [0], [0, 0], list[int]()
    for back in range(1, 31):
        day = [one for one in counts if one[0] // DAY == at // DAY - back]
        if day:
            peak = max(one[1] for one in day)
            first = next(one[0] for one in day if one[1] == peak)
            if first <= at - WINDOW:
                every.append(peak)
                (found if any(one[2] for one in day) else quiet).append(peak)
    habit = max(*quiet, sorted(found)[-2])
    middle = sorted(every)[(len(every) - 1) // 2] if every else 0
    return habit * (2 if len(every) >= 7 and habit <= 1.5 * middle else 3)


@given(st.lists(steps, max_size=60))
@settings(max_examples=250, deadline=None)
def test_it_fires_if_and_only_if_the_rule_holds(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([MassAction], settings=SETTINGS), until=400 * 86_400)
    for agent in ("ada", "patcher"):
        mine = [one for one in findings if one.agents == [agent]]
        assert [(one.first_at, one.count, one.tier) for one in mine] == expected(events, agent)


def test_the_random_histories_hold_findings_habits_and_pages():
    chosen = [(600, [0, 1, 2, 3], "restart", "policy", "patcher")] * 3
    chosen += [(86_400, [0, 1, 2, 3, 4], "restart", "policy", "patcher")] * 3
    events = history(chosen)
    assert len(expected(events, "patcher")) == 2, "the third and fourth day are a habit"
    assert Tier.CRITICAL in {tier for _, _, tier in expected(events, "patcher")}
