"""Policies of any age, on services that change now and then."""

from __future__ import annotations

import random

from overheal.model import Detail
from tests.support.made import DAY, History, moment


def _follows(made: History, now: float, rng: random.Random) -> None:
    service = rng.choice(["checkout", "ledger"])
    if rng.random() < 0.3:
        made.add(now, type=rng.choice(["deploy", "config_change"]), service=service, agent="cd")
        return
    age = rng.choice([0.0, 30 * DAY, 91 * DAY, 400 * DAY])
    policy = Detail(policy=rng.choice(["p", "q"]), policy_changed_at=moment(now - age))
    kind = rng.choice(["restart", "failover", "deploy"])
    fields = {"service": service, "agent": "bot", "agent_kind": "ai_agent", "type": kind}
    made.action(now, now + 20, trigger="policy", detail=policy, **fields)


BLOCKS = [_follows]
