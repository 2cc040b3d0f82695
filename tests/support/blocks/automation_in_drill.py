"""A service that is in a drill without automation for days, and who touches it nevertheless."""

from __future__ import annotations

import random

from tests.support.made import History


def _touch(made: History, now: float, rng: random.Random) -> None:
    agent, kind = rng.choice([("kubelet", "platform"), ("fixer", "ai_agent"), ("ada", "human")])
    fields = {"service": "idle", "agent": agent, "agent_kind": kind}
    fields["environment"] = rng.choice(["production", "production", "staging"])
    length = rng.choice([0.0, 5.0, 4000.0])
    if rng.random() < 0.5:
        made.action(now, now + length, rng.choice(["succeeded", "failed"]), **fields)
    else:
        made.recovery(now, duration=length, **fields)


def _caused(made: History, now: float, rng: random.Random) -> None:
    kind = rng.choice(["human", "script"])
    first = made.add(now, service="idle", agent="root", agent_kind=kind, type="deploy")
    cause = rng.choice([first.id, first.action_id])
    made.write(now + 1, "replicaset-controller", 3, service="idle", caused_by=(cause,))


BLOCKS = [_touch, _touch, _caused]
