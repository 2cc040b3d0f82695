"""What people and tools change in a fleet: scale, releases, settings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from overheal.model import Event
from overheal.testing.simulate.gaps import DAY, HOUR
from overheal.testing.simulate.making import action
from overheal.testing.simulate.world import REPLICAS, World, now_and_then, scale, setting, within

GRID = 600.0
"""How often an autoscaler looks, in seconds."""

PEOPLE = ("ada", "ben", "chiyo", "dana", "emeka")


def demand(world: World) -> Iterator[Event]:
    """Autoscalers that follow a demand with a rhythm of days and weeks; not where a fleet grows."""
    plan = world.plan
    ours = within(plan, 1 - plan.autoscaled, 1.0)
    many = len(ours)
    if not many or (plan.recoveries and plan.recoveries.growth):
        return
    rng = world.rng("demand")
    base = rng.uniform(3, 12, many)
    swing, phase = rng.uniform(0.2, 0.6, many), rng.normal(9, 1.5, many)
    offset = rng.uniform(0, GRID * 0.9, many)
    noise, replicas = np.zeros(many), np.full(many, float(REPLICAS))
    number = 0
    for step in range(int(plan.days * DAY / GRID)):
        at = step * GRID
        hour, weekend = at % DAY / HOUR, at // DAY % 7 >= 5
        noise = 0.9 * noise + rng.normal(0, 0.02, many)
        wanted = base * (1 + swing * np.sin((hour - phase) / 24 * 2 * np.pi) + noise)
        wanted = np.ceil(np.maximum(wanted * (0.6 if weekend else 1.0), 1))
        moved = np.flatnonzero(np.abs(wanted / replicas - 1) > 0.2)
        for one in moved[np.argsort(offset[moved])].tolist():
            yield scale(
                world, f"demand-{number}", at + offset[one], ours[one],
                int(replicas[one]), int(wanted[one]), agent="horizontal-pod-autoscaler",
                kind="autoscaler", mandate="latency", trigger="demand",
            )  # fmt: skip
            number += 1
        replicas[moved] = wanted[moved]


def releases(world: World) -> dict[int, list[float]]:
    """Return when each service is released, in seconds: office hours, on the plan's weekdays."""
    plan = world.plan
    rng = world.rng("releases")
    how = plan.recoveries.deploys if plan.recoveries else {}
    weekdays = how.get("weekdays", (0, 1, 2, 3, 4))
    found: dict[int, list[float]] = {}
    days = [day for day in range(math.ceil(plan.days)) if day % 7 in weekdays]
    chance = min(1.0, plan.releases_per_week / len(weekdays))
    for service in range(plan.services):
        here = rng.random(len(days)) < chance
        hours = rng.uniform(9, 17, len(days))
        pairs = zip(days, here.tolist(), hours.tolist(), strict=True)
        found[service] = [day * DAY + hour * HOUR for day, hit, hour in pairs if hit]
    return found


def deploys(world: World) -> Iterator[Event]:
    """Releases by a delivery tool; one in thirty is taken back and comes again repaired."""
    rng = world.rng("deploys")
    rows: list[tuple[float, int, str, int, int]] = []
    for service, times in releases(world).items():
        version = 1
        for at in times:
            rows.append((at, service, "deploy", version, version + 1))
            if rng.random() < 1 / 30:
                back = at + rng.uniform(300, 1500)
                rows.append((back, service, "rollback", version + 1, version))
                again = back + rng.uniform(1800, 7200)
                rows.append((again, service, "deploy", version, version + 2))
                version += 1
            version += 1
    for number, (at, service, type_, old, new) in enumerate(sorted(rows)):
        failed = type_ == "rollback"
        yield action(
            f"{type_}-{number}",
            world.at(at),
            agent="gitops",
            kind="workflow",
            type_=type_,
            service=world.fleet.services[service],
            scope=world.fleet.scopes[service],
            trigger="failure" if failed else "rollout",
            condition="error rate rose" if failed else "a commit was merged",
            duration=120.0,
            mandate="delivery",
            target=world.fleet.deployments[service],
            field="image",
            old=f"v{old}",
            new=f"v{new}",
        )


def by_hand(world: World) -> Iterator[Event]:
    """People who restart, change a setting, or put a number of replicas right, in office hours."""
    rng = world.rng("people")
    for number, (at, service) in enumerate(now_and_then(world, rng, "by_hand_per_week")):
        who = PEOPLE[int(rng.integers(len(PEOPLE)))]
        name, scope = world.fleet.services[service], world.fleet.scopes[service]
        if rng.random() < 0.5:
            yield action(
                f"hand-{number}", world.at(at), agent=who, kind="human", type_="restart",
                service=name, scope=scope, trigger="manual", condition="it looked stuck",
                duration=30.0, target=world.fleet.deployments[service],
            )  # fmt: skip
        else:
            yield setting(world, f"hand-{number}", at, service, who, "human", "", "manual", rng)


def by_ai(world: World) -> Iterator[Event]:
    """AI agents that tune settings, well within what they may do, and say why."""
    rng = world.rng("ai")
    for number, (at, service) in enumerate(now_and_then(world, rng, "by_ai_per_week")):
        yield setting(
            world, f"ai-{number}", at, service, "tuning-agent", "ai_agent", "performance",
            "policy", rng,
        )  # fmt: skip


def cost_agents(world: World) -> Iterator[Event]:
    """Agents that shrink some services at night, and give back by day; not where a fleet grows."""
    plan = world.plan
    if plan.recoveries and plan.recoveries.growth:
        return
    rng = world.rng("cost")
    ours = within(plan, 1 - plan.autoscaled - plan.costed, 1 - plan.autoscaled)
    many = len(ours)
    number = 0
    for day in range(math.floor(plan.days)):
        for hour, old, new in ((6.0, 2, REPLICAS), (22.0, REPLICAS, 2)):
            for service, late in zip(ours, np.sort(rng.uniform(0, 1200, many)), strict=True):
                yield scale(
                    world, f"cost-{number}", day * DAY + hour * HOUR + late, service, old, new,
                    agent="cost-optimizer", kind="script", mandate="cost", trigger="schedule",
                )  # fmt: skip
                number += 1
