"""Actions that are each right, and together are not."""

from __future__ import annotations

import numpy as np

from overheal.model import Detail, Event
from overheal.testing.simulate.gaps import DAY
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene

_DATABASE, _INTERFACE, _FIRST = 0, 1, 2
"""Places in a scope; see `Fleet`."""


def inject_compound(
    service: int,
    *,
    at: float,
    agents: int = 3,
    within_seconds: float = 100.0,
    shared: str = "direct",
) -> Trouble:
    """Let agents with different mandates act in the scope of `service` within so many seconds.

    The night of 2:17: one scales out, one sheds database instances, one shifts traffic, and all
    succeed. `direct` means that one acts on the database itself, `transitive` that all only depend
    on it. A step is an action; users feel it three minutes after the first.
    """

    def happen(scene: Scene) -> None:
        base = service - service % scene.fleet.per_scope
        shed = base + (_DATABASE if shared == "direct" else _FIRST + 1)
        acts = (
            (base + _FIRST, "scaler", "performance", "scale", "replicas", 4, 12),
            (shed, "shedder", "cost", "scale", "instances", 3, 1),
            (base + _FIRST + 2, "router", "latency", "traffic_shift", "weight", 20, 80),
            (base + _INTERFACE, "tuner", "reliability", "config_change", "pool_size", 50, 200),
        )[:agents]
        offsets = np.sort(scene.rng.uniform(0, within_seconds, agents - 2))
        made: list[Event] = []
        for when, act in zip([0.0, *offsets.tolist(), within_seconds], acts, strict=True):
            place, role, mandate, type_, field, old, new = act
            made.append(
                scene.write(
                    at + when, place, scene.agent(role), new, old=old, field=field, type_=type_,
                    mandate=mandate, kind="ai_agent", detail=Detail(autonomy_level=3),
                )
            )  # fmt: skip
        for place in (base + _DATABASE, base + _FIRST):
            scene.see(
                at + 180, place, kind="symptom", signal="errors", value="high", user_visible=True
            )
        scene.label("compound", made, until=at + 180)

    return Trouble("compound", happen)


def inject_mass_action(
    services: list[int],
    *,
    at: float,
    waves: int = 1,
    pause_seconds: tuple[float, float] = (5.0, 20.0),
    habit_per_day: float = 2.0,
) -> Trouble:
    """Let one agent that acts twice a day on one thing act on all these services' deployments.

    In waves of so many at once, with a pause after each. Its habit begins with the history. A step
    is a target touched.
    """

    def happen(scene: Scene) -> None:
        agent = scene.agent("drainer")
        fields = {"field": "drained", "type_": "drain", "mandate": "patching", "trigger": "policy"}
        for day in range(int(at // DAY)):
            for _ in range(scene.rng.poisson(habit_per_day)):
                when = day * DAY + scene.rng.uniform(0, DAY)
                one = int(scene.rng.choice(services))
                scene.write(float(when), one, agent, True, old=False, **fields)
        now, made = at, list[Event]()
        for nth, service in enumerate(services):
            made.append(scene.write(now, service, agent, True, old=False, **fields))
            now += scene.lag(pause_seconds, "even") if (nth + 1) % waves == 0 else 0.2
        scene.label("mass_action", made)

    return Trouble("mass_action", happen)


def inject_cascade(
    services: list[int],
    *,
    at: float,
    branches: int = 1,
    lag_seconds: tuple[float, float] = (10.0, 60.0),
    spread: str = "none",
) -> Trouble:
    """Let an action on the first service lead to one on the next, and so on; each says by what.

    With more branches each leads to as many, of which only the first leads on. A step is one level
    deeper.
    """

    def happen(scene: Scene) -> None:
        cause: tuple[str, ...] = ()
        now, made, steps = at, list[Event](), list[int]()
        for depth, service in enumerate(services):
            for branch in range(branches if depth else 1):
                role = ("root", "follower", "helper", "healer", "balancer", "cleaner")[depth % 6]
                when = now + branch * 3.0
                event = scene.act(
                    when, service, agent=scene.agent(f"{role}-{branch}"), kind="script",
                    type_=("traffic_shift", "scale", "restart", "failover")[depth % 4],
                    trigger="failure" if depth else "policy", condition="load moved here",
                    target=scene.fleet.pods[service][branch % 3], caused_by=cause,
                )  # fmt: skip
                made.append(event)
                if branch == 0:
                    leads = event
            steps.append(leads.time)
            cause = (leads.id,)
            now += scene.lag(lag_seconds, spread)
        scene.label("cascade", made, steps=steps)

    return Trouble("cascade", happen)
