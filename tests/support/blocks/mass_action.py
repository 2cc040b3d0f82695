"""Scripts that touch many things, more or less than is usual for them."""

from __future__ import annotations

import random

from overheal.model import Target
from tests.support.made import History


def sweep(made: History, now: float, rng: random.Random) -> None:
    """Add what one agent does to several targets, mostly in a short time."""
    agent = rng.choice(["sweeper", "patcher"])
    gap = rng.choice([1.0, 20.0, 90.0])
    kind = rng.choice(["restart", "drain", "credential_rotation", "deploy"])
    trigger = rng.choice(["policy", "unknown", "manual", "policy", "unknown", "rollout"])
    begins = rng.random() < 0.2
    for number in range(rng.randint(5, 14)):
        service = f"svc-{rng.randrange(20)}"
        fields = {
            "service": service,
            "scope": rng.choice(["a", "b"]),
            "agent": agent,
            "agent_kind": "script",
            "type": kind,
            "trigger": trigger,
            "recovery": False,
            "condition": "patch day",
            "target": Target("Deployment", service, "shop"),
        }
        if begins:
            made.action(now + number * gap, now + number * gap + 40, **fields)
        else:
            made.add(now + number * gap, user_visible=rng.random() < 0.02, **fields)


BLOCKS = [sweep]
