"""Several agents at once on what hangs together."""

from __future__ import annotations

import random
from typing import Any

from overheal.model import Target
from tests.support.made import History

MANDATES = ("latency", "cost", "reliability", "conformity", "")


def _together(made: History, now: float, rng: random.Random) -> None:
    last = ""
    for number in range(rng.randint(3, 6)):
        now += rng.choice([1.0, 20.0, 60.0])
        cause = (last,) if last and rng.random() < 0.2 else ()
        fields: dict[str, Any] = {
            "agent": f"agent-{rng.randint(0, 5)}",
            "mandate": rng.choice(MANDATES),
            "type": rng.choice(["scale", "drain", "traffic_shift"]),
            "trigger": "policy",
            "scope": "shop",
            "service": rng.choice(["checkout", "ledger", "frontend", "unlisted"]),
            "target": Target("Pool", f"pool-{rng.randint(0, 3)}"),
            "caused_by": cause,
        }
        action = f"deed-{len(made.events)}-{number}"
        if rng.random() < 0.4:
            outcome = rng.choice(["succeeded", "failed"])
            made.action(now, now + rng.choice([5.0, 400.0]), outcome, action_id=action, **fields)
        else:
            made.add(now, action_id=action, **fields)
        last = action


def _again(made: History, now: float, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 3)):
        _together(made, now, rng)
        now += rng.choice([100.0, 1900.0])


BLOCKS = [_together, _again]
