"""A fleet's ordinary life: one concern a function, each with a Generator of its own.

Every concern yields its events in order of time, and keeps no more than times in memory. None of
it is trouble, though some of it looks alike: a lost node moves many pods at once, releases are
taken back, people correct what automation did.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from overheal.model import Detail, Event, Target
from overheal.testing.simulate.fleet import PODS, Fleet
from overheal.testing.simulate.gaps import DAY, HOUR, Floats
from overheal.testing.simulate.making import action, micros, observation
from overheal.testing.simulate.plan import Plan, generator

REPLICAS = 4
GRID = 600.0
"""How often an autoscaler looks, in seconds."""

PEOPLE = ("ada", "ben", "chiyo", "dana", "emeka")


class World(NamedTuple):
    """What every concern reads."""

    plan: Plan
    fleet: Fleet
    seed: int
    quiet: frozenset[int]

    def rng(self, concern: str, number: int = 0) -> np.random.Generator:
        """Return a concern's own Generator."""
        return generator(self.seed, concern, number)

    def at(self, seconds: float) -> int:
        """Return a moment in microseconds UTC."""
        return micros(self.plan.begin, seconds)


def recoveries(world: World) -> Iterator[Event]:
    """Restarts after failed probes, by the plan's process."""
    plan, fleet = world.plan, world.fleet
    if plan.recoveries is None:
        return
    rng = world.rng("recoveries")
    growth, parts, owners = growths(world), [], []
    released = releases(world) if plan.recoveries.deploys else {}
    for service in range(plan.services):
        own = np.array(released.get(service, ()))
        times = plan.recoveries.times(rng, plan.days, growth.get(service, np.empty((0, 2))), own)
        parts.append(times)
        owners.append(np.full(len(times), service))
    times, owner = np.concatenate(parts), np.concatenate(owners)
    order = np.argsort(times, kind="stable")
    columns = (
        times[order].tolist(),
        owner[order].tolist(),
        rng.integers(0, PODS, len(times)).tolist(),
        rng.exponential(8.0, len(times)).tolist(),
        rng.normal(430, 30, len(times)).tolist(),
    )
    begun: dict[tuple[int, int], float] = {}
    for number, (at, service, pod, took, memory) in enumerate(zip(*columns, strict=True)):
        if service in world.quiet:
            continue
        uptime = at - begun.get((service, pod), 0.0)
        begun[service, pod] = at
        yield action(
            f"restart-{number}",
            world.at(at + took),
            agent="kubelet",
            kind="platform",
            type_="restart",
            service=fleet.services[service],
            scope=fleet.scopes[service],
            trigger="failure",
            condition="liveness probe failed",
            duration=took,
            target=fleet.pods[service][pod],
            uptime=uptime,
            detail=Detail(measures={"memory_mib": memory}),
        )


def growths(world: World) -> dict[int, Floats]:
    """Return, for services that grow, when their replicas become how many times the first number.

    Rows are (seconds, factor).
    """
    how = world.plan.recoveries.growth if world.plan.recoveries else {}
    if not how:
        return {}
    rng, horizon = world.rng("growth"), world.plan.days * DAY
    found: dict[int, Floats] = {}
    for service in range(world.plan.services):
        last = round(REPLICAS * how["factor"])
        if how["shape"] == "jump":
            rows = [(rng.uniform(0.2, 0.8) * horizon, last / REPLICAS)]
        else:
            moments = np.sort(rng.uniform(0, horizon, last - REPLICAS))
            numbers = range(REPLICAS + 1, last + 1)
            rows = [(at, n / REPLICAS) for at, n in zip(moments, numbers, strict=True)]
        found[service] = np.array(rows)
    return found


