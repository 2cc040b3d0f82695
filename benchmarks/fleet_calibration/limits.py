"""Stories that lie near limits which neither simulated fleets nor the tests' histories come near.

Each is drawn anew for each seed, on both sides of its limit. Times are seconds after `made.START`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from overheal.catalog import Catalog
from overheal.model import Detail, Event, Target
from tests.support.made import DAY, HOUR, MINUTE, History, catalog_of, moment

Story = Callable[[History, random.Random], None]


def catalog() -> Catalog:
    """Return what owners say of the services in these stories."""
    line = {f"line-{n}": {"depends_on": [f"line-{n + 1}"], "scope": "line"} for n in range(5)}
    guarded = {"boundaries": ["restart"], "required_policy_checks": ["budget"]}
    return catalog_of(services={**line, "line-5": {"scope": "line"}, "guarded": guarded})


def story(detector: str, seed: int) -> list[Event]:
    """Return one history of a detector's stories, `[]` where it needs none."""
    made, rng = History("s"), random.Random(seed)
    for tell in STORIES.get(detector, ()):
        tell(made, rng)
    return made.ordered()


def _gaps(made: History, rng: random.Random) -> None:
    """Add a trend and a step between episodes, of any strength and length."""
    shrinks, ratio = rng.uniform(0.75, 1.0), rng.uniform(1.5, 9.0)
    quiet, lasts = rng.randint(10, 40), rng.uniform(0.2, 5.0) * DAY
    now = 0.0
    for number in range(rng.randint(10, 40)):
        made.recovery(now, "trend")
        now += max(40 * HOUR * shrinks**number * rng.gammavariate(4, 0.25), 20 * MINUTE)
    now, changes = 0.0, quiet * DAY
    while now < changes + lasts:
        made.recovery(now, "step")
        now += DAY * rng.gammavariate(4, 0.25) / (ratio if now > changes else 1)


def _burst(made: History, rng: random.Random) -> None:
    """Add gaps that shrink inside one episode, down to a minute or so."""
    now, shrinks = 0.0, rng.uniform(0.75, 0.95)
    for number in range(rng.randint(6, 30)):
        made.recovery(now, "burst", outcome="unknown")
        now += max(600 * shrinks**number, rng.uniform(15, 200)) * rng.uniform(0.9, 1.1)


def _creeping(made: History, rng: random.Random) -> None:
    """Add a measure that grows from restart to restart, by a little or a lot."""
    grows, spread = rng.uniform(1.1, 4.0), rng.uniform(0.01, 0.3)
    for number in range(20):
        memory = 300 * grows ** (number / 20) * rng.uniform(1 - spread, 1 + spread)
        at = number * DAY + rng.uniform(0, 20) * HOUR
        made.recovery(at, "creeping", detail=Detail(measures={"memory_mi": memory}))


def _deployed(made: History, rng: random.Random) -> None:
    """Add deploys after which a service is restarted for some hours, more from week to week."""
    settles = rng.uniform(1, 14) * HOUR
    for week in range(12):
        at, fields = week * 7 * DAY, {"service": "deployed", "field": "image", "type": "deploy"}
        made.recovery(at - 30 * HOUR, "deployed")
        made.write(at, "ci", f"v{week + 1}", f"v{week}", **fields)
        for number in range(1 + 2 * week):
            made.recovery(at + settles * (number + rng.random()) / (1 + 2 * week), "deployed")


def _coupled(made: History, rng: random.Random) -> None:
    """Add two that answer each other through replicas and nodes, quickly or slowly."""
    now, values = 0.0, {"replicas": 3, "nodes": 90}
    for number in range(rng.randint(4, 40)):
        field, agent, way, aims = (
            ("replicas", "hpa", 1, "latency"), ("nodes", "saver", -1, "cost"),
        )[number % 2]  # fmt: skip
        values[field] += way
        fields = {"field": field, "mandate": aims, "service": "coupled"}
        made.write(now, agent, values[field], values[field] - way, **fields)
        now += rng.uniform(1, 28) * MINUTE


def _intended(made: History, rng: random.Random) -> None:
    """Add declared changes of people and agents, with an end and without, taken back sometime."""
    for number in range(12):
        human, at, service = number % 3 != 1, number * 40 * DAY, f"intended-{number}"
        ends = moment(at + rng.uniform(1, 25) * DAY) if number % 3 == 2 else None
        longest = rng.uniform(1, 20) * DAY if ends else rng.uniform(0.2, 3) * HOUR
        longest = rng.uniform(6, 60) * HOUR if human and not ends else longest
        by = {"agent_kind": "human", "trigger": "manual"} if human else {"trigger": "policy"}
        said = Detail(goal="the sale", until=ends)
        made.write(at, "ada" if human else "tuner", 8, 4, service=service, detail=said, **by)
        made.write(at + longest, "gitops", 4, 8, service=service, trigger="policy")


