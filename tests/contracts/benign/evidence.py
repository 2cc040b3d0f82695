"""Actions with grounds that agree, or that only seem to contradict themselves."""

from __future__ import annotations

from overheal.model import Detail
from tests.contracts.benign.entry import Benign
from tests.support.made import HOUR, History


def weighed(network: str = "slow") -> History:
    """An agent that fails over when all see trouble, scales on numbers, and looks afterwards."""
    made = History()
    fields = {"agent": "bot", "agent_kind": "ai_agent", "outcome": "succeeded"}
    signals = (("application", "degraded"), ("monitoring", "firing"), ("network", network))
    healed = (("application", "after", "healthy"), ("monitoring", "after", "ok"))
    for number in range(3):
        at = number * 9 * HOUR
        seen = Detail(signals=(*signals, ("disk", network)), evidence=healed)
        made.add(at, type="failover", detail=seen, **fields)
        load = Detail(signals=(("cpu", "critical"), ("memory", "normal"), ("queue", "long")))
        made.add(at + HOUR, type="scale", trigger="demand", detail=load, **fields)
    return made


ENTRIES = [
    Benign(
        "an agent whose evidence agrees",
        weighed,
        lambda: weighed(network="normal"),
        "signal_disagreement",
    ),
]
