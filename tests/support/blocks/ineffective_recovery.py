"""Successes after which the same trouble is back, and policies that act for nothing."""

from __future__ import annotations

import random

from overheal.model import Detail
from tests.support.made import History


def _returns(made: History, now: float, rng: random.Random) -> None:
    gap, service = rng.choice([30.0, 240.0, 1800.0]), rng.choice(["checkout", "ledger"])
    condition = rng.choice(["liveness probe failed", "out of memory"])
    for number in range(rng.randint(2, 6)):
        outcome = rng.choice(["succeeded", "succeeded", "succeeded", "failed", "unknown"])
        action, detail = f"back-{len(made.events)}", Detail(policy="restart-it")
        fields = {"condition": f"{condition} {number} times", "detail": detail}
        made.recovery(now, service, outcome=outcome, action_id=action, **fields)
        if rng.random() < 0.2:
            later = now + rng.choice([5.0, 600.0])
            verified = {"phase": "verified", "outcome": rng.choice(["succeeded", "ineffective"])}
            made.recovery(later, service, action_id=action, **fields, **verified)
        now += gap


def _for_nothing(made: History, now: float, rng: random.Random) -> None:
    for number in range(4):
        if rng.random() < 0.5:
            made.recovery(
                now + number,
                rng.choice(["checkout", "ledger"]),
                agent="healer",
                agent_kind="ai_agent",
                outcome=rng.choice(["unnecessary", "ineffective", "succeeded"]),
                condition=f"symptom {number}",
                detail=Detail(policy=rng.choice(["restart-it", "flush-it"])),
            )
        else:
            made.add(
                now + number,
                phase="rejected",
                agent="healer",
                agent_kind="ai_agent",
                outcome="",
                condition="not needed: it is idle",
                detail=Detail(policy="flush-it", decided="reject", approved_by="ada"),
            )


BLOCKS = [_returns, _for_nothing]
