"""Stories for the worker: every detector has something to find, over scopes of all partitions."""

from __future__ import annotations

import random

from overheal.model import Event
from tests.support.events import at, observe, restart, write

SCOPES = 6


def story(seed: int, size: int = 400) -> list[Event]:
    """Return events in event-time order; a fight among them has targets in several scopes."""
    rng = random.Random(seed)
    events: list[Event] = []
    now = 0.0
    while len(events) < size:
        now += rng.choice([0.0, 1.0, 5.0, 20.0, 90.0])
        scope = f"scope-{rng.randrange(SCOPES)}"
        BLOCKS[rng.randrange(len(BLOCKS))](events, f"{seed}-{len(events)}", now, scope, rng)
    events += fight(seed, rng)
    return sorted(events, key=lambda event: (event.time, event.source, event.id))


def fight(seed: int, rng: random.Random, start: float = 600.0) -> list[Event]:
    """Return two agents that undo each other over targets of different scopes."""
    made = []
    for number in range(5):
        for target in ("alpha", "beta", "gamma"):
            moment = start + number * 240.0 + rng.uniform(0, 20)
            made += [
                write(
                    f"{seed}-h{number}{target}", at(seconds=moment), "hpa", 8, old=3, name=target
                ),
                write(
                    f"{seed}-g{number}{target}",
                    at(seconds=moment + 60),
                    "gitops",
                    3,
                    old=8,
                    name=target,
                ),
            ]
    return made


def _restart(events: list[Event], name: str, now: float, scope: str, rng: random.Random) -> None:
    outcome = rng.choice(["succeeded", "failed", "unknown"])
    events.append(
        restart(
            f"r{name}",
            at(seconds=now),
            service=f"svc-{scope}",
            scope=scope,
            actual={"outcome": outcome},
        )
    )


def _faster(events: list[Event], name: str, now: float, scope: str, rng: random.Random) -> None:
    gap = rng.choice([200.0, 20.0])
    for number in range(rng.randint(4, 14)):
        events.append(
            restart(
                f"q{name}.{number}",
                at(seconds=now),
                service=f"svc-{scope}",
                scope=scope,
                actual={"outcome": "unknown"},
            )
        )
        now, gap = now + gap, gap * 0.8


def _write(events: list[Event], name: str, now: float, scope: str, rng: random.Random) -> None:
    agent, value = rng.choice([("hpa", 8), ("gitops", 3), ("hpa", 6)])
    events.append(write(f"w{name}", at(seconds=now), agent, value, old=5, name=scope, scope=scope))


def _observed(events: list[Event], name: str, now: float, scope: str, rng: random.Random) -> None:
    state = rng.choice(["ready", "not_ready"])
    events.append(observe(f"o{name}", at(seconds=now), state, name=f"node-{scope}", scope=scope))


def _long(events: list[Event], name: str, now: float, scope: str, rng: random.Random) -> None:
    action = {"action_id": f"long-{name}", "service": f"svc-{scope}", "scope": scope}
    length = rng.choice([1.0, 30.0, 400.0])
    events.append(restart(f"s{name}", at(seconds=now), phase="started", **action))
    end = at(seconds=now + length)
    events.append(restart(f"f{name}", end, duration_seconds=length, **action))


BLOCKS = [_restart] * 3 + [_write] * 3 + [_faster, _observed, _observed, _long]
