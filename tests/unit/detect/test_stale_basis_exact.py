"""`stale_basis` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.stale_basis import StaleBasis
from overheal.model import Detail, Event, Target, Tier
from tests.support.made import History, flow_of, moment, told

TOLERANCE = 5_000_000
RECORD = Target("dns_record", "api")

steps = st.tuples(
    st.sampled_from([1, 4, 5, 6, 60, 600]),
    st.sampled_from([0, 3, 10, 100, 900]),
    st.sampled_from([("enactor", "a"), ("enactor", "b"), ("enactor", ""), ("planner", "")]),
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from([None, 0, 5, 6, 70, 2000]),
    st.sampled_from(["", "", "7", "8"]),
    st.sampled_from(["succeeded", "unknown", "failed"]),
    st.sampled_from(["write", "write", "write", "human", "cleanup", "late"]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return actions on one record that begin, take a while and finish."""
    made, now = History(), 0.0
    for number, (gap, length, who, value, age, version, outcome, kind) in enumerate(chosen):
        now += gap
        seen = None if age is None else moment(now - age)
        fields: dict[str, Any] = {
            "agent": who[0],
            "target": RECORD,
            "field": "plan",
            "new": value,
            "action_id": f"act-{number}",
            "trigger": "policy",
            "type": "config_change",
            "agent_kind": "human" if kind == "human" else "workflow",
            "detail": Detail(instance=who[1], observed_at=seen, observed_version=version),
        }
        if kind == "cleanup":
            fields |= {"type": "cleanup", "field": "", "new": None}
        if kind == "late":
            made.add(now, **fields, phase="started")
            fields |= {"detail": None, "new": None}
        made.add(now + length, **fields, outcome=outcome, duration=float(length))
    return made.ordered()


def acts(events: list[Event]) -> list[tuple[Event, Event]]:
    """Return (finish, the event that tells most) of all that took effect, in order."""
    begun = {event.action_id: event for event in events if event.phase == "started"}
    return [
        (event, begun.get(event.action_id, event))
        for event in events
        if event.phase == "finished" and event.outcome != "failed"
    ]


def ignorant(event: Event, ours: Detail, other: Event, theirs: Detail) -> bool:
    """Whether one action cannot have known of another's effect."""
    if event.agent == other.agent:
        if "" in (ours.instance, theirs.instance) or ours.instance == theirs.instance:
            return False
        if ours.observed_version and theirs.observed_version:
            return int(ours.observed_version) <= int(theirs.observed_version)
    return ours.observed_at is not None and ours.observed_at + TOLERANCE < other.time


def expected(events: list[Event]) -> dict[str, str]:
    """Return what each stale action does to the newer effect, by the finish's id."""
    found: dict[str, str] = {}
    every = acts(events)
    for position, (event, full) in enumerate(every):
        if event.agent_kind == "human":
            continue
        earlier = [one for one in every[:position] if one[0].time < event.time - TOLERANCE]
        writes = [one for one in earlier if one[1].type != "cleanup"]
        if not writes:
            continue
        other, newer = writes[-1]
        if not ignorant(event, full.detail, other, newer.detail):
            continue
        if event.type == "cleanup":
            found[event.id] = "removes"
        elif newer.new != full.new:
            older = [one for one in every if one[1].type != "cleanup"]
            at = older.index(writes[-1])
            back = at > 0 and older[at - 1][1].new == full.new
            found[event.id] = "reverts" if back else "overwrites"
    return found


@given(chosen=st.lists(steps, max_size=7))
@settings(max_examples=400, deadline=None)
def test_it_fires_exactly_when_an_action_did_not_know_what_it_overwrote(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([StaleBasis]))
    wanted = expected(events)
    opened = {member for one in findings for member in one.members[1:]}
    assert opened == set(wanted)
    assert sum(one.count for one in findings) == len(wanted)
    for one in findings:
        harms = {wanted[member] for member in one.members[1:]}
        critical = harms != {"overwrites"}
        assert one.tier is (Tier.CRITICAL if critical else Tier.ACTIONABLE)