def _behind(made: History, rng: random.Random) -> None:
    """Add writers that act on what they saw some seconds before or after somebody else's write."""
    for number in range(20):
        now, seen = number * 3 * HOUR, rng.uniform(-15, 5)
        made.write(now, "enactor-a", f"plan-{number}", service="zone", field="plan")
        said = Detail(observed_at=moment(now + seen))
        own = {"service": "zone", "field": "plan", "detail": said}
        made.write(now + rng.uniform(0, 15), "enactor-b", f"old-{number}", **own)


def _failing(made: History, rng: random.Random) -> None:
    """Add attempts that fail for some minutes, and recoveries of siblings one after the other."""
    now = 0.0
    for number in range(20):
        for _ in range(rng.randint(2, 8)):
            fields = {"type": "scale", "name": "Create", "agent": "controller"}
            made.add(now, outcome="failed", condition=f"quota {number % 3}", **fields)
            now += rng.uniform(0.5, 5) * MINUTE
        for copy in range(rng.randint(2, 5)):
            fields = {"target": Target("Pod", f"pod-{copy}", "shop"), "service": "siblings"}
            made.recovery(now, duration=1.0, **fields)
            now += rng.uniform(5, 240)
        now += 5 * HOUR


def _guarded(made: History, rng: random.Random) -> None:
    """Add actions of the platform and of others beyond what a service allows."""
    for number in range(10):
        kind = rng.choice(["platform", "script"])
        fields = {"agent": f"{kind}-{number}", "agent_kind": kind, "service": "guarded"}
        made.add(number * HOUR, type=rng.choice(["restart", "drain"]), **fields)


def _stopped(made: History, rng: random.Random) -> None:
    """Add agents that report daily for one to six weeks, rest now and then, and stop."""
    fields: dict[str, Any] = {"type": "other", "trigger": "policy", "recovery": False}
    for agent in range(6):
        now, until = rng.uniform(0, DAY), rng.uniform(7, 45) * DAY
        while now < until:
            made.add(now, agent=f"agent-{agent}", agent_kind="script", service="", **fields)
            now += rng.uniform(0.5, 3) * HOUR
            now += rng.choice([0, 0, 0, 0, 0, 0, 0, 0, 0, rng.uniform(2, 12)]) * HOUR
    for agent in range(9):
        for number in range(60 * 8):
            at = number * 3 * HOUR + agent
            made.add(at, agent=f"steady-{agent}", agent_kind="script", **fields)


def _lossy(made: History, rng: random.Random) -> None:
    """Add counters of which events tell some."""
    for service in range(6):
        seen, pod, count = rng.uniform(0.7, 1.0), Target("Pod", f"pod-{service}", "shop"), 0
        reading = {"type": "counter", "field": "restartCount", "name": "restartCount"}
        own: dict[str, Any] = {"service": f"lossy-{service}", "target": pod, "scope": "shop"}
        for hour in range(24):
            made.observe(hour * HOUR, count, **own, **reading)
            for number in range(moved := rng.randint(3, 12)):
                if rng.random() < seen:
                    made.recovery(hour * HOUR + 60 + number * 200, **own)
            count += moved


def _line(made: History, rng: random.Random) -> None:
    """Add recoveries along a line of services, each some time after the one that it needs."""
    for number in range(12):
        now = number * 6 * HOUR
        for place in range(5, -1, -1):
            made.recovery(now, f"line-{place}", agent=f"healer-{place}", scope="line")
            now += rng.uniform(20, 200)


def _batches(made: History, rng: random.Random) -> None:
    """Add agents with batches of their usual size and beyond, in environments of all sizes."""
    for agent, (usual, targets) in enumerate(((6, 80), (6, 240), (12, 900), (20, 3000))):
        home = f"environment-{agent}"
        own: dict[str, Any] = {
            "agent": f"batcher-{agent}", "agent_kind": "script", "environment": home,
            "type": "credential_rotation", "trigger": "policy", "recovery": False,
        }  # fmt: skip
        for number in range(targets):
            thing = Target("VM", f"vm-{number}", "shop")
            fields = {"service": "", "scope": f"rack-{number // 8}", "target": thing}
            made.add(number / 10, **{**own, "agent": "monitor", "type": "backup"}, **fields)
        for day in range(1, 60):
            varies = rng.choice([0.5, 1, 1, 1.6]) if agent % 2 else 1
            times = rng.uniform(1.2, 5) if day % 12 == 11 else varies
            for one in range(round(usual * times)):
                number = rng.randrange(targets)
                thing = Target("VM", f"vm-{number}", "shop")
                fields = {"service": "", "scope": f"rack-{number // 8}", "target": thing}
                made.add(day * DAY + one * 15, **own, **fields)


STORIES: Mapping[str, tuple[Story, ...]] = {
    "masked_degradation": (_gaps, _burst, _creeping, _deployed),
    "agent_conflict": (_coupled,),
    "undo_of_intent": (_intended,),
    "stale_basis": (_behind,),
    "ineffective_recovery": (_failing,),
    "authority_breach": (_guarded,),
    "silent_automation": (_stopped, _lossy),
    "cascade": (_line,),
    "mass_action": (_batches,),
}
