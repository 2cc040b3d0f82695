"""The same again and again: restarts in a storm, a setting that goes to and fro."""

from __future__ import annotations

from overheal.model import Event
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene


def inject_storm(
    service: int,
    *,
    at: float,
    every_seconds: tuple[float, float] = (240.0, 360.0),
    spread: str = "none",
    rounds: int = 12,
) -> Trouble:
    """Let a service be restarted many times within the hour, for another reason each time.

    A step is a restart.
    """

    def happen(scene: Scene) -> None:
        now, made = at, list[Event]()
        for turn in range(rounds):
            made.append(
                scene.act(
                    now, service, agent="kubelet", kind="platform", type_="restart",
                    trigger="failure", condition=f"probe {turn} failed", duration=5.0,
                    target=scene.fleet.pods[service][turn % 3],
                )
            )  # fmt: skip
            now += scene.lag(every_seconds, spread)
        scene.label("storm", made)

    return Trouble("storm", happen, frozenset({service}))


def inject_flapping(
    service: int,
    *,
    at: float,
    every_seconds: tuple[float, float] = (300.0, 900.0),
    spread: str = "none",
    rounds: int = 8,
) -> Trouble:
    """Let one agent change a setting and change it back, again and again.

    A step is a reversal: every write but the first.
    """

    def happen(scene: Scene) -> None:
        now, made = at, list[Event]()
        for turn in range(rounds):
            old, new = ((50, 200), (200, 50))[turn % 2]
            made.append(
                scene.write(
                    now, service, scene.agent("tuner"), new, old=old, field="pool_size",
                    type_="config_change", mandate="performance",
                )
            )  # fmt: skip
            now += scene.lag(every_seconds, spread)
        scene.label("flapping", made, steps=[event.time for event in made[1:]])

    return Trouble("flapping", happen)