def growing(world: World) -> Iterator[Event]:
    """Replicas that a tool adds as the fleet grows."""
    rows = [
        (at, service, before, factor)
        for service, steps in growths(world).items()
        for (at, factor), before in zip(steps.tolist(), [1.0, *steps[:-1, 1].tolist()], strict=True)
    ]
    for number, (at, service, before, factor) in enumerate(sorted(rows)):
        yield _scale(
            world, f"growth-{number}", at, service, round(before * REPLICAS),
            round(factor * REPLICAS), agent="capacity-planner", kind="workflow",
            mandate="capacity", trigger="policy",
        )  # fmt: skip


def demand(world: World) -> Iterator[Event]:
    """Autoscalers that follow a demand with a rhythm of days and weeks; not where a fleet grows."""
    plan = world.plan
    many = int(plan.services * plan.autoscaled)
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
        for service in moved[np.argsort(offset[moved])].tolist():
            yield _scale(
                world, f"demand-{number}", at + offset[service], service,
                int(replicas[service]), int(wanted[service]), agent="horizontal-pod-autoscaler",
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


def node_losses(world: World) -> Iterator[Event]:
    """Nodes that are lost: an observation, and one reschedule for every pod that ran there."""
    plan, fleet = world.plan, world.fleet
    rng = world.rng("nodes")
    many = rng.poisson(plan.node_losses_per_week * plan.days / 7)
    for loss, start in enumerate(np.sort(rng.uniform(0, plan.days * DAY, many)).tolist()):
        node, spare = rng.choice(len(fleet.nodes), 2, replace=False).tolist()
        lost = fleet.nodes[node]
        pods = rng.random(plan.services * PODS) < 1 / len(fleet.nodes)
        told = f"node-{loss}"
        yield observation(
            told,
            world.at(start),
            kind="symptom",
            signal="node_ready",
            scope="nodes",
            value="not_ready",
            target=_node(lost),
        )
        moved = np.flatnonzero(pods)
        times = start + 40 + np.sort(rng.uniform(0, 45, len(moved)))
        for number, (at, pod) in enumerate(zip(times.tolist(), moved.tolist(), strict=True)):
            service = pod // PODS
            yield action(
                f"moved-{loss}-{number}",
                world.at(at),
                agent="node-lifecycle-controller",
                kind="platform",
                type_="reschedule",
                service=fleet.services[service],
                scope=fleet.scopes[service],
                trigger="failure",
                condition=f"{lost} has been unreachable for 40 s",
                duration=1.0,
                mandate="availability",
                target=fleet.pods[service][pod % PODS],
                field="node",
                old=lost,
                new=fleet.nodes[spare],
                caused_by=(told,),
            )


def by_hand(world: World) -> Iterator[Event]:
    """People who restart, change a setting, or put a number of replicas right, in office hours."""
    rng = world.rng("people")
    for number, (at, service) in enumerate(_now_and_then(world, rng, "by_hand_per_week")):
        who = PEOPLE[int(rng.integers(len(PEOPLE)))]
        name, scope = world.fleet.services[service], world.fleet.scopes[service]
        if rng.random() < 0.5:
            yield action(
                f"hand-{number}", world.at(at), agent=who, kind="human", type_="restart",
                service=name, scope=scope, trigger="manual", condition="it looked stuck",
                duration=30.0, target=world.fleet.deployments[service],
            )  # fmt: skip
        else:
            yield _setting(world, f"hand-{number}", at, service, who, "human", "", "manual", rng)


def by_ai(world: World) -> Iterator[Event]:
    """AI agents that tune settings, well within what they may do, and say why."""
    rng = world.rng("ai")
    for number, (at, service) in enumerate(_now_and_then(world, rng, "by_ai_per_week")):
        yield _setting(
            world, f"ai-{number}", at, service, "tuning-agent", "ai_agent", "performance",
            "policy", rng,
        )  # fmt: skip


def cost_agents(world: World) -> Iterator[Event]:
    """Agents that shrink some services at night and give them back in the morning."""
    plan = world.plan
    rng = world.rng("cost")
    many = int(plan.services * plan.costed)
    ours = range(plan.services - many, plan.services)
    number = 0
    for day in range(math.floor(plan.days)):
        for hour, old, new in ((6.0, 2, REPLICAS), (22.0, REPLICAS, 2)):
            for service, late in zip(ours, np.sort(rng.uniform(0, 1200, many)), strict=True):
                yield _scale(
                    world, f"cost-{number}", day * DAY + hour * HOUR + late, service, old, new,
                    agent="cost-optimizer", kind="script", mandate="cost", trigger="schedule",
                )  # fmt: skip
                number += 1


def counters(world: World) -> Iterator[Event]:
    """Every service's number of restarts so far, read at regular times."""
    every, plan = world.plan.counters, world.plan
    if not every:
        return
    told, number = dict.fromkeys(range(plan.services), 0), 0
    where = {name: service for service, name in enumerate(world.fleet.services)}
    restarts = recoveries(world)
    ahead = next(restarts, None)
    for step in range(1, int(plan.days * DAY / every) + 1):
        edge = world.at(step * every)
        while ahead is not None and ahead.time <= edge:
            told[where[ahead.service]] += 1
            ahead = next(restarts, None)
        for service, count in told.items():
            yield observation(
                f"count-{number}", edge + service, kind="counter", signal="restartCount",
                service=world.fleet.services[service], scope=world.fleet.scopes[service],
                value=count, target=world.fleet.deployments[service], agent="kube-state-metrics",
                agent_kind="platform",
            )  # fmt: skip
            number += 1


CONCERNS = {
    "recoveries": recoveries,
    "growing": growing,
    "demand": demand,
    "deploys": deploys,
    "node_losses": node_losses,
    "by_hand": by_hand,
    "by_ai": by_ai,
    "cost_agents": cost_agents,
    "counters": counters,
}
"""Every concern by its name."""


def _node(name: str) -> Target:
    return Target("Node", name)


def _scale(  # noqa: PLR0917 - one place for what differs
    world: World, event_id: str, at: float, service: int, old: int, new: int,
    *, agent: str, kind: str, mandate: str, trigger: str,
) -> Event:  # fmt: skip
    return action(
        event_id, world.at(at), agent=agent, kind=kind, type_="scale",
        service=world.fleet.services[service], scope=world.fleet.scopes[service],
        trigger=trigger, condition=f"{trigger} asks for {new}", mandate=mandate,
        target=world.fleet.deployments[service], field="replicas", old=old, new=new,
    )  # fmt: skip


def _setting(  # noqa: PLR0917 - one place for what differs
    world: World, event_id: str, at: float, service: int, agent: str, kind: str, mandate: str,
    trigger: str, rng: np.random.Generator,
) -> Event:  # fmt: skip
    fields = ("timeout_ms", "pool_size", "cache_mib", "workers")
    detail = None
    if kind == "ai_agent":
        sure = float(rng.uniform(0.8, 0.99))
        seen = (("metrics", "latency", "degraded"), ("traces", "latency", "degraded"))
        detail = Detail(autonomy_level=2, confidence=sure, evidence=seen, authority="automatic")
    return action(
        event_id, world.at(at), agent=agent, kind=kind, type_="config_change",
        service=world.fleet.services[service], scope=world.fleet.scopes[service],
        trigger=trigger, condition="latency could be better", mandate=mandate, duration=2.0,
        target=world.fleet.deployments[service], field=fields[int(rng.integers(len(fields)))],
        new=int(rng.integers(100, 10_000)), detail=detail,
    )  # fmt: skip


def _now_and_then(world: World, rng: np.random.Generator, rate: str) -> Iterator[tuple[float, int]]:
    """Yield moments in office hours, and for each a service: so many per scope and week."""
    plan = world.plan
    scopes = math.ceil(plan.services / plan.per_scope)
    many = rng.poisson(getattr(plan, rate) * scopes * plan.days / 7)
    days = rng.uniform(0, plan.days, many) // 1
    times = np.sort(days * DAY + rng.uniform(8, 19, many) * HOUR)
    times = times[times < plan.days * DAY]
    yield from zip(times.tolist(), rng.integers(0, plan.services, many).tolist(), strict=False)
