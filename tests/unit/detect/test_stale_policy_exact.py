"""`stale_policy` against a slow, obvious implementation of its rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.stale_policy import StalePolicy
from overheal.model import DAY, Detail, Event, Target
from tests.support.events import START
from tests.support.made import History, catalog_of, flow_of, moment, told

TESTED = date(2025, 12, 1)
ENTRY = {"failure_modes": {"primary": {"recovery": "failover", "last_tested": TESTED}}}
NEVER = {"failure_modes": {"disk": {"recovery": "restore"}, "slow": {"symptom": "slow"}}}
CATALOG = {
    "services": {"checkout": {**ENTRY, "scope": "shop"}, "ledger": {**NEVER, "scope": "shop"}}
}
PATHS = {"checkout": ("primary", "failover"), "ledger": ("disk", "restore")}
DAYS, LAST = 86_400, 4000 * 86_400

steps = st.tuples(
    st.sampled_from([0, 1, DAYS, 20 * DAYS, 30 * DAYS, 89 * DAYS, 179 * DAYS, 180 * DAYS]),
    st.sampled_from(["checkout", "ledger", ""]),
    st.sampled_from(["deploy", "config_change", "failover", "restore", "change"]),
    st.sampled_from(["failure", "schedule", "rollout", "demand"]),
    st.sampled_from(["started", "finished", "finished", "proposed"]),
    st.sampled_from(["succeeded", "failed"]),
    st.sampled_from(["", "", "a", "a", "b"]),
    st.sampled_from([0, 89, 90, 91, 300]),
    st.sampled_from([None, "db"]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps."""
    made, now = History(), 0.0
    for gap, service, kind, trigger, phase, outcome, policy, age, target in chosen:
        now += gap
        fields: dict[str, Any] = {"service": service, "agent": "bot", "scope": "shop"}
        fields["target"] = Target("Database", target) if target else None
        if kind == "change":
            made.observe(now, "v2", type="change", **fields)
            continue
        since = moment(now - age * DAYS)
        fields["detail"] = Detail(policy=policy, policy_changed_at=since) if policy else None
        made.add(now, type=kind, trigger=trigger, phase=phase, outcome=outcome, **fields)
    return made.ordered()


def acts(event: Event) -> bool:
    """Whether an event is an action under way or done."""
    return event.phase in ("started", "finished")


def lives(events: list[Event], service: str) -> list[list[Event]]:
    """Return the events of a service, apart where it was not seen for 400 days."""
    found: list[list[Event]] = []
    for event in events:
        if event.service == service:
            if not found or found[-1][-1].time + 400 * DAY <= event.time:
                found.append([])
            found[-1].append(event)
    return found


def expected_paths(ours: list[Event], until: int) -> list[tuple[Any, ...]]:
    """Return service, path, start and end of each finding about the path of a service's life."""
    service, gone = ours[0].service, ours[-1].time + 400 * DAY
    name, recovery = PATHS[service]
    used = [
        event
        for event in ours
        if acts(event)
        and event.type == recovery
        and (event.recovery or event.trigger == "schedule")
    ]
    first = ours[0].time
    midnight = int((TESTED - START.date()).total_seconds()) - START.hour * 3600
    since = moment(midnight) if service == "checkout" else first
    found = []
    for event in [*used, None]:
        at = event.time if event is not None else gone if gone <= until else None
        opened = max(since + 180 * DAY, first)
        if opened <= (until if at is None else at) and event is not ours[0]:
            found.append((service, name, opened, at))
        if at is not None:
            since = max(since, at)
    return found


def last_change(events: list[Event], now: Event, policy: str) -> int:
    """Return when what an event is about was last changed otherwise than by its policy."""
    found = 0
    own_life = next((life for life in lives([*events, now], now.service) if now in life), [])
    for event in events:
        same = (event.service != "" and event in own_life) or (
            event.target is not None
            and event.target == now.target
            and event.time >= now.time - 90 * DAY
        )
        done = event.phase == "finished" and event.outcome != "failed"
        changes = (done and event.type in ("deploy", "config_change")) or event.type == "change"
        own = event.detail is not None and event.detail.policy == policy
        if same and changes and not own:
            found = max(found, event.time)
    return found


def expected_policies(events: list[Event]) -> list[tuple[Any, ...]]:
    """Return subject, members and end of each finding about a policy."""
    found: list[tuple[Any, ...]] = []
    standing: dict[tuple[str, str], list[Event]] = {}

    def over(key: tuple[str, str], at: int) -> None:
        found.append((*key, [event.id for event in standing.pop(key)], at))

    for index, event in enumerate(events):
        for key, row in list(standing.items()):
            if row[-1].time + 30 * DAY <= event.time:
                over(key, row[-1].time + 30 * DAY)
        detail = event.detail
        if not acts(event) or detail is None or detail.policy_changed_at is None:
            continue
        key = (event.service or str(event.target or "shop"), detail.policy)
        changed = last_change(events[:index], event, detail.policy)
        if changed and changed - detail.policy_changed_at >= 90 * DAY:
            standing.setdefault(key, []).append(event)
        elif key in standing:
            over(key, event.time)
    for key, row in list(standing.items()):
        over(key, row[-1].time + 30 * DAY)
    return sorted(found)


@given(chosen=st.lists(steps, max_size=20))
@settings(max_examples=300, deadline=None)
def test_it_fires_exactly_when_something_is_stale(chosen):
    events = history(chosen)
    until = (events[-1].time if events else moment(0)) + 190 * DAY
    flow = flow_of([StalePolicy], catalog=catalog_of(**CATALOG))
    findings = told(events, flow=flow, until=(until - moment(0)) / 1_000_000)
    got_paths = sorted(
        (one.service, one.evidence["path"], one.tier_history[0].at, one.resolved_at)
        for one in findings
        if "path" in one.evidence
    )
    assert got_paths == sorted(
        one
        for service in PATHS
        for life in lives(events, service)
        for one in expected_paths(life, until)
    )
    got = sorted(
        (one.subject.split("\0")[1], one.evidence["policy"], one.members, one.resolved_at)
        for one in findings
        if "policy" in one.evidence
    )
    assert got == expected_policies(events)
