"""Recovering: what fails now and then, on purpose, at once, or with a back-off."""

from __future__ import annotations

import random
from datetime import timedelta

from overheal.model import Target
from tests.contracts.benign.entry import Benign, unless
from tests.support.events import START
from tests.support.made import DAY, HOUR, MINUTE, History


def nightly_restarts(trigger: str = "schedule") -> History:
    """Two weeks in which every pod is restarted at three in the morning."""
    made = History()
    for night in range(14):
        for service in ("checkout", "ledger", "search"):
            for pod in range(6):
                at = night * DAY + HOUR + pod * 30
                made.recovery(at, service, trigger=trigger, agent="cron", agent_kind="script")
    return made


def node_lost(times: int = 1) -> History:
    """A node that is away for half an hour: its pods are evicted and placed elsewhere."""
    made = History()
    for loss in range(times):
        at = HOUR + loss * 70 * MINUTE
        made.observe(at, "not_ready")
        for service in ("checkout", "ledger", "search", "cart", "mail"):
            for pod in range(3):
                fields = {"type": "evict", "agent": "node-controller", "outcome": "unknown"}
                first = made.recovery(at + 300 + pod, service, **fields)
                made.recovery(
                    at + 310 + pod,
                    service,
                    type="reschedule",
                    agent="scheduler",
                    outcome="unknown",
                    witness_of=first.action_id,
                )
        made.observe(at + 30 * MINUTE, "ready")
    return made


def crash_loop(slower: bool = True) -> History:
    """Back-off of 10, 20, 40 seconds and so on to five minutes, for hours, on some days."""
    made = History()
    for day in range(6):
        pauses = [min(10.0 * 2**step, 300.0) for step in range(30)]
        now = day * DAY + day * day * HOUR / 4
        for pause in pauses if slower else reversed([*pauses[:6], 375.0, 450.0, 600.0, 800.0]):
            made.recovery(now, outcome="unknown", condition="back-off restarting")
            now += pause
    return made


def steady_failures(beta: float = 1.0) -> History:
    """Ten services that each fail about every other day, for three months."""
    made, rng = History(), random.Random(3)
    for number in range(10):
        now = 0.0
        for _ in range(45):
            now += rng.expovariate(1.0)
            made.recovery(90 * DAY * (now / 45) ** (1 / beta), f"svc-{number}")
    return made


def game_day() -> History:
    """An afternoon in which somebody breaks a service on purpose, again and again."""
    made = History()
    for number in range(40):
        made.recovery(HOUR + number * 60)
        made.write(HOUR + number * 60, ("hpa", "gitops")[number % 2], number % 2)
    return made


def third_time_lucky(succeeds: bool = True) -> History:
    """An attempt that fails twice and then succeeds, every hour of a day."""
    made = History()
    for hour in range(24):
        for number, outcome in enumerate(
            ("failed", "failed", "succeeded" if succeeds else "failed")
        ):
            at = hour * HOUR + number * 10 * MINUTE
            fields = {"type": "scale", "agent": "replicaset-controller", "name": "Create"}
            made.add(at, outcome=outcome, trigger="demand", condition="quota", **fields)
    return made


def measured_latency(states: bool = False) -> History:
    """A symptom whose number is never the same twice."""
    made, rng = History(), random.Random(5)
    for number in range(400):
        value = ("slow", "fine")[number % 2] if states else round(rng.uniform(0.1, 0.3), 3)
        made.observe(number * 60, value, target=Target("Service", "checkout"), field="latency")
    return made


ENTRIES = [
    Benign(
        "nightly restarts",
        nightly_restarts,
        lambda: nightly_restarts(trigger="failure"),
        "recovery_frequency",
    ),
    Benign("a node lost once", node_lost, lambda: node_lost(times=4), "thrashing"),
    Benign(
        "crash-loop back-off",
        crash_loop,
        lambda: crash_loop(slower=False),
        "masked_degradation",
        silent=unless("recovery_frequency"),
    ),
    Benign(
        "failures at a steady rate",
        steady_failures,
        lambda: steady_failures(beta=3.0),
        "masked_degradation",
    ),
    Benign(
        "a declared game day",
        game_day,
        game_day,
        "recovery_frequency",
        catalog={
            "drills": [
                {"id": "game-day", "from": START, "until": START + timedelta(hours=3)},
            ]
        },
    ),
    Benign(
        "attempts that succeed in the end",
        third_time_lucky,
        lambda: third_time_lucky(succeeds=False),
        "ineffective_recovery",
    ),
    Benign(
        "a number that is measured",
        measured_latency,
        lambda: measured_latency(states=True),
        "thrashing",
    ),
]
