"""`incomplete_action` against a slow, obvious implementation of its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.incomplete_action import IncompleteAction
from overheal.model import DAY, HOUR, Detail, Event, Tier
from tests.support.made import History, flow_of, moment, told

SECOND = 1_000_000
TOLERANCE = 5 * SECOND
UNTIL = 60 * 86_400
HABIT, SEVERAL = 2, 2
PRESENT: Any = {"incomplete_action": {"habit": HABIT, "several": SEVERAL}}

steps = st.tuples(
    st.sampled_from([0, 1, 7, 300, 3600, 40_000, 90_000]),
    st.sampled_from(["bot", "bot", "bot", "pilot"]),
    st.sampled_from(["scale", "scale", "restart"]),
    st.none() | st.sampled_from([-9, -5, 0, 4, 5, 6, 20]),
    st.booleans(),
    st.none() | st.sampled_from([0, 1, 5, 6, 60, 61, 3600, 200_000]),
    st.sampled_from([0.0, 4.0, 30.0]),
    st.sampled_from([None, 20.0]),
    st.sampled_from(["succeeded", "failed"]),
    st.booleans(),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps, an action each."""
    made, now = History(), 100.0
    for number, step in enumerate(chosen):
        gap, agent, kind, asked, starts, ends, length, within, outcome, swapped = step
        now += gap
        detail = None if within is None else Detail(within=within)
        fields: dict[str, Any] = {"agent": agent, "agent_kind": "script", "type": kind}
        fields |= {"action_id": f"one-{number}", "detail": detail}
        fields["trigger"] = "failure" if kind == "restart" else "demand"
        begin, end = (now, now + ends) if ends is not None else (now, None)
        if end is not None and swapped and ends <= 60:
            begin, end = end, begin
        if asked is not None:
            made.add(now + asked, phase="approved", **fields)
        if starts:
            made.add(begin, phase="started", **fields)
        if end is not None:
            made.add(end, outcome=outcome, duration=length, **fields)
    return made.ordered()


@dataclass
class Story:
    """One action: its phases in order, each at most once."""

    asked: Event | None = None
    start: Event | None = None
    end: Event | None = None
    order: list[Event] = field(default_factory=list)

    @property
    def acts(self) -> Event:
        """The event that says who acted."""
        return self.start or self.end  # type: ignore[return-value]

    def began_first(self) -> bool:
        """Whether the start was told before the end, or without one."""
        if self.start is None:
            return False
        return self.end is None or self.order.index(self.start) < self.order.index(self.end)


def stories(events: list[Event]) -> list[Story]:
    """Return the actions of a history."""
    found: dict[str, Story] = {}
    names = {"approved": "asked", "started": "start", "finished": "end"}
    for event in events:
        story = found.setdefault(event.action_id, Story())
        setattr(story, names[event.phase], event)
        story.order.append(event)
    return [story for story in found.values() if story.start or story.end]


def expects_start(story: Story, every: list[Story], events: list[Event]) -> bool:
    """Whether the agent reports starts of such actions, by what ended before."""
    end = story.end
    assert end is not None
    place = {event.id: index for index, event in enumerate(events)}
    alike = [
        other
        for other in every
        if other.end is not None
        and (other.end.agent, other.end.type) == (end.agent, end.type)
        and place[other.end.id] < place[end.id]
    ]
    alike.sort(key=lambda other: place[other.end.id] if other.end else 0)
    with_start = [other for other in alike if other.began_first()]
    if not with_start:
        return False
    first = with_start[0]
    without = [other for other in alike[alike.index(first) :] if not other.began_first()]
    began = end.time - int((end.duration or 0) * SECOND)
    assert first.start is not None
    return (
        len(with_start) >= HABIT
        and len(with_start) > len(without)
        and began >= max(first.start.time, end.time - 7 * DAY)
    )


