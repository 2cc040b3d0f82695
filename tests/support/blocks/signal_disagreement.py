"""Actions with evidence that agrees, contradicts, or says nothing."""

from __future__ import annotations

import random

from overheal.model import Detail
from tests.support.made import History

SAYS = ("ok", "healthy", "degraded", "failing", "elevated")


def _weighed(made: History, now: float, rng: random.Random) -> None:
    signals = tuple((name, rng.choice(SAYS)) for name in ("app", "probe", "network", "disk"))
    after = tuple((name, "after", "healthy") for name in ("app", "probe")[: rng.randrange(3)])
    made.action(
        now,
        now + rng.choice([1.0, 60.0]),
        service=rng.choice(["checkout", "ledger"]),
        agent=rng.choice(["bot", "pilot"]),
        agent_kind="ai_agent",
        trigger=rng.choice(["failure", "failure", "manual"]),
        detail=Detail(signals=signals, evidence=after),
    )


BLOCKS = [_weighed]
