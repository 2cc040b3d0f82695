"""What looks like a fight and is none."""

from __future__ import annotations

from collections.abc import Callable

from overheal.model import Event
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene

Told = Callable[[Scene, int, float, tuple[float, float]], list[Event]]


def inject_neighbour(
    kind: str, service: int, *, at: float, reaction_seconds: tuple[float, float] = (60.0, 300.0)
) -> Trouble:
    """Let something happen that is one of `NEIGHBOURS`, by agents of its own."""

    def happen(scene: Scene) -> None:
        made = NEIGHBOURS[kind](scene, service, at, reaction_seconds)
        scene.label(kind, made, harmful=False)

    return Trouble(kind, happen)


def _redundant(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """Two tools write the same value, which somebody else changes now and then."""
    made, value = [], 4
    for turn in range(16):
        if turn % 5 == 4:
            old, value = value, value + 1
            made.append(scene.write(at, service, scene.agent("owner"), value, old=old))
        tool = scene.agent(("first-tool", "second-tool")[turn % 2])
        at += scene.lag(lag, "even")
        made.append(scene.write(at, service, tool, value, mandate="conformity"))
        at += scene.lag(lag, "even")
    return made


def _cleanup(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """Something is made for each test run and cleared away after it."""
    made = []
    for _ in range(8):
        for role, old, new, kind in (
            ("maker", False, True, "other"),
            ("tidy", True, False, "cleanup"),
        ):
            made.append(
                scene.write(
                    at, service, scene.agent(role), new, old=old, field="exists", type_=kind
                )
            )
            at += scene.lag(lag, "even")
    return made


def _rollback(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """Release, let an analysis take it back, and release it repaired."""
    made, version = [], 10
    for _ in range(2):
        steps = (
            ("delivery", "deploy", version, version + 1, "rollout"),
            ("analysis", "rollback", version + 1, version, "failure"),
            ("delivery", "deploy", version, version + 2, "rollout"),
        )
        for role, type_, old, new, trigger in steps:
            made.append(
                scene.write(
                    at, service, scene.agent(role), f"v{new}", old=f"v{old}", field="image",
                    type_=type_, trigger=trigger,
                )
            )  # fmt: skip
            at += scene.lag(lag, "even")
        version += 2
    return made


def _autoscaler(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """One agent that scales up and down with demand, and a floor that somebody else sets once."""
    made, value = [], 4
    for turn in range(24):
        old, value = value, max(2, value + int(scene.rng.choice((-2, -1, 1, 2))))
        made.append(
            scene.write(
                at, service, scene.agent("autoscaler"), value, old=old, kind="autoscaler",
                trigger="demand", mandate="latency",
            )
        )  # fmt: skip
        at += scene.lag(lag, "even")
        if turn == 12:
            made.append(scene.write(at, service, scene.agent("planner"), value + 3, old=value))
            value += 3
            at += scene.lag(lag, "even")
    return made


def _blue_green(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """One tool that switches traffic between two colours, release by release."""
    made, colour = [], "blue"
    for _ in range(8):
        old, colour = colour, "green" if colour == "blue" else "blue"
        made.append(
            scene.write(
                at, service, scene.agent("switch"), colour, old=old, field="active",
                type_="traffic_shift", trigger="rollout",
            )
        )  # fmt: skip
        at += scene.lag(lag, "even") + 600
    return made


def _corrected(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """Let a human take back once what an autoscaler did; it insists, and is left alone."""
    who = {"kind": "human", "trigger": "manual"}
    auto = {"kind": "autoscaler", "trigger": "demand"}
    made = [scene.write(at, service, scene.agent("autoscaler"), 8, old=4, **auto)]
    at += scene.lag(lag, "even")
    made.append(scene.write(at, service, scene.agent("person"), 4, old=8, **who))
    at += scene.lag(lag, "even")
    made.append(scene.write(at, service, scene.agent("autoscaler"), 8, old=4, **auto))
    return made


def _corrected_many(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """Let a human take back what an autoscaler did on six services, once each."""
    who = {"kind": "human", "trigger": "manual"}
    auto = {"kind": "autoscaler", "trigger": "demand"}
    made = []
    for nth in range(6):
        first = at + 60.0 * nth
        made.append(scene.write(first, service + nth, scene.agent("autoscaler"), 8, old=4, **auto))
        later = first + scene.lag(lag, "even")
        made.append(scene.write(later, service + nth, scene.agent("person"), 4, old=8, **who))
    return made


def _follows(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """Let one autoscaler size the service and another its nodes, which follows both ways."""
    made, size, nodes = [], 10, 5
    for _ in range(20):
        step = 2 if size <= 4 else -2 if size >= 20 else int(scene.rng.choice((-2, 2)))
        made += _sized(scene, service, at, ("scaler", "replicas", size, size + step))
        later = at + float(scene.rng.uniform(30, 240))
        made += _sized(scene, service, later, ("noder", "node_count", nodes, nodes + step // 2))
        size, nodes = size + step, nodes + step // 2
        at += 300 + scene.lag(lag, "even")
    return made


def _strangers(scene: Scene, service: int, at: float, _: tuple[float, float]) -> list[Event]:
    """Two agents size replicas and nodes of one service by measures of their own, both ways."""
    made = []
    for role, field, value in (("scaler", "replicas", 10), ("noder", "node_count", 40)):
        now, old = at + float(scene.rng.uniform(0, 1800)), value
        for _turn in range(24):
            new = max(1, old + int(scene.rng.choice((-2, -1, 1, 2))))
            made += _sized(scene, service, now, (role, field, old, new))
            old, now = new, now + float(scene.rng.exponential(1500))
    return made


def _sized(scene: Scene, service: int, at: float, what: tuple[str, str, int, int]) -> list[Event]:
    role, field, old, new = what
    mandate = {"scaler": "latency", "noder": "cost"}[role]
    return [
        scene.write(
            at, service, scene.agent(role), new, old=old, field=field, kind="autoscaler",
            trigger="demand", mandate=mandate,
        )
    ]  # fmt: skip


def _shifts(scene: Scene, service: int, at: float, _: tuple[float, float]) -> list[Event]:
    """Alternate a day shift and a night shift, every twelve hours."""
    made = []
    for _turn in range(3):
        for role, old, new in (("day", 2, 10), ("night", 10, 2)):
            made.append(
                scene.write(at, service, scene.agent(role), new, old=old, trigger="schedule")
            )
            at += 43_200
    return made


def _handover(scene: Scene, service: int, at: float, lag: tuple[float, float]) -> list[Event]:
    """One agent hands over to another, which goes on in the same direction."""
    made, value = [], 2
    for turn in range(12):
        old, value = value, value + 1
        role = "old-hand" if turn < 6 else "new-hand"
        made.append(scene.write(at, service, scene.agent(role), value, old=old))
        at += scene.lag(lag, "even")
    return made


NEIGHBOURS: dict[str, Told] = {
    "redundant": _redundant,
    "cleanup": _cleanup,
    "rollback": _rollback,
    "autoscaler": _autoscaler,
    "blue_green": _blue_green,
    "corrected": _corrected,
    "corrected_many": _corrected_many,
    "follows": _follows,
    "strangers": _strangers,
    "shifts": _shifts,
    "handover": _handover,
}
"""Neighbours of fights by name."""