def oddity(story: Story, every: list[Story], events: list[Event]) -> tuple[int, str, Event] | None:
    """Return when which phase of an action was found to be odd."""
    asked, start, end = story.asked, story.start, story.end
    if story.began_first():
        assert start is not None
        if asked is not None and asked.time > start.time + TOLERANCE:
            return asked.time, "early", asked
        return None
    assert end is not None
    began = end.time - int((end.duration or 0) * SECOND)
    candidates: list[tuple[int, int, str, Event]] = []
    if asked is not None and asked.time > began + TOLERANCE:
        shown = end if story.order.index(asked) < story.order.index(end) else asked
        candidates.append((shown.time, 1, "early", shown))
    if start is not None and start.time > end.time + TOLERANCE:
        candidates.append((start.time, 1, "backwards", start))
    on_time = start is not None and start.time <= end.time + TOLERANCE
    if expects_start(story, every, events) and not on_time:
        candidates.append((end.time + TOLERANCE + 1, 0, "unstarted", end))
    if not candidates:
        return None
    at, _, kind, event = min(candidates, key=lambda one: (one[0], one[1], place(one[3], events)))
    return at, kind, event


def place(event: Event, events: list[Event]) -> int:
    """Return where an event stands in the order of the history."""
    return [other.id for other in events].index(event.id)


def expected(events: list[Event]) -> list[tuple[Any, ...]]:
    """Return agent, kinds, members, tier and end of each finding."""
    every = stories(events)
    happened: dict[str, list[tuple[int, int, str, Story, Event]]] = {}
    for story in every:
        facts = happened.setdefault(story.acts.agent, [])
        odd = oddity(story, every, events)
        if odd is not None:
            facts.append((odd[0], 0 if odd[1] == "unstarted" else 1, odd[1], story, odd[2]))
        if not story.began_first():
            continue
        start = story.start
        assert start is not None
        within = start.detail.within if start.detail else None
        due = start.time + (HOUR if within is None else int(within * 3 * SECOND))
        if story.end is None or due <= story.end.time:
            facts.append((due, 0, "unfinished", story, start))
            given_up = start.time + 7 * DAY
            if story.end is not None and story.end.time < given_up:
                facts.append((story.end.time, 2, "end", story, story.end))
            else:
                facts.append((given_up, 0, "end", story, start))
    found = []
    for agent, facts in happened.items():
        facts.sort(key=lambda one: (one[0], one[1], place(one[4], events)))
        found += findings(agent, facts, events)
    return sorted(found)


def findings(
    agent: str, facts: list[tuple[int, int, str, Story, Event]], events: list[Event]
) -> list[tuple[Any, ...]]:
    """Return the findings about one agent."""
    found = []
    kinds: Counter[str] = Counter()
    members: list[str] = []
    standing, odd_at, tier = 0, 0, Tier.INFORMATIONAL

    def over(at: int) -> None:
        nonlocal odd_at, tier
        found.append((agent, sorted(kinds.items()), sorted(members), tier, at))
        kinds.clear()
        members.clear()
        odd_at, tier = 0, Tier.INFORMATIONAL

    for at, _, kind, story, event in [*facts, (moment(UNTIL), 0, "now", Story(), events[0])]:
        if members and not standing and odd_at + DAY <= at:
            over(odd_at + DAY)
        if kind == "end":
            standing -= 1
            if not standing and odd_at + DAY <= at:
                over(at)
        elif kind != "now":
            kinds[kind] += 1
            members.append(event.id)
            if kind == "unfinished":
                standing += 1
                if standing >= SEVERAL or (event.recovery and not healed(story, at, events)):
                    tier = Tier.ACTIONABLE
            else:
                odd_at = at
    return found


def healed(story: Story, due: int, events: list[Event]) -> bool:
    """Whether a recovery of the service has succeeded since an action began."""
    assert story.start is not None
    return any(
        other.phase == "finished"
        and other.recovery
        and other.outcome == "succeeded"
        and place(other, events) > place(story.start, events)
        and other.time < due
        for other in events
    )


@given(chosen=st.lists(steps, max_size=25))
@settings(max_examples=300, deadline=None)
def test_it_fires_exactly_when_an_action_is_incomplete(chosen):
    events = history(chosen)
    flow = flow_of([IncompleteAction], settings=PRESENT)
    got = sorted(
        (
            one.subject.split("\0")[2],
            sorted(one.evidence["kinds"].items()),
            sorted(one.members),
            one.tier,
            one.resolved_at,
        )
        for one in told(events, flow=flow, until=UNTIL)
    )
    assert got == (expected(events) if events else [])
    for one in told(events, flow=flow_of([IncompleteAction], settings=PRESENT), until=UNTIL):
        assert len(one.members) == len(set(one.members)) == one.member_count
