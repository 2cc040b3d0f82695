"""Successes that do not last, against a slow, obvious implementation of the rule."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.ineffective_recovery import IneffectiveRecovery
from overheal.model import MINUTE, Event, Tier
from tests.support.made import History, flow_of, told

WINDOW = 30 * MINUTE

steps = st.tuples(
    st.sampled_from([1, 300, 600, 1799, 1800, 1801, 4000]),
    st.sampled_from(["checkout", "checkout", "ledger"]),
    st.sampled_from(["succeeded", "succeeded", "succeeded", "failed", "unknown"]),
    st.sampled_from([1, 1, 4]),
    st.booleans(),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return recoveries that are told when they end, each of no duration."""
    made, now = History(), 0.0
    for gap, service, outcome, count, human in chosen:
        now += gap
        kind = {"agent": "ada", "agent_kind": "human"} if human else {}
        made.recovery(now, service, outcome=outcome, count=1 if human else count, **kind)
    return made.events


def expected(events: list[Event]) -> list[tuple[list[str], int, bool, int]]:
    """Return members, recoveries, whether three were in a row, and end of each finding."""
    found: list[tuple[list[str], int, bool, int]] = []
    row: list[Event] = []
    standing: Event | None = None
    active = 0

    def end() -> None:
        if len(row) >= 2:
            count = sum(event.count for event in row)
            found.append(([event.id for event in row], count, len(row) >= 3, active + WINDOW))
        row.clear()

    for event in events:
        if event.time > active + WINDOW:
            end()
            standing = None
        if standing is not None:
            row.append(standing)
            standing, active = None, event.time
        if event.outcome == "succeeded" and event.agent_kind != "human":
            standing, active = event, event.time
    end()
    return found


@given(chosen=st.lists(steps, max_size=30))
@settings(max_examples=300, deadline=None)
def test_it_counts_exactly_the_successes_after_which_the_trouble_was_back(chosen):
    events = history(chosen)
    flow = flow_of([IneffectiveRecovery])
    every = told(events, flow=flow, until=10**7)
    for service in ("checkout", "ledger"):
        own = [event for event in events if event.service == service]
        got = [
            (one.members, one.count, one.tier is Tier.ACTIONABLE, one.resolved_at)
            for one in every
            if one.service == service and "returns_in_a_row" in one.evidence
        ]
        assert got == expected(own)


@given(chosen=st.lists(steps, max_size=30))
@settings(max_examples=200, deadline=None)
def test_every_recovery_is_counted_once_whatever_is_restated(chosen):
    events = history(chosen)
    flow = flow_of([IneffectiveRecovery])
    told(events, flow=flow)
    for row in flow.services():
        own = [one for one in events if one.service == row.service and one.agent_kind != "human"]
        lasting = [one for one in own if one.outcome == "succeeded"]
        back = 0
        for one in lasting:
            later = (other for other in events if other.service == row.service)
            nexts = [other.time for other in later if other.time > one.time]
            back += one.count * bool(nexts and nexts[0] <= one.time + WINDOW)
        assert row.recoveries == row.succeeded + row.failed + row.unknown
        assert row.succeeded == sum(one.count for one in lasting) - back
        failed = sum(one.count for one in own if one.outcome == "failed")
        assert row.failed == failed + back
