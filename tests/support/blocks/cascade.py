"""Chains of actions across services, some of them deep enough."""

from __future__ import annotations

import random

from tests.support.made import History


def _declared(made: History, now: float, rng: random.Random) -> None:
    cause = ""
    for number in range(rng.randint(2, 6)):
        event = made.recovery(
            now,
            f"svc-{rng.randint(0, 6)}",
            agent=rng.choice(["kubelet", "healer", "router"]),
            scope=rng.choice(["a", "b"]),
            caused_by=(cause,) if cause else (),
            type=rng.choice(["restart", "failover"]),
            phase="finished" if number else rng.choice(["started", "finished"]),
        )
        cause = rng.choice([event.id, event.action_id])
        now += rng.choice([0.0, 0.3, 2.0, 60.0])
        if rng.random() < 0.1:
            made.felt(now, event.service)


def _needed(made: History, now: float, rng: random.Random) -> None:
    made.add(now, service="frontend", agent="deployer", type="deploy", trigger="rollout", scope="a")
    made.recovery(now + rng.choice([0.0, 30.0, 200.0]), "checkout", agent="healer")


BLOCKS = [_declared, _declared, _needed]
