"""Agents with a rhythm that breaks off, and counters that move with and without events."""

from __future__ import annotations

import random

from overheal.model import Target
from tests.support.made import HOUR, History


def _beats(made: History, now: float, rng: random.Random) -> None:
    name = f"controller-{rng.randint(0, 2)}"
    for number in range(22):
        made.observe(
            now + number * 60,
            "ok",
            type="heartbeat",
            agent=name,
            agent_kind="platform",
            target=None,
            scope=rng.choice(["a", "b"]),
        )
    if rng.random() < 0.5:
        fields = {"type": "heartbeat", "agent_kind": "platform", "target": None}
        made.observe(now + 7500, "ok", agent=name, **fields)
    for number in range(120):
        fields = {"type": "heartbeat", "agent_kind": "platform", "target": None}
        made.observe(now + number * 90, "ok", agent="steady", **fields)
        made.observe(now + number * 90, "ok", agent="steadier", **fields)


def _moves(made: History, now: float, rng: random.Random) -> None:
    count, pod = 0, Target("Pod", f"pod-{rng.randint(0, 1)}", "shop")
    for _ in range(rng.randint(2, 6)):
        reading = {"type": "counter", "field": "restartCount", "name": "restartCount"}
        made.observe(now, count, service="checkout", scope="shop", target=pod, **reading)
        moved = rng.choice([0, 3, 14])
        count = count + moved if rng.random() < 0.9 else 0
        for number in range(moved):
            if rng.random() < 0.4:
                made.recovery(now + 10 + number, target=pod)
        now += rng.choice([600.0, HOUR])


BLOCKS = [_beats, _moves, _moves]
