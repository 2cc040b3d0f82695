"""Deploying: rolling updates, canaries, blue and green."""

from __future__ import annotations

from overheal.model import Target
from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, HOUR, MINUTE, History

CANARY = (5, 25, 50, 100)


def rolling_updates(trigger: str = "rollout") -> History:
    """Three releases in a day: a new image, ReplicaSets that trade places, pods replaced."""
    made = History()
    for release in range(3):
        start = release * 3 * HOUR
        made.write(
            start,
            "ci",
            f"v{release + 1}",
            f"v{release}",
            field="image",
            type="deploy",
            trigger=trigger,
            agent_kind="workflow",
        )
        for step in range(1, 7):
            at = start + step * 20
            for owner, size in ((f"web-{release}", 6 - step), (f"web-{release + 1}", step)):
                target = Target("ReplicaSet", owner, "shop")
                made.write(at, "deployment-controller", size, target=target, trigger=trigger)
            made.add(at + 5, type="replace", trigger=trigger, agent="replicaset-controller")
    return made


def canary_steps(rollbacks: int = 1, trigger: str = "rollout") -> History:
    """A canary that takes all traffic, one that is rolled back to nothing, and its next try."""
    made, now = History(), 0.0

    def weigh(weight: int) -> None:
        nonlocal now
        now += 10 * MINUTE
        fields = {"field": "weight", "type": "traffic_shift", "trigger": trigger}
        made.write(now, "rollouts", weight, agent_kind="workflow", **fields)
        made.write(now, "rollouts", f"{weight} %", service="ledger", **fields)

    for weight in (0, *CANARY, 0):
        weigh(weight)
    for _ in range(rollbacks):
        for weight in (*CANARY[:2], 0):
            weigh(weight)
    for weight in CANARY:
        weigh(weight)
    return made


def blue_green(every: float = DAY) -> History:
    """One tool that switches between two colours once a day, once back after a few minutes."""
    made, now = History(), 0.0
    for switch in range(10):
        now += 5 * MINUTE if switch == 4 else every
        colour = ("blue", "green")[switch % 2]
        fields = {"field": "active", "type": "traffic_shift", "trigger": "rollout"}
        made.write(now, "switcher", colour, agent_kind="workflow", **fields)
    return made


ENTRIES = [
    Benign(
        "rolling updates",
        rolling_updates,
        lambda: rolling_updates(trigger="failure"),
        "recovery_frequency",
    ),
    Benign(
        "a canary's traffic steps and one rollback",
        canary_steps,
        lambda: canary_steps(rollbacks=4, trigger="policy"),
        "thrashing",
    ),
    Benign(
        "a canary by a tool that does not say why",
        lambda: canary_steps(rollbacks=0, trigger="unknown"),
        lambda: canary_steps(rollbacks=3, trigger="unknown"),
        "thrashing",
    ),
    Benign("blue and green", blue_green, lambda: blue_green(every=20 * MINUTE), "thrashing"),
]
