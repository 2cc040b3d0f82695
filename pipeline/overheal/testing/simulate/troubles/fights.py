"""Agents that undo each other."""

from __future__ import annotations

from overheal.model import Event
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene

_ROLES = (("scaler", "latency"), ("saver", "cost"), ("keeper", "conformity"), ("mover", "balance"))


def inject_fight(
    service: int,
    *,
    at: float,
    targets: int = 1,
    reaction_seconds: tuple[float, float] = (60.0, 300.0),
    spread: str = "none",
    rounds: int = 12,
    ring: int = 2,
    drift: int = 0,
    fields: str = "same",
) -> Trouble:
    """Let `ring` agents set a field to what each of them wants, in turn, `rounds` times a target.

    They meet on `targets` services from `service` on. With `drift`, what they want moves on by as
    much each time. With `paired` fields the second sets another property of the same thing, by
    which it undoes the first: the weight of a record, and its health check. A step is a reversal:
    every write but an agent's first on a target, and the second agent's first.
    """

    def happen(scene: Scene) -> None:
        roles = _ROLES[:ring]
        low = int(scene.rng.integers(2, 6))
        wants = [low + (ring - 1 - i) * int(scene.rng.integers(3, 7)) for i in range(ring)]
        made, steps = list[Event](), list[int]()
        for nth in range(targets):
            now, value = at + nth * scene.lag((30, 120), "even"), wants[-1]
            for turn in range(rounds):
                who = turn % ring
                agent, mandate = roles[who]
                field = ("weight", "health_check")[who] if fields == "paired" else "replicas"
                new = wants[who] + drift * (turn // ring)
                old = value if fields != "paired" else (0, 100)[(turn + 1) // ring % 2]
                if fields == "paired":
                    new = 100 - old
                event = scene.write(
                    now, service + nth, scene.agent(agent), new, old=old, mandate=mandate,
                    field=field, type_="traffic_shift" if fields == "paired" else "scale",
                )  # fmt: skip
                made.append(event)
                if turn:
                    steps.append(event.time)
                value = new
                now += scene.lag(reaction_seconds, spread)
        scene.label("fight", made, steps=sorted(steps))

    return Trouble("fight", happen)
