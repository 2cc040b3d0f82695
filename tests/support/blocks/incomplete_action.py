"""Actions of which some phases are missing, and some out of order."""

from __future__ import annotations

import random

from overheal.model import Detail
from tests.support.made import History


def _half_done(made: History, now: float, rng: random.Random) -> None:
    fields = {
        "service": rng.choice(["checkout", "ledger"]),
        "agent": rng.choice(["bot", "pilot"]),
        "agent_kind": "ai_agent",
        "type": rng.choice(["scale", "scale", "restart"]),
        "action_id": f"half-{len(made.events)}",
        "detail": rng.choice([None, Detail(within=20.0)]),
    }
    if rng.random() < 0.3:
        made.add(now + rng.choice([-9.0, 0.0, 9.0]), phase="approved", **fields)
    if rng.random() < 0.8:
        made.add(now, phase="started", **fields)
    if rng.random() < 0.7:
        length = rng.choice([-9.0, 1.0, 60.0, 100.0, 4000.0, 700_000.0])
        made.add(now + length, duration=max(length, 0.0), **fields)


BLOCKS = [_half_done]
