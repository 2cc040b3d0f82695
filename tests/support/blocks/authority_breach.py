"""Actions that needed somebody's leave, some of which had it."""

from __future__ import annotations

import random

from overheal.model import Detail
from tests.support.made import History


def _asked(made: History, now: float, rng: random.Random) -> None:
    service, agent = rng.choice(["checkout", "ledger"]), rng.choice(["bot", "pilot"])
    fields = {
        "service": service,
        "agent": agent,
        "agent_kind": "ai_agent",
        "action_id": f"asked-{len(made.events)}",
    }
    wants = Detail(authority=rng.choice(["approval", "approval", "automatic"]))
    if rng.random() < 0.5:
        made.add(now, phase="proposed", detail=wants, **fields)
        now += rng.choice([0.0, 30.0, 4000.0])
    start = now + rng.choice([0.0, 3.0])
    if rng.random() < 0.5:
        phase = rng.choice(["approved", "approved", "rejected"])
        made.add(start + rng.choice([-1.0, 0.0, 4.0, 9.0]), phase=phase, **fields)
    checks = Detail(checks=(("budget", rng.random() < 0.7),), authority=wants.authority)
    if rng.random() < 0.7:
        made.add(start, phase="started", detail=checks, **fields)
    if rng.random() < 0.7:
        made.add(start + rng.choice([1.0, 60.0, 300.0]), detail=checks, **fields)


BLOCKS = [_asked]
