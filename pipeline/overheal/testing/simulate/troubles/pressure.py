"""Nodes that run out of room."""

from __future__ import annotations

from overheal.model import Event, Target
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene


def inject_pressure(
    service: int,
    *,
    at: float,
    lag_seconds: tuple[float, float] = (30.0, 300.0),
    scaled: bool = True,
) -> Trouble:
    """Let an autoscaler add replicas until a node is short of memory, and evicts pods.

    Every event says what led to it. Without `scaled` a node comes under pressure by itself. A step
    is an event.
    """

    def happen(scene: Scene) -> None:
        made, cause = list[Event](), tuple[str, ...]()
        now = at
        if scaled:
            more = scene.write(
                now, service, scene.agent("scaler"), 12, old=4, kind="autoscaler",
                trigger="demand", mandate="latency",
            )  # fmt: skip
            made.append(more)
            cause = (more.id,)
            now += scene.lag(lag_seconds, "even")
        node = str(scene.rng.choice(scene.fleet.nodes))
        short = scene.see(
            now, None, scope="nodes", kind="symptom", signal="MemoryPressure", value=True,
            target=Target("Node", node), caused_by=cause,
        )  # fmt: skip
        made.append(short)
        for _ in range(int(scene.rng.integers(1, 4))):
            now += scene.lag((5.0, 60.0), "even")
            moved = int(scene.rng.integers(len(scene.fleet.services)))
            made.append(
                scene.act(
                    now, moved, agent="kubelet", kind="platform", type_="evict", trigger="failure",
                    condition="the node was low on memory", caused_by=(short.id,),
                    target=scene.fleet.pods[moved][0],
                )
            )  # fmt: skip
        scene.label("pressure", made)

    return Trouble("pressure", happen)
