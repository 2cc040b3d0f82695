"""`authority_breach` against a slow, obvious implementation of its rules."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.authority_breach import AuthorityBreach
from overheal.model import DAY, MINUTE, Detail, Event
from tests.support.made import History, catalog_of, flow_of, moment, told

ENTRY: dict[str, Any] = {
    "allowed_autonomy_level": 2,
    "escalate_below_confidence": 0.5,
    "boundaries": ["restart", "scale"],
    "required_policy_checks": ["budget"],
}
CATALOG = {"services": {"checkout": ENTRY}}
UNTIL = 20 * 86_400

details = st.none() | st.builds(
    Detail,
    autonomy_level=st.sampled_from([None, None, 2, 3]),
    confidence=st.sampled_from([None, None, 0.4, 0.5]),
    authority=st.sampled_from(["", "", "approval", "manual"]),
    decided=st.sampled_from(["", "", "", "approve", "reject", "override"]),
    approved_by=st.sampled_from(["", "", "eve", "bot"]),
    checks=st.sampled_from([(), (("budget", True),), (("budget", False),), (("other", True),)]),
)
PHASES = ["proposed", "approved", "rejected", "started", "finished", "finished", "verified"]
steps = st.tuples(
    st.sampled_from([0, 1, 5, 6, 59, 60, 61, 3000, 43_200, 86_400]),
    st.integers(0, 2),
    st.sampled_from(PHASES),
    details,
    st.sampled_from(["bot", "bot", "kubelet", "ada"]),
    st.sampled_from(["restart", "scale", "drain"]),
    st.sampled_from([0.0, 4.0, 30.0]),
)
KINDS = {"bot": "ai_agent", "kubelet": "platform", "ada": "human"}


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps; an action that ended is followed by a fresh one."""
    made, now = History(), 0.0
    generation: Counter[int] = Counter()
    for gap, slot, phase, detail, agent, kind, length in chosen:
        now += gap
        made.add(
            now,
            phase=phase,
            action_id=f"{slot}-{generation[slot]}",
            detail=detail,
            agent=agent,
            agent_kind=KINDS[agent],
            type=kind,
            duration=length,
            service="checkout" if slot else "ledger",
        )
        generation[slot] += phase == "finished"
    return made.ordered()


def heard(events: list[Event]) -> tuple[str, bool, bool, float | None, dict[str, bool]]:
    """Return decision, override, need of approval, confidence and checks after these phases."""
    decision, override, needs, confidence = "", False, False, None
    checks: dict[str, bool] = {}
    start = began(events)
    for event in events:
        late = False
        if event.phase not in ("started", "finished") and start is not None:
            acted_at, first = start
            after = events.index(event) > events.index(first)
            late = after
            if after and not (event.phase == "approved" and event.time <= acted_at + 5_000_000):
                continue
        detail = event.detail or Detail()
        alone = detail.approved_by == event.agent and event.agent_kind != "human"
        if event.phase in ("approved", "rejected") and not alone:
            decision = event.phase
        if not late:
            needs = needs or detail.authority == "approval"
            confidence = confidence if detail.confidence is None else detail.confidence
            checks |= dict(detail.checks)
        if not alone and detail.decided == "reject":
            decision = "rejected"
        elif not alone and (detail.decided or detail.approved_by):
            decision = "approved"
            override = override or detail.decided == "override"
    return decision, override, needs, confidence, checks


def began(events: list[Event]) -> tuple[int, Event] | None:
    """Return when an action began, and the event that told it first."""
    for event in events:
        if event.phase == "started":
            return event.time, event
        if event.phase == "finished":
            return event.time - int((event.duration or 0) * 1_000_000), event
    return None


def broken_by(event: Event, events: list[Event]) -> set[str]:
    """Return what an acting event breaks, whatever may be told later."""
    decision, override, _, _, checks = heard(events)
    limited, human = event.service == "checkout", event.agent_kind == "human"
    found = set()
    if limited and not human and event.detail and (event.detail.autonomy_level or 0) > 2:
        found.add("autonomy")
    if decision == "rejected":
        found.add("rejected")
    if False in checks.values() and not override:
        found.add("failed_check")
    if limited and event.agent_kind == "ai_agent" and event.type not in ENTRY["boundaries"]:
        found.add("boundary")
    return found


def missing(events: list[Event]) -> set[str]:
    """Return what an action lacks by what was told of it."""
    start = began(events)
    assert start is not None
    first = start[1]
    decision, _, needs, confidence, checks = heard(events)
    limited, human = first.service == "checkout", first.agent_kind == "human"
    by_hand = human and first.detail is not None and first.detail.authority == "manual"
    found = set()
    if needs and not decision and not by_hand:
        found.add("approval")
    if limited and first.agent_kind == "ai_agent" and "budget" not in checks:
        found.add("missing_check")
    if limited and not human and confidence == 0.4 and decision != "approved":
        found.add("confidence")
    return found


def breaches(events: list[Event]) -> list[tuple[int, int, Event, Event, str]]:
    """Return (when, order, event, first event, rule) of one action."""
    found = []
    told_rules: set[str] = set()
    for index, event in enumerate(events):
        so_far = events[: index + 1]
        rules: set[str] = set()
        if event.phase in ("started", "finished"):
            rules = broken_by(event, so_far)
        start = began(so_far)
        if event.phase == "finished":
            rules |= missing(so_far)
        for rule in rules - told_rules:
            assert start is not None
            found.append((event.time, 1, event, start[1], rule))
        told_rules |= rules
        if event.phase == "finished" or start is None or start[1].phase != "started":
            continue
        due = start[1].time + MINUTE
        following = events[index + 1].time if index + 1 < len(events) else moment(UNTIL)
        if event.time < due <= following:
            lacking = missing(so_far)
            found += [(due, 0, start[1], start[1], rule) for rule in lacking - told_rules]
            told_rules |= lacking
    return found


def expected(events: list[Event]) -> list[tuple[Any, ...]]:
    """Return agent, service, rules, members, actions and end of each finding."""
    actions: dict[str, list[Event]] = {}
    for event in events:
        if event.phase != "verified":
            actions.setdefault(event.action_id, []).append(event)
    every = sorted(
        (one for told_of in actions.values() for one in breaches(told_of)),
        key=lambda one: (one[0], one[1]),
    )
    groups: dict[tuple[str, str], list[list[tuple[Any, ...]]]] = {}
    for one in every:
        rows = groups.setdefault((one[3].agent, one[3].service), [])
        if not rows or rows[-1][-1][0] + DAY <= one[0]:
            rows.append([])
        rows[-1].append(one)
    found = []
    for (agent, service), rows in groups.items():
        for row in rows:
            rules = Counter(one[4] for one in row)
            members = {one[2].id for one in row}
            end = row[-1][0] + DAY
            acted = len({one[2].action_id for one in row})
            found.append((agent, service, sorted(rules.items()), sorted(members), acted, end))
    return sorted(found)


@given(chosen=st.lists(steps, max_size=25))
@settings(max_examples=300, deadline=None)
def test_it_fires_exactly_when_a_rule_is_broken(chosen):
    events = history(chosen)
    flow = flow_of([AuthorityBreach], catalog=catalog_of(**CATALOG))
    got = sorted(
        (
            one.subject.split("\0")[2],
            one.service,
            sorted(one.evidence["rules"].items()),
            sorted(one.members),
            one.count,
            one.resolved_at,
        )
        for one in told(events, flow=flow, until=UNTIL + 5 * 86_400)
    )
    assert got == expected(events)
