"""Recoveries of a service that has to wait for another, whose trouble comes and goes."""

from __future__ import annotations

import random

from tests.support.made import History


def _predecessor(made: History, now: float, rng: random.Random) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        made.observe(
            now, rng.choice(["failing", "ok"]), service="ledger", scope="shop", target=None
        )
    elif kind == 1:
        length, outcome = rng.choice([2.0, 300.0]), rng.choice(["succeeded", "failed", "unknown"])
        made.action(now, now + length, outcome, service="ledger")
    elif kind == 2:
        made.recovery(now, "ledger", phase="started")
    else:
        made.recovery(now, "ledger", outcome=rng.choice(["succeeded", "failed"]), duration=60.0)


def _dependant(made: History, now: float, rng: random.Random) -> None:
    made.recovery(
        now + rng.choice([0, 4, 5, 6, 120]),
        "checkout",
        condition=rng.choice(["pool exhausted", "pool_exhausted: timeouts", "crashed"]),
        type=rng.choice(["restart", "restart", "failover"]),
        agent=rng.choice(["healer", "healer", "kubelet"]),
        agent_kind=rng.choice(["ai_agent", "ai_agent", "platform"]),
        outcome=rng.choice(["succeeded", "failed"]),
        duration=rng.choice([0.0, 3.0, 200.0]),
    )


BLOCKS = [_predecessor, _dependant]
