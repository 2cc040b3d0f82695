"""Agents that undo each other."""

from __future__ import annotations

from overheal.model import Event
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene

_ROLES = (("scaler", "latency"), ("saver", "cost"), ("keeper", "conformity"), ("mover", "balance"))
_PAIRED = (("weight", 10, 10), ("health_check", 100, -10))
"""Two fields of one record, what each is at first, and what every write adds to it."""
_RELEASED = ({"trigger": "demand"}, {"trigger": "rollout", "type_": "deploy"})


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
    released: bool = False,
) -> Trouble:
    """Let `ring` agents set a field to what each of them wants, in turn, `rounds` times a target.

    They meet on `targets` services from `service` on. With `drift`, what they want moves on by as
    much each time. With `paired` fields the second undoes the first through another property of the
    same thing: one gives a record more weight, the other takes more of it out of service. With
    `released`, the first follows demand and the second sets its value by releasing. A step is a
    reversal: every write but an agent's first on a target, and the second agent's first.
    """

    def happen(scene: Scene) -> None:
        roles = _ROLES[:ring]
        low = int(scene.rng.integers(2, 6))
        wants = [low + (ring - 1 - i) * int(scene.rng.integers(3, 7)) for i in range(ring)]
        made, steps = list[Event](), list[int]()
        for nth in range(targets):
            now, value = at + nth * scene.lag((30, 120), "even"), wants[-1]
            paired = {field: first for field, first, _ in _PAIRED}
            for turn in range(rounds):
                who = turn % ring
                agent, mandate = roles[who]
                new = wants[who] + drift * (turn // ring)
                how = {"old": value, "mandate": mandate}
                if fields == "paired":
                    field, _, more = _PAIRED[who]
                    how |= {"field": field, "old": paired[field], "type_": "traffic_shift"}
                    new = paired[field] = paired[field] + more
                if released:
                    how |= _RELEASED[who]
                event = scene.write(now, service + nth, scene.agent(agent), new, **how)
                made.append(event)
                if turn == 1 or turn >= ring:
                    steps.append(event.time)
                value = new
                now += scene.lag(reaction_seconds, spread)
        scene.label("fight", made, steps=sorted(steps))

    return Trouble("fight", happen)
