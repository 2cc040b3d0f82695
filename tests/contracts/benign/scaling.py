"""Autoscaling: with the sun, under load tests, as a chain, and by the spot market."""

from __future__ import annotations

import math
import random

from overheal.model import Target
from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, MINUTE, History

NODES = Target("NodePool", "workers", "", "prod-1")


def with_the_sun(noise: float = 0.02) -> History:
    """Two weeks of an autoscaler that follows the day."""
    made, rng, replicas = History(), random.Random(7), 12
    for step in range(14 * 144):
        at = step * 10 * MINUTE
        level = 12 + 8 * math.sin(2 * math.pi * at / DAY) + rng.uniform(-noise, noise)
        if abs(level - replicas) > 0.6:
            made.write(at, "horizontal-pod-autoscaler", round(level), replicas)
            replicas = round(level)
    return made


def load_test(same_name: bool = False) -> History:
    """Two hundred jobs that are made and removed, and an autoscaler that goes up and down once."""
    made = History()
    for number in range(200):
        target = Target("Job", "load" if same_name else f"load-{number}", "batch2")
        fields = {"service": "load", "target": target, "field": "exists", "trigger": "manual"}
        made.write(number * 20, "k6", True, type="deploy", **fields)
        made.write(number * 20 + 15, "k6", False, type="other", **fields)
    for step, size in enumerate((4, 8, 16, 30, 30, 16, 8, 4, 2)):
        made.write(step * 400, "horizontal-pod-autoscaler", size, service="load")
    return made


def one_chain(fights_back: bool = False) -> History:
    """Autoscaler, deployment controller and node autoscaler: each causes the next."""
    made = History()
    for wave, size in enumerate((3, 5, 8, 13, 21, 21, 13, 8, 6, 4, 3, 5, 8)):
        at = wave * 30 * MINUTE
        first = made.write(at, "horizontal-pod-autoscaler", size)
        sets = Target("ReplicaSet", "checkout-6c7c", "shop")
        second = made.write(
            at + 2, "deployment-controller", size, target=sets, caused_by=(first.action_id,)
        )
        field = {"target": sets} if fights_back else {"target": NODES, "field": "size"}
        wanted = 2 if fights_back else 2 + size // 7
        cause = (second.action_id,)
        made.write(at + 60, "cluster-autoscaler", wanted, caused_by=cause, **field)
    return made


def spot_consolidation(trigger: str = "cost") -> History:
    """A node autoscaler that empties a node every quarter of an hour to save money."""
    made = History()
    for node in range(12):
        at = node * 15 * MINUTE
        target = Target("Node", f"spot-{node}", "", "prod-1")
        made.add(at, type="drain", trigger=trigger, agent="karpenter", service="", target=target)
        for pod in range(4):
            made.add(at + pod, type="evict", trigger=trigger, agent="karpenter")
            made.add(at + pod + 9, type="reschedule", trigger=trigger, agent="scheduler")
    return made


def growing_service(told: bool = True) -> History:
    """A service that grows fortyfold in two months; each replica fails as rarely as ever."""
    made, rng = History(), random.Random(11)
    replicas, now = 3, 0.0
    for week in range(10):
        if told:
            made.write(week * 7 * DAY, "horizontal-pod-autoscaler", replicas * 3 // 2, replicas)
        replicas = replicas * 3 // 2
        now = max(now, week * 7 * DAY)
        while now < (week + 1) * 7 * DAY:
            now += rng.expovariate(replicas / (40 * DAY))
            made.recovery(now)
    return made


ENTRIES = [
    Benign("autoscaling with the sun", with_the_sun, lambda: with_the_sun(noise=0.8), "thrashing"),
    Benign("a load test", load_test, lambda: load_test(same_name=True), "thrashing"),
    Benign("one causal chain", one_chain, lambda: one_chain(fights_back=True), "agent_conflict"),
    Benign(
        "spot consolidation",
        spot_consolidation,
        lambda: spot_consolidation(trigger="failure"),
        "recovery_frequency",
    ),
    Benign(
        "a growing service",
        growing_service,
        lambda: growing_service(told=False),
        "masked_degradation",
    ),
]
