"""`ineffective_recovery`'s rows of failures against a slow, obvious implementation of the rule."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.ineffective_recovery import IneffectiveRecovery
from overheal.model import HOUR, MINUTE, Event
from tests.support.made import History, flow_of, told

LEAST, LASTING, QUIET = 3, 10 * MINUTE, 2 * HOUR

steps = st.tuples(
    st.sampled_from([10, 60, 200, 300, 600, 3599, 3600, 7200]),
    st.sampled_from(["checkout", "checkout", "ledger"]),
    st.sampled_from(
        ["failed", "failed", "failed", "ineffective", "succeeded", "unknown", "partial"]
    ),
    st.sampled_from(["quota", "quota", "image"]),
    st.sampled_from([1, 1, 1, 4]),
    st.sampled_from(["finished", "finished", "both", "human", "verified"]),
)


def history(chosen: list[tuple[Any, ...]]) -> list[Event]:
    """Return events for the drawn steps."""
    made, now = History(), 0.0
    for number, (gap, service, outcome, reason, count, kind) in enumerate(chosen):
        now += gap
        fields = {"service": service, "condition": reason, "type": "scale", "agent": "controller"}
        if kind == "both":
            made.action(now - 5, now, outcome, action_id=f"both-{number}", **fields)
        elif kind == "human":
            made.add(now, outcome=outcome, **{**fields, "agent": "ada", "agent_kind": "human"})
        elif kind == "verified":
            action = f"verified-{number}"
            made.add(now, outcome="succeeded", action_id=action, **fields)
            made.add(now + 5, phase="verified", outcome=outcome, action_id=action, **fields)
        else:
            first = now - 300 if count > 1 else None
            made.add(now, outcome=outcome, count=count, first_at=first, **fields)
    return made.ordered()


def told_outcomes(events: list[Event]) -> list[tuple[Event, bool]]:
    """Return events that say that an attempt failed, or (True) that it succeeded."""
    found = []
    known: dict[str, str] = {}
    for event in events:
        outcome = {"ineffective": "failed"}.get(event.outcome, event.outcome)
        if event.phase == "started" or event.agent_kind == "human":
            continue
        if outcome in ("failed", "succeeded") and known.get(event.action_id) != outcome:
            found.append((event, outcome == "succeeded"))
        if outcome not in ("", "unknown"):
            known[event.action_id] = outcome
    return found


def expected(events: list[Event], until: int) -> list[tuple[str, int, int | None, int]]:
    """Return opening failure, failures, end and number of members of each finding."""
    found: list[tuple[str, int, int | None, int]] = []
    rows: dict[tuple[str, str], list[Event]] = {}

    def end(key: tuple[str, str], at: int | None) -> None:
        row = rows.pop(key)
        for number in range(1, len(row) + 1):
            failures = sum(event.count for event in row[:number])
            if failures >= LEAST and row[number - 1].time - row[0].first_at >= LASTING:
                total = sum(event.count for event in row)
                found.append((row[0].id, total, at, len(row)))
                return

    def quiet(now: int) -> None:
        for key, row in list(rows.items()):
            if row[-1].time + QUIET <= now:
                end(key, row[-1].time + QUIET)

    for event, success in told_outcomes(events):
        quiet(event.time)
        if success:
            for key in [key for key in rows if key[0] == event.service]:
                end(key, event.time)
        else:
            rows.setdefault((event.service, event.condition), []).append(event)
    quiet(until)
    for key in list(rows):
        end(key, None)
    return sorted(found)


@given(chosen=st.lists(steps, max_size=40))
@settings(max_examples=250, deadline=None)
def test_it_counts_exactly_the_failures_in_a_row(chosen):
    events = history(chosen)
    every = told(events, flow=flow_of([IneffectiveRecovery]))
    findings = [one for one in every if "failures_in_a_row" in one.evidence]
    got = sorted((one.members[0], one.count, one.resolved_at, one.member_count) for one in findings)
    assert got == expected(events, max((event.time for event in events), default=0))
    for one in findings:
        assert len(one.members) == len(set(one.members)) == one.member_count
