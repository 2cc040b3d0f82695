"""`undo_of_intent` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.undo_of_intent import UndoOfIntent
from overheal.model import DAY, HOUR, MINUTE, Detail, Event, Tier
from tests.support.made import History, flow_of, moment, told

PEOPLE = ("ada", "bob")
SETTLED = 15 * MINUTE

steps = st.tuples(
    st.sampled_from([1, 60, 600, 899, 900, 1800, 3600, 90_000]),
    st.sampled_from(["ada", "bob", "hpa", "hpa", "gitops", "gitops"]),
    st.sampled_from([2, 4, 6, 8, "on"]),
    st.sampled_from([None, None, None, "goal", 600, 3600, 900_000]),
    st.booleans(),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return writes of one field, some of which declare an intent."""
    made, now, last = History(), 0.0, None
    for gap, agent, value, declares, tells_old in chosen:
        now += gap
        detail = None
        if declares is not None:
            until = None if declares == "goal" else moment(now + declares)
            detail = Detail(goal="wanted", until=until)
        kind = "human" if agent in PEOPLE else "autoscaler"
        old = last if tells_old else None
        made.write(now, agent, value, old, agent_kind=kind, detail=detail)
        last = value
    return made.events


@dataclass
class Wish:
    """One accepted intent: when it ended, and the writes after it in its window."""

    event: Event
    before: Any
    until: int
    over_at: int | None = None
    others: list[Event] = field(default_factory=list)


def back(wish: Wish, value: Any) -> bool:
    """Whether a value is away from what was wished and toward what was before."""
    wanted, before = wish.event.new, wish.before
    if value == wanted:
        return False
    numbers = [isinstance(item, int) for item in (wanted, value, before)]
    if not all(numbers[:2]) or before == wanted:
        return True
    return numbers[2] and (value < wanted) == (before < wanted)


def wishes(events: list[Event]) -> list[Wish]:
    """Return every intent that was accepted, in order, with what was written while it stood."""
    found: list[Wish] = []
    for number, event in enumerate(events):
        last = found[-1] if found else None
        stands = last is not None and last.over_at is None and event.time <= last.until
        if last and stands:
            own = event.agent_kind == "human" or event.agent == last.event.agent
            last.others.append(event)
            if own and event.new != last.event.new:
                last.over_at, stands = event.time, False
        if event.detail is None:
            continue
        if last and stands and event.agent_kind != "human" and event.agent != last.event.agent:
            continue
        lasts = DAY if event.agent_kind == "human" else HOUR
        until = event.time + lasts if event.detail.until is None else event.detail.until
        if last and stands:
            last.over_at = event.time
        earlier = events[number - 1] if number else None
        recent = earlier.new if earlier and event.time - earlier.time < DAY else None
        before = recent if event.old is None else event.old
        found.append(Wish(event, before, min(until, event.time + 7 * DAY)))
    return found


def expected(wish: Wish) -> list[list[str]]:
    """Return the undoing writes of an intent, those of one finding together."""
    groups: list[list[str]] = []
    restored: int | None = None
    for event in wish.others:
        own = event.agent_kind == "human" or event.agent == wish.event.agent
        if not own and back(wish, event.new):
            if not groups or (restored is not None and restored + SETTLED <= event.time):
                groups.append([])
            groups[-1].append(event.id)
            restored = None
        elif (not own or event.new == wish.event.new) and restored is None:
            restored = event.time
    return groups


@given(chosen=st.lists(steps, max_size=30))
@settings(max_examples=400, deadline=None)
def test_it_fires_exactly_when_a_standing_intent_is_taken_back(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([UndoOfIntent]))
    wanted = sorted(
        (wish.event.id, group, Tier.CRITICAL if wish.event.agent in PEOPLE else Tier.ACTIONABLE)
        for wish in wishes(events)
        for group in expected(wish)
    )
    got = sorted((one.members[0], one.members[1:], one.tier) for one in findings)
    assert got == wanted
    assert all(one.count == one.member_count - 1 for one in findings)
