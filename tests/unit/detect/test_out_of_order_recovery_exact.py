"""`out_of_order_recovery` against a slow, obvious implementation, over random histories."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.out_of_order_recovery import OutOfOrderRecovery
from overheal.model import Event
from tests.support.made import History, catalog_of, flow_of, told

TOLERANCE, WITHIN = 5_000_000, 3_600_000_000
CATALOG = {
    "services": {
        "checkout": {
            "failure_modes": {
                "pool": {"symptom": "pool exhausted", "recovery": "restart", "after": ["db"]}
            }
        },
        "db": {},
    }
}

steps = st.tuples(
    st.sampled_from([1, 4, 5, 6, 60, 600, 3595, 3600]),
    st.sampled_from(["failing", "ok", "long", "long", "late", "endless", "heal", "heal", "heal"]),
    st.sampled_from(["succeeded", "failed", "unknown"]),
    st.sampled_from([0, 3, 30, 900]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return a database whose trouble comes and goes, and recoveries that should wait for it."""
    made, now = History(), 0.0
    for number, (gap, kind, outcome, length) in enumerate(chosen):
        now += gap
        if kind in ("failing", "ok"):
            made.observe(now, kind, service="db", scope="shop", target=None)
        elif kind == "long":
            made.action(now, now + length, outcome, service="db", action_id=f"long-{number}")
        elif kind == "late":
            made.recovery(now, "db", outcome=outcome, duration=float(length))
        elif kind == "endless":
            made.recovery(now, "db", phase="started")
        else:
            fields = {"agent": "healer", "agent_kind": "ai_agent", "condition": "pool exhausted"}
            made.recovery(now, **fields, outcome=outcome, duration=0.0)
    return made.ordered()


def is_down(events: list[Event], at: int) -> bool:
    """Whether the database is shown to have been down all around `at`."""
    unfinished: set[str] = set()
    down: list[list[int]] = []  # begin, last shown, end

    def trouble(since: int, now: int) -> None:
        if down and down[-1][2] == 0:
            down[-1][1] = now
        else:
            down.append([since, now, 0])

    def over(now: int) -> None:
        if down and not unfinished and down[-1][2] == 0:
            down[-1][2] = now

    for event in events:
        if event.service != "db" or event.time > at + TOLERANCE:
            continue
        if event.new == "failing":
            trouble(event.time, event.time)
        elif event.new == "ok":
            over(event.time)
        elif event.phase == "started":
            trouble(event.time, event.time)
            unfinished.add(event.action_id)
        else:
            if event.action_id not in unfinished:
                trouble(event.time - int(event.duration * 1e6), event.time)
            unfinished.discard(event.action_id)
            if event.outcome == "failed":
                trouble(event.time, event.time)
            else:
                over(event.time)
    return any(
        since <= at - TOLERANCE and end == 0 and shown >= at - WITHIN for since, shown, end in down
    )


@given(chosen=st.lists(steps, max_size=20))
@settings(max_examples=400, deadline=None)
def test_it_fires_exactly_when_what_comes_first_is_not_back(chosen):
    events = history(chosen)
    flow = flow_of([OutOfOrderRecovery], catalog=catalog_of(**CATALOG))
    findings = told(events, flow=flow, until=10**6)
    heals = [event for event in events if event.service == "checkout"]
    wanted = [event.id for event in heals if is_down(events, event.time)]
    assert [member for one in findings for member in one.members] == wanted
    assert sum(one.count for one in findings) == len(wanted)
