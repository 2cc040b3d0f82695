"""Writers that observe, wait and act, with others in between; and clean-up of what is in use."""

from __future__ import annotations

import random

from overheal.model import Detail, Target
from tests.support.made import History, moment

RECORD = Target("dns_record", "api", "", "", "us-east-1")


def _planned(made: History, now: float, rng: random.Random) -> None:
    action, instance = f"apply-{len(made.events)}", rng.choice(["a", "b", "c"])
    detail = Detail(
        instance=instance,
        observed_at=rng.choice([None, moment(now - rng.choice([2, 60, 900]))]),
        observed_version=rng.choice(["", "7", "8", "9", "etag-x"]),
    )
    fields = {
        "service": "checkout",
        "target": RECORD,
        "field": "plan",
        "type": "config_change",
        "agent_kind": rng.choice(["workflow", "workflow", "human"]),
        "action_id": action,
        "correlation_id": rng.choice(["", "", "", "rollout-1"]),
        "caused_by": (made.events[-1].id,) if made.events and rng.random() < 0.1 else (),
    }
    agent, plan = rng.choice(["enactor", "enactor", "planner"]), f"plan-{rng.randrange(3)}"
    if rng.random() < 0.5:
        made.write(now, agent, plan, phase="started", **fields, detail=detail)
        now += rng.choice([3, 30, 1200])
        detail = rng.choice([None, detail])
    outcome = rng.choice(["succeeded", "succeeded", "failed"])
    made.write(now, agent, plan, **fields, outcome=outcome, detail=detail)


def _cleaned(made: History, now: float, rng: random.Random) -> None:
    target = rng.choice([RECORD, Target("plan", f"plan-{rng.randrange(3)}")])
    detail = Detail(instance="b", observed_at=moment(now - rng.choice([60, 1500])))
    made.add(
        now,
        type="cleanup",
        agent="enactor",
        agent_kind="workflow",
        trigger="policy",
        target=target,
        detail=detail,
    )


BLOCKS = [_planned, _planned, _planned, _cleaned]
