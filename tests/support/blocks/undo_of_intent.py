"""Intents that people and agents declare, and writes that take them back or restore them."""

from __future__ import annotations

import random

from overheal.model import Detail
from tests.support.made import History, moment


def _declared(made: History, now: float, rng: random.Random) -> None:
    agent, kind = rng.choice([("ada", "human"), ("bob", "human"), ("planner", "workflow")])
    until = rng.choice([None, moment(now + rng.choice([60, 900, 7200]))])
    declared = made.write(
        now,
        agent,
        rng.choice([6, 8]),
        rng.choice([4, None]),
        agent_kind=kind,
        trigger="manual",
        service="checkout",
        target=rng.choice(["checkout", "ledger"]),
        correlation_id=rng.choice(["", "change-1"]),
        detail=Detail(goal="a sale", until=until),
    )
    if rng.random() < 0.3:
        _taken_back(made, now + rng.choice([30, 600]), rng, declared.action_id)


def _taken_back(made: History, now: float, rng: random.Random, cause: str = "") -> None:
    agent, kind = rng.choice([("hpa", "autoscaler"), ("gitops", "workflow"), ("ada", "human")])
    phase = rng.choice(["finished", "finished", "started"])
    action = f"write-{len(made.events)}"
    fields = {
        "agent_kind": kind,
        "service": "checkout",
        "target": rng.choice(["checkout", "ledger"]),
        "correlation_id": rng.choice(["", "", "change-1"]),
        "caused_by": (cause,) if cause else (),
        "detail": rng.choice([None, None, Detail(decided="approve", approved_by="bob")]),
        "action_id": action,
    }
    value = rng.choice([3, 4, 8, 12])
    made.write(now, agent, value, phase=phase, **fields)
    if phase == "started":
        made.write(
            now + 5, agent, value, **{**fields, "outcome": rng.choice(["failed", "unknown"])}
        )


BLOCKS = [_declared, _taken_back, _taken_back]
