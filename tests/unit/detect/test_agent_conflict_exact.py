"""`agent_conflict` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.agent_conflict import AgentConflict, FleetAgentConflict
from overheal.model import DAY, HOUR, Event, Tier
from tests.support.made import History, flow_of, told

LEAST, MANY, WINDOW = 3, 6, 6 * HOUR
SETTINGS = {"agent_conflict": {"critical_reversals": MANY}}

steps = st.tuples(
    st.sampled_from([60, 600, 3600, 5400, 7200, 21_600, 86_400]),
    st.sampled_from([("checkout", "replicas"), ("ledger", "replicas"), ("checkout", "image")]),
    st.integers(0, 3),
    st.sampled_from(["hpa", "gitops", "hpa", "gitops", "ada"]),
    st.sampled_from(["scale", "scale", "scale", "cleanup"]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps; a word is as good a value as a number."""
    made, now = History(), 0.0
    for gap, (service, field), number, agent, what in chosen:
        now += gap
        value = f"v{number}" if field == "image" else number
        kind = "human" if agent == "ada" else "autoscaler"
        made.write(now, agent, value, service=service, field=field, agent_kind=kind, type=what)
    return made.events


def overrides(events: list[Event]) -> list[tuple[Event, str, str]]:
    """Return the writes that undo another agent's, with both agents.

    Among them stand the writes of what was there, with the event that had put it there.
    """
    found: list[tuple[Event, str, str]] = []
    runs: list[tuple[str, Any, list[Any]]] = []  # agent, value before its turn, values it wrote
    own: dict[str, Any] = {}
    seen = 0
    for event in events:
        if runs and event.time - seen >= DAY:
            runs, own = [], {}
        seen, value, agent = event.time, event.new, event.agent
        if not runs:
            runs.append((agent, event.old, [value]))
            newest = event
        elif runs[-1][2][-1] == value:
            if agent != runs[-1][0]:
                found.append((event, agent, f"agrees {newest.id}"))
        else:
            last, before, values = runs[-1]
            if last == agent:
                values.append(value)
            else:
                if undoes(before, values[-1], value, own.get(agent)):
                    found.append((event, agent, last))
                runs.append((agent, values[-1], [value]))
            newest = event
        own[agent] = value
    return found


def undoes(before: Any, standing: Any, value: Any, own: Any) -> bool:
    """Whether a value goes back on the turn from `before` to `standing`."""
    if value in (before, own):
        return True
    numbers = all(isinstance(one, int) for one in (before, standing, value))
    return numbers and standing != before and (standing > before) != (value > standing)


def expected(
    undone: list[tuple[Event, str, str]], pair: tuple[str, str], targets: int = 1
) -> list[tuple[int, int, Tier]]:
    """Return first reversal, reversals and tier of each finding about a pair.

    It takes reversals on at least `targets` targets.
    """
    found: list[list[Any]] = []
    recent: list[tuple[Event, str]] = []
    standing: list[Any] | None = None
    for event, by, of in undone:
        agreed = [i for i, (e, _) in enumerate(recent) if of == f"agrees {e.id}"]
        theirs = bool(agreed) and by in pair
        if tuple(sorted((by, of))) != pair and not theirs:
            continue
        if standing and recent[-LEAST][0].time + WINDOW <= event.time:
            standing = None
        if theirs:
            if not standing and agreed[-1] == len(recent) - 1 and recent[-1][1] != by:
                recent.pop()
            continue
        recent = [one for one in recent if one[0].time > event.time - WINDOW] + [(event, by)]
        tier = Tier.CRITICAL if len(recent) >= MANY else Tier.ACTIONABLE
        places = {e.service for e, _ in recent}
        came_back = [(e.service, e.field) for e, by in recent if by == "ada"]
        earnest = targets == 1 or "ada" not in pair or len(set(came_back)) < len(came_back)
        wants = [{(e.field, e.service, e.new) for e, by in recent if by == one} for one in pair]
        if standing:
            standing[1] += 1
            standing[2] = max(standing[2], tier)
        elif (
            len(recent) >= LEAST
            and len(places) >= targets
            and all(wants)
            and wants[0] != wants[1]
            and earnest
        ):
            standing = [recent[0][0].time, len(recent), tier]
            found.append(standing)
    return [tuple(one) for one in found]


def rings(undone: list[tuple[Event, str, str]], *, agreed: bool = True) -> bool:
    """Whether at some reversal three agents have undone each other in a ring, and no pair fights.

    Each of the three wants something that no other of them does. With `agreed` an override counts
    even where the one who was overridden then wrote the same.
    """
    for at, (event, _, _) in enumerate(undone):
        recent = [one for one in undone[: at + 1] if one[0].time > event.time - WINDOW]
        same = set() if agreed else {(by, of) for _, by, of in recent}
        recent = [one for one in recent if (one[2], f"agrees {one[0].id}") not in same]
        for one, two, three in permutations({by for _, by, _ in recent}, 3):
            edges = [
                [e for e, by, of in recent if (by, of) == edge]
                for edge in ((one, two), (two, three), (three, one))
            ]
            wants = {frozenset(e.new for e in events) for events in edges}
            newest = event in [e for events in edges for e in events]
            if newest and all(edges) and len(wants) == 3 and sum(map(len, edges)) >= LEAST:
                return True
    return False


PAIRS = [("ada", "gitops"), ("ada", "hpa"), ("gitops", "hpa")]
FIELDS = [("checkout", "replicas"), ("ledger", "replicas"), ("checkout", "image")]


@given(chosen=st.lists(steps, max_size=45))
@settings(max_examples=200, deadline=None)
def test_on_one_field_it_counts_exactly_the_reversals_of_the_rule(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([AgentConflict], settings=SETTINGS))
    for service, field in FIELDS:
        about = [e for e in events if (e.service, e.field) == (service, field)]
        undone = overrides([event for event in about if event.type != "cleanup"])
        for pair in PAIRS:
            got = [
                (one.first_at, one.count, one.tier)
                for one in findings
                if (one.service, one.evidence["field"], tuple(one.agents)) == (service, field, pair)
            ]
            assert got == expected(undone, pair)
        here = [one for one in findings if (one.service, one.evidence["field"]) == (service, field)]
        if any(len(one.agents) == 3 for one in here):
            assert rings(undone)
        elif not here:
            assert not rings(undone, agreed=False)
    for one in findings:
        assert one.member_count == len(one.members) == len(set(one.members))


@given(chosen=st.lists(steps, max_size=45))
@settings(max_examples=200, deadline=None)
def test_over_all_fields_it_counts_exactly_the_reversals_of_the_rule(chosen):
    events = history(chosen)
    findings = told(events, flow=flow_of([FleetAgentConflict], settings=SETTINGS))
    undone = []
    for service, field in FIELDS:
        about = [e for e in events if (e.service, e.field) == (service, field)]
        undone += overrides([event for event in about if event.type != "cleanup"])
    undone.sort(key=lambda one: one[0].time)
    for pair in PAIRS:
        got = [(one.first_at, one.count, one.tier) for one in findings if tuple(one.agents) == pair]
        assert got == expected(undone, pair, targets=2)
