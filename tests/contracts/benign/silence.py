"""Agents that are quiet for good reasons, and counters that every event tells of."""

from __future__ import annotations

from overheal.model import Target
from tests.contracts.benign.entry import Benign, unless
from tests.support.made import DAY, HOUR, MINUTE, History


def weekends(until: int = 45) -> History:
    """An agent that rests at weekends, beside others that never rest."""
    made = History()
    for day in range(45):
        for hour in range(0, 24, 2):
            at = day * DAY + hour * HOUR
            for agent in ("backup-a", "backup-b"):
                fields = {"agent": agent, "type": "backup", "trigger": "schedule"}
                made.add(at, service=agent, scope=agent, **fields)
            if day % 7 < 5 and 8 <= hour < 18 and day < until:
                fields = {"agent": "office", "type": "other", "trigger": "schedule"}
                made.add(at + 60, service="office", scope="office", **fields)
    return made


def counted(told: int = 12) -> History:
    """Pods that restart now and then, a counter that says so, and events for `told` of twelve."""
    made = History()
    for hour in range(12):
        target = Target("Pod", f"batch-{hour % 3}", "shop")
        fields = {"type": "counter", "field": "restartCount", "name": "restartCount"}
        for pod in range(3):
            done = 1 + (hour - 1 - pod) // 3 if hour > pod else 0
            pod_target = Target("Pod", f"batch-{pod}", "shop")
            made.observe(
                hour * 2 * HOUR, done, service="batch", scope="shop", target=pod_target, **fields
            )
        if hour < told:
            made.recovery(hour * 2 * HOUR + 10 * MINUTE, "batch", target=target)
    return made


ENTRIES = [
    Benign(
        "an agent that rests at weekends",
        weekends,
        lambda: weekends(until=30),
        "silent_automation",
    ),
    Benign(
        "a counter that every event tells of",
        counted,
        lambda: counted(told=0),
        "silent_automation",
        silent=unless("masked_degradation"),
    ),
]
