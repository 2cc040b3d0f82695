"""The same events, shuffled within the lateness or duplicated, leave the same findings."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.model import Event, Finding
from tests.support.events import (
    at,
    collect,
    judge,
    micros,
    new_flow,
    observe,
    restart,
    standing,
    write,
)

LATENESS_SECONDS = 600


def history(seed: int, size: int) -> list[Event]:
    """Return a random history in which every detector has something to find."""
    rng = random.Random(seed)
    events: list[Event] = []
    now = 0.0
    for index in range(size):
        now += rng.choice([0.0, 1.0, 20.0, 90.0, 400.0, 2000.0])
        time, name = at(seconds=now), rng.choice(["checkout", "ledger"])
        kind = rng.randrange(6)
        if kind <= 1:
            outcome = rng.choice(["succeeded", "failed", "unknown"])
            events.append(restart(f"r{index}", time, service=name, actual={"outcome": outcome}))
        elif kind == 2:
            agent, value = rng.choice([("hpa", 8), ("gitops", 3), ("hpa", 6)])
            events.append(
                write(
                    f"w{index}", time, agent, value, old=5, name=name, scope=rng.choice(["a", "b"])
                )
            )
        elif kind == 3:
            events.append(observe(f"o{index}", time, rng.choice(["ready", "not_ready"])))
        elif kind == 4:
            start = {"action_id": f"long-{index}", "service": name}
            events.append(restart(f"s{index}", time, phase="started", **start))
            end = at(seconds=now + 30)
            events.append(restart(f"f{index}", end, duration_seconds=30.0, **start))
        else:
            failed = {
                "actual": {"outcome": "failed"},
                "action": {"type": "scale", "name": "Create"},
            }
            events.append(restart(f"x{index}", time, service=name, **failed))
    return sorted(events, key=lambda event: (event.time, event.id))


def facts(findings: list[Finding]) -> dict[str, tuple[object, ...]]:
    """Return what must be equal: id → tier, status and members."""
    return {
        item.id: (item.tier, item.status, tuple(sorted(item.members)), item.count)
        for item in findings
    }


def streamed(events: list[Event], seed: int, until: str) -> list[Finding]:
    """Feed events in batches, shuffled within the lateness and partly twice."""
    rng = random.Random(seed)
    arrivals = [(event.time + rng.uniform(0, LATENESS_SECONDS * 0.99e6), event) for event in events]
    arrivals += [
        (when + rng.uniform(0, 1e6), event) for when, event in arrivals if rng.random() < 0.2
    ]
    arrivals.sort(key=lambda item: item[0])
    ordered = [event for _, event in arrivals]
    flow, known = new_flow(), {}
    while ordered:
        size = rng.randint(1, 7)
        batch, ordered = ordered[:size], ordered[size:]
        collect(known, flow.judge(batch).findings)
        if rng.random() < 0.2:
            newest = max(event.time for event in batch)
            collect(known, flow.advance(newest + rng.randint(-900, 900) * 1_000_000))
    collect(known, flow.advance(micros(until)))
    collect(known, flow.relate(list(known.values())))
    return standing(known)


@given(seed=st.integers(0, 2**32), size=st.integers(1, 120), shuffle=st.integers(0, 2**32))
@settings(max_examples=250, deadline=None)
def test_order_and_repetition_within_the_lateness_do_not_matter(seed, size, shuffle):
    events = history(seed, size)
    until = at(hours=120)
    assert facts(streamed(events, shuffle, until)) == facts(judge(events, until=until))


def test_random_histories_do_raise_findings_of_every_kind():
    found = {
        finding.detector
        for seed in range(30)
        for finding in judge(history(seed, 120), until=at(hours=1))
    }
    assert found >= {"recovery_frequency", "thrashing", "agent_conflict", "ineffective_recovery"}
