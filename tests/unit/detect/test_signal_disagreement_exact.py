"""`signal_disagreement` against a slow, obvious implementation of its rule."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.signal_disagreement import SignalDisagreement
from overheal.model import HOUR, Detail, Event
from tests.support.made import History, flow_of, told

UNTIL = 30 * 86_400
GOOD, BAD = {"ok", "Healthy"}, {"degraded", "NOT_READY"}
sources = st.sampled_from(["app", "probe", "net", "disk"])
values = st.sampled_from(["ok", "Healthy", "degraded", "NOT_READY", "high", ""])
signals = st.lists(st.tuples(sources, values), max_size=4).map(tuple)
kinds = st.sampled_from(["", "", "before", "after"])
evidence = st.lists(st.tuples(sources, kinds, values | st.just(3)), max_size=4).map(tuple)
steps = st.tuples(
    st.sampled_from([0, 1, 600, 21_599, 21_600]),
    st.none() | st.builds(Detail, signals=signals, evidence=evidence),
    st.sampled_from(["started", "finished", "finished", "proposed", "verified"]),
    st.sampled_from(["bot", "pilot"]),
    st.sampled_from(["failure", "failure", "manual"]),
    st.sampled_from([1, 1, 2]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps; some share an action with the one before."""
    made, now = History(), 0.0
    for number, (gap, detail, phase, agent, trigger, alike) in enumerate(chosen):
        now += gap
        action = f"one-{number // alike}-{alike}"
        made.add(now, detail=detail, phase=phase, agent=agent, trigger=trigger, action_id=action)
    return made.ordered()


def contradicts(detail: Detail) -> bool:
    """Whether two say healthy and one unhealthy."""
    said: dict[str, set[bool]] = {}
    for source, value in detail.signals:
        if value in GOOD | BAD:
            said.setdefault(source, set()).add(value in GOOD)
    for source, kind, shown in detail.evidence:
        if shown in GOOD | BAD and kind != "after":
            said.setdefault(source, set()).add(shown in GOOD)
    good = [source for source, both in said.items() if both == {True}]
    bad = [source for source, both in said.items() if both == {False}]
    return len(good) >= 2 and len(bad) >= 1


def expected(events: list[Event]) -> list[tuple[str, list[str], int]]:
    """Return agent, members and end of each finding."""
    known: set[str] = set()
    rows: dict[str, list[list[Event]]] = {}
    for event in events:
        if event.phase not in ("started", "finished") or event.trigger == "manual":
            continue
        if event.detail is None or not contradicts(event.detail) or event.action_id in known:
            continue
        known.add(event.action_id)
        row = rows.setdefault(event.agent, [])
        if not row or row[-1][-1].time + 6 * HOUR <= event.time:
            row.append([])
        row[-1].append(event)
    return sorted(
        (agent, [event.id for event in row], row[-1].time + 6 * HOUR)
        for agent, found in rows.items()
        for row in found
    )


@given(chosen=st.lists(steps, max_size=30))
@settings(max_examples=300, deadline=None)
def test_it_fires_exactly_on_contradictions(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([SignalDisagreement]), until=UNTIL)
    got = [(one.subject.split("\0")[2], one.members, one.resolved_at) for one in findings]
    assert sorted(got) == expected(events)
    assert all(one.count == len(one.members) for one in findings)
