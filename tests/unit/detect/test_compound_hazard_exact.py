"""`compound_hazard` against a slow, obvious implementation of its rule, over random histories."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.compound_hazard import CompoundHazard
from overheal.model import MICROSECOND, Event, Target, Tier
from tests.support.made import History, catalog_of, flow_of, told

WINDOW = 120 * MICROSECOND
NEEDS = {"a": {"db"}, "b": {"db", "queue"}, "c": {"queue"}, "db": set(), "lone": set()}
CATALOG = {
    "services": {
        name: {"depends_on": sorted(needs), "scope": "shop"} for name, needs in NEEDS.items()
    }
}
MANDATE = {"p": "latency", "q": "cost", "r": "safety", "s": "cost", "mystery": "", "release": ""}

steps = st.tuples(
    st.sampled_from([0, 1, 30, 60, 61, 120, 121, 2000]),
    st.sampled_from(["p", "q", "r", "s", "p", "q", "r", "mystery"]),
    st.sampled_from(["a", "b", "c", "db", "lone", "cdn", "mail"]),
    st.sampled_from(["t1", "t2", "t3", "t4", ""]),
    st.sampled_from(
        ["plain", "plain", "plain", "failed", "chain", "witness", "proposed", "ends", "release"]
    ),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps; a `chain` names the action before it as its cause."""
    made, now = History(), 0.0
    for gap, agent, service, pool, kind in chosen:
        now += gap
        fields: dict[str, Any] = {
            "agent": agent,
            "mandate": MANDATE[agent],
            "service": service,
            "target": Target("Pool", pool) if pool else None,
            "type": "scale",
            "trigger": "policy",
        }
        if kind == "failed":
            made.add(now, outcome="failed", **fields)
        elif kind == "chain" and made.events:
            made.add(now, caused_by=(made.events[-1].action_id,), **fields)
        elif kind == "release":
            made.add(now, **{**fields, "trigger": "rollout"})
        elif kind == "witness":
            made.add(now, witness_of="somebody-elses", **fields)
        elif kind == "proposed":
            made.add(now, phase="proposed", outcome="", **fields)
        elif kind == "ends":
            made.action(now, now + 0.5, **fields)
        else:
            made.add(now, **fields)
    return made.ordered()


def acts(events: list[Event]) -> list[tuple[Event, str]]:
    """Return what counts, each action once, with the agent whose chain it is part of."""
    origins: dict[str, str] = {}
    found = []
    for event in events:
        if event.phase not in ("started", "finished") or event.witness_of:
            continue
        if event.action_id in origins:
            continue
        origin = "release" if event.trigger == "rollout" else event.agent
        for cause in event.caused_by:
            origin = origins.get(cause, origin)
        origins[event.action_id] = origin
        if MANDATE[origin] and event.outcome != "failed":
            found.append((event, origin))
    return found


def share(one: Event, other: Event) -> bool | None:
    """Whether two acts share a thing, None where the catalog cannot tell."""
    if one.target is not None and one.target == other.target:
        return True
    if one.service not in NEEDS or other.service not in NEEDS:
        return None
    things = [NEEDS[event.service] | {event.service} for event in (one, other)]
    return bool(things[0] & things[1])


def common(meeting: tuple[Event, ...]) -> bool:
    """Whether all acts share one and the same thing for sure."""
    if len({event.target for event in meeting}) == 1 and meeting[0].target is not None:
        return True
    if any(event.service not in NEEDS for event in meeting):
        return False
    return bool(set.intersection(*(NEEDS[e.service] | {e.service} for e in meeting)))


def fires(counted: list[tuple[Event, str]], newest: int) -> bool:
    """Whether the newest act makes three different mandates meet for sure."""
    event = counted[newest][0]
    window = [one for one in counted[: newest + 1] if one[0].time >= event.time - WINDOW]
    for two in combinations(window[:-1], 2):
        meeting = (*two, window[-1])
        if len({MANDATE[agent] for _, agent in meeting}) == 3 and common(
            tuple(act for act, _ in meeting)
        ):
            return True
    return False


@given(chosen=st.lists(steps, max_size=30))
@settings(max_examples=300, deadline=None)
def test_it_is_critical_exactly_when_three_mandates_share_a_thing_within_the_window(chosen):
    events = history(chosen)
    counted = acts(events)
    wanted = {act.time for at, (act, _) in enumerate(counted) if fires(counted, at)}
    flow = flow_of([CompoundHazard], catalog=catalog_of(**CATALOG))
    findings = told(events, flow=flow)
    loud = [one for one in findings if one.tier is Tier.CRITICAL]
    assert bool(loud) == bool(wanted)
    if wanted:
        first = min(one.tier_history[-1].at for one in loud)
        assert first == min(wanted)
    for one in findings:
        assert one.member_count == len(one.members) == len(set(one.members))


@given(chosen=st.lists(steps, max_size=30))
@settings(max_examples=200, deadline=None)
def test_it_never_speaks_where_no_three_mandates_could_share_anything(chosen):
    events = history(chosen)
    counted = acts(events)
    possible = any(
        len({MANDATE[agent] for _, agent in three}) == 3
        and max(act.time for act, _ in three) - min(act.time for act, _ in three) <= WINDOW
        and all(share(x[0], y[0]) is not False for x, y in combinations(three, 2))
        for three in combinations(counted, 3)
    )
    flow = flow_of([CompoundHazard], catalog=catalog_of(**CATALOG))
    if not possible:
        assert told(events, flow=flow) == []
