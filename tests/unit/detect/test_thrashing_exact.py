"""`thrashing` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.thrashing import Thrashing
from overheal.model import DAY, HOUR, Event, Finding, Tier
from tests.support.made import History, flow_of, told

LEAST, MANY, WINDOW = 3, 6, 6 * HOUR
SETTINGS = {"thrashing": {"critical_reversals": MANY}}
FOLLOWING = ("demand", "schedule", "rollout")

steps = st.tuples(
    st.sampled_from([60, 600, 3600, 3600, 5400, 7200, 21_600, 86_400]),
    st.sampled_from(["replicas", "replicas", "image", "state"]),
    st.integers(0, 3),
    st.sampled_from(["hpa", "hpa", "gitops"]),
    st.sampled_from(["demand", "policy", "policy"]),
)
images = ["v1", "v2", "v3", "v4"]


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps."""
    made, now = History(), 0.0
    for gap, what, number, agent, trigger in chosen:
        now += gap
        if what == "state":
            made.observe(now, "ready" if number % 2 else "not_ready")
        elif what == "image":
            made.write(now, agent, images[number], trigger=trigger, field="image", type="deploy")
        else:
            made.write(now, agent, number, trigger=trigger)
    return made.events


def distinct(events: list[Event]) -> list[Event]:
    """Return the writes that change the value, since the field last stood still for a day.

    Of those at the beginning that repeat the first value the newest counts.
    """
    kept: list[Event] = []
    seen = 0
    for event in events:
        if kept and event.time - seen >= DAY:
            kept = []
        if not kept or (len(kept) == 1 and kept[0].new == event.new):
            kept = [event]
        elif kept[-1].new != event.new:
            kept.append(event)
        seen = event.time
    return kept


def direction(values: list[Any], step: int) -> int:
    """Return whether a step goes up or down, for words in the order of their first appearance."""
    old, new = values[step - 1], values[step]
    if isinstance(new, str):
        return 1 if values.index(new) > values.index(old) else -1
    return 1 if new > old else -1


def turns_back(changes: list[Event]) -> bool:
    """Whether the last of these changes is a reversal."""
    values = [change.new for change in changes]
    now, last = changes[-1], changes[-2] if len(changes) > 1 else None
    if len(changes) < 3 or last is None:
        return False
    returned = values[-1] == values[-3]
    if now.trigger in FOLLOWING and now.agent == last.agent:
        recent = len(changes) > 3 and changes[-4].time > now.time - WINDOW
        return returned and recent and values[-4] == values[-2]
    return returned or direction(values, len(values) - 1) != direction(values, len(values) - 2)


def expected(events: list[Event]) -> list[tuple[str, int, Tier, int | None]]:
    """Return opening event, reversals, tier and end of each finding about one field."""
    found: list[list[Any]] = []
    turns: list[Event] = []
    standing: list[Any] | None = None
    for number, event in enumerate(events):
        if standing and turns[-LEAST].time + WINDOW <= event.time:
            standing[3] = turns[-LEAST].time + WINDOW
            standing = None
        turns = [turn for turn in turns if turn.time > event.time - WINDOW]
        changes = distinct(events[: number + 1])
        if changes[-1] is not event or not turns_back(changes):
            continue
        turns.append(event)
        tier = Tier.CRITICAL if len(turns) >= MANY else Tier.ACTIONABLE
        if standing:
            standing[1] += 1
            standing[2] = max(standing[2], tier)
        elif len(turns) >= LEAST:
            standing = [turns[0].id, len(turns), tier, None]
            found.append(standing)
    return [tuple(one) for one in found]


def opening(finding: Finding, events: list[Event]) -> str:
    """Return the id of the event at which a finding starts."""
    return next(event.id for event in events if event.time == finding.first_at)


@given(chosen=st.lists(steps, max_size=45))
@settings(max_examples=250, deadline=None)
def test_it_counts_exactly_the_reversals_of_the_rule(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([Thrashing], settings=SETTINGS))
    for field in ("replicas", "image", "node_ready"):
        about = [event for event in events if event.field == field]
        got = [
            (opening(one, about), one.count, one.tier, one.resolved_at)
            for one in findings
            if one.evidence["field"] == field
        ]
        wanted = expected(about)
        end = max((event.time for event in events), default=0)
        assert [one[:3] for one in got] == [one[:3] for one in wanted]
        for (*_, at), (*_, due) in zip(got, wanted, strict=True):
            assert at == due or (due is None and at is not None and at <= end)
    for one in findings:
        assert one.member_count == len(one.members) == len(set(one.members))
