"""Random histories in which every detector has something to find, and ways to tell them."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from overheal.catalog import Catalog
from overheal.flow import Flow
from overheal.model import Event, Finding
from overheal.state.book import Book
from overheal.state.scope import load, load_fleet, save, save_fleet
from tests.support.events import START, collect, standing
from tests.support.made import History, catalog_of, moment

LATENESS = 600_000_000
TESTED = date(2025, 9, 10)
SERVICES = ("checkout", "ledger")

Block = Callable[[History, float, random.Random], None]
"""Adds a few events from a moment on (seconds after START)."""


def catalog() -> Catalog:
    """Return a catalog with a drill, a sandbox, a dependency, a failure mode and settings."""
    return catalog_of(
        services={
            "checkout": {
                "depends_on": ["ledger", "frontend"],
                "scope": "shop",
                "failure_modes": {
                    "pool_exhausted": {
                        "symptom": "pool exhausted",
                        "recovery": "restart",
                        "after": ["ledger"],
                    }
                },
            },
            "frontend": {"scope": "a"},
            "ledger": {
                "scope": "shop",
                "recovery_frequency": {"per_hour": 2},
                "failure_modes": {"primary": {"recovery": "failover", "last_tested": TESTED}},
            },
        },
        drills=[
            {
                "id": "game-day",
                "services": ["ledger"],
                "from": START + timedelta(hours=2),
                "until": START + timedelta(hours=3),
            },
            {
                "id": "unplugged",
                "services": ["idle"],
                "from": START,
                "until": START + timedelta(hours=200),
                "no_automation": True,
            },
        ],
        environments={"sandbox": ["staging"]},
    )


def history(seed: int, size: int, detector: str = "") -> list[Event]:
    """Return a random history, in event-time order.

    With a detector's name, half of it is made of the blocks that `tests/support/blocks` has for it.
    """
    rng = random.Random(seed)
    own = blocks_of(detector) if detector else ()
    made, now = History(), 0.0
    while len(made.events) < size:
        now += rng.choice([0.0, 1.0, 20.0, 90.0, 400.0, 2000.0])
        blocks = own if own and rng.random() < 0.5 else BLOCKS
        rng.choice(blocks)(made, now, rng)
    return made.ordered()


def blocks_of(detector: str) -> Sequence[Block]:
    """Return the blocks in which a detector has something to find; most need none of their own."""
    name = f"tests.support.blocks.{detector}"
    if importlib.util.find_spec(name) is None:
        return ()
    found: Sequence[Block] = importlib.import_module(name).BLOCKS
    return found


def _recovery(made: History, now: float, rng: random.Random) -> None:
    outcome = rng.choice(["succeeded", "failed", "unknown"])
    environment = rng.choice(["production", "production", "production", "staging"])
    fields: dict[str, Any] = {"outcome": outcome, "environment": environment}
    kind = rng.randrange(6)
    if kind == 0:
        fields |= {"count": rng.randint(2, 9), "first_at": now - rng.randint(0, 4000)}
    elif kind == 1:
        fields |= {"agent": "ada", "agent_kind": "human"}
    elif kind == 2:
        fields |= {"witness_of": "somebody-elses"}
    elif kind == 3:
        fields |= {"duration": rng.choice([1.0, 300.0, 3000.0]), "prior_uptime": now}
    made.recovery(now, rng.choice(SERVICES), **fields)


def _action(made: History, now: float, rng: random.Random) -> None:
    service, length = rng.choice(SERVICES), rng.choice([1.0, 30.0, 500.0])
    outcome = rng.choice(["succeeded", "failed", "unknown"])
    action = f"action-{len(made.events)}"
    made.action(now, now + length, outcome, service=service, action_id=action)
    if rng.random() < 0.3:
        made.recovery(now + length + 5, service, phase="verified", action_id=action)


def _faster(made: History, now: float, rng: random.Random) -> None:
    gap, service = rng.choice([300.0, 80_000.0]), rng.choice(SERVICES)
    for _ in range(rng.randint(6, 12)):
        made.recovery(now, service, outcome="unknown")
        now, gap = now + gap, gap * rng.uniform(0.5, 0.9)


def _write(made: History, now: float, rng: random.Random) -> None:
    agent, value = rng.choice([("hpa", 8), ("gitops", 3), ("hpa", 6)])
    made.write(
        now,
        agent,
        value,
        old=rng.choice([5, None]),
        target=rng.choice(SERVICES),
        scope=rng.choice(["a", "b"]),
        trigger=rng.choice(["demand", "policy"]),
        type=rng.choice(["scale", "scale", "cleanup"]),
        service=rng.choice(["frontend", "search"]),
        phase=rng.choice(["started", "finished"]),
        user_visible=rng.random() < 0.1,
    )


def _observed(made: History, now: float, rng: random.Random) -> None:
    made.observe(now, rng.choice(["ready", "not_ready"]))
    if rng.random() < 0.1:
        made.felt(now, rng.choice(SERVICES))


def _endless(made: History, now: float, rng: random.Random) -> None:
    outcome = rng.choice(["failed", "failed", "failed", "succeeded"])
    made.add(now, type="scale", name="Create", outcome=outcome, agent="controller")


BLOCKS: list[Block] = (
    [_recovery] * 4 + [_action, _action, _faster, _endless] + [_write] * 6 + [_observed] * 3
)


def arrivals(events: Sequence[Event], rng: random.Random) -> list[Event]:
    """Return events in a random order of arrival within the lateness, some of them twice."""
    timed = [(event.time + rng.uniform(0, LATENESS * 0.99), event) for event in events]
    again = [(when + rng.uniform(0, 1e6), event) for when, event in timed if rng.random() < 0.2]
    return [event for _, event in sorted(timed + again, key=lambda item: item[0])]


def batches(events: Sequence[Event], rng: random.Random) -> list[list[Event]]:
    """Cut events into batches of random size, a few of them large."""
    cut, rest = [], list(events)
    while rest:
        size = rng.randint(1, 7) if rng.random() < 0.9 else rng.randint(8, 60)
        cut.append(rest[:size])
        rest = rest[size:]
    return cut


def streamed(events: Sequence[Event], flow: Flow, seed: int, until: float) -> list[Finding]:
    """Return what stands after events arrived in disorder, and time passed in between."""
    rng, known = random.Random(seed), dict[str, Finding]()
    for batch in batches(arrivals(events, rng), rng):
        collect(known, flow.judge(batch).findings)
        if rng.random() < 0.2:
            newest = max(event.time for event in batch)
            collect(known, flow.advance(newest + rng.randint(-900, 900) * 1_000_000))
    return finished(flow, known, until)


def finished(flow: Flow, known: dict[str, Finding], until: float) -> list[Finding]:
    """Return what stands at the end, `until` seconds after START."""
    collect(known, flow.advance(moment(until)))
    collect(known, flow.relate(list(known.values())))
    return standing(known)


def said(findings: Sequence[Finding]) -> dict[str, Finding]:
    """Return what must be equal of findings: all but how often each was published."""
    return {one.id: msgspec.structs.replace(one, revision=0) for one in findings}


def restarted(flow: Flow) -> None:
    """Save all state of a flow and load it back, as after a restart."""
    scopes, fleet = flow.scope.scopes, flow.fleet
    for timeline in scopes._scopes.values():
        timeline.state = load(save(timeline.state), scopes._teller.types)
    timeline = fleet._timeline
    timeline.state = load_fleet(save_fleet(timeline.state), fleet._types)


def sizes(flow: Flow) -> list[int]:
    """Return the encoded size of what each scope's and the fleet's detectors remember."""
    states = [timeline.state for timeline in flow.scope.scopes._scopes.values()]
    return [
        len(msgspec.msgpack.encode(own))
        for state in [*states, flow.fleet._timeline.state]
        for own in state.states
    ]


def books(flow: Flow) -> list[tuple[Book, Callable[[Finding], None]]]:
    """Return the books of findings of both stages, with what describes their findings."""
    scopes, fleet = flow.scope.scopes, flow.fleet
    found = [
        (timeline.state.book, scopes._teller.describe(timeline.state))
        for timeline in scopes._scopes.values()
    ]
    state = fleet._timeline.state
    return [*found, (state.book, fleet._describe(state))]
