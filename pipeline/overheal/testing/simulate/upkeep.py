"""What keeps a fleet going: restarts, growth, lost nodes, and the counters that tell of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from heapq import merge

import numpy as np

from overheal.model import Detail, Event, Target
from overheal.testing.simulate.changes import releases
from overheal.testing.simulate.fleet import PODS
from overheal.testing.simulate.gaps import DAY, Floats
from overheal.testing.simulate.making import action, observation
from overheal.testing.simulate.world import REPLICAS, World, scale


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
    took = rng.exponential(8.0, len(times))
    order = np.argsort(times + took, kind="stable")
    columns = (
        times[order].tolist(),
        owner[order].tolist(),
        rng.integers(0, PODS, len(times)).tolist(),
        took[order].tolist(),
        rng.normal(430, 30, len(times)).tolist(),
    )
    begun: dict[tuple[int, int], float] = {}
    for number, (at, service, pod, lasted, memory) in enumerate(zip(*columns, strict=True)):
        if service in world.quiet:
            continue
        uptime = max(0.0, at - begun.get((service, pod), 0.0))
        begun[service, pod] = at
        yield action(
            f"restart-{number}",
            world.at(at + lasted),
            agent="kubelet",
            kind="platform",
            type_="restart",
            service=fleet.services[service],
            scope=fleet.scopes[service],
            trigger="failure",
            condition="liveness probe failed",
            duration=lasted,
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
        yield scale(
            world, f"growth-{number}", at, service, round(before * REPLICAS),
            round(factor * REPLICAS), agent="capacity-planner", kind="workflow",
            mandate="capacity", trigger="policy",
        )  # fmt: skip


def node_losses(world: World) -> Iterator[Event]:
    """Nodes that are lost: an observation, and one reschedule for every pod that ran there."""
    plan = world.plan
    rng = world.rng("nodes")
    many = rng.poisson(plan.node_losses_per_week * plan.days / 7)
    starts = np.sort(rng.uniform(0, plan.days * DAY, many)).tolist()
    yield from merge(
        *(_loss(world, number, start) for number, start in enumerate(starts)),
        key=lambda event: event.time,
    )


def _loss(world: World, loss: int, start: float) -> Iterator[Event]:
    fleet, rng = world.fleet, world.rng("node", loss)
    node, spare = rng.choice(len(fleet.nodes), 2, replace=False).tolist()
    lost = fleet.nodes[node]
    told = f"node-{loss}"
    yield observation(
        told,
        world.at(start),
        kind="symptom",
        signal="node_ready",
        scope="nodes",
        value="not_ready",
        target=Target("Node", lost),
    )
    moved = np.flatnonzero(rng.random(world.plan.services * PODS) < 1 / len(fleet.nodes))
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


def counters(world: World) -> Iterator[Event]:
    """Every pod's number of restarts so far, read at regular times."""
    every, plan = world.plan.counters, world.plan
    if not every:
        return
    pods = [(service, pod) for service in range(plan.services) for pod in range(PODS)]
    told, number = Counter[Target](), 0
    restarts = recoveries(world)
    ahead = next(restarts, None)
    for step in range(1, int(plan.days * DAY / every) + 1):
        edge = world.at(step * every)
        while ahead is not None and ahead.time <= edge:
            if ahead.target is not None:
                told[ahead.target] += 1
            ahead = next(restarts, None)
        for service, pod in pods:
            target = world.fleet.pods[service][pod]
            yield observation(
                f"count-{number}",
                edge + service,
                kind="counter",
                signal="restartCount",
                service=world.fleet.services[service],
                scope=world.fleet.scopes[service],
                value=told[target],
                target=target,
                agent="kube-state-metrics",
                agent_kind="platform",
            )
            number += 1
