"""Actions that do not hold, do not end, should not have been, or stop being told."""

from __future__ import annotations

import math

from overheal.model import Detail, Event
from overheal.testing.simulate.gaps import DAY
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene


def inject_ineffective(
    service: int,
    *,
    at: float,
    every_seconds: tuple[float, float] = (500.0, 700.0),
    spread: str = "none",
    rounds: int = 6,
) -> Trouble:
    """Let the same failure come back soon after each restart that "succeeded"."""

    def happen(scene: Scene) -> None:
        now, made = at, list[Event]()
        for _ in range(rounds):
            made.append(
                scene.act(
                    now, service, agent="kubelet", kind="platform", type_="restart",
                    trigger="failure", condition="connection pool exhausted", duration=5.0,
                    target=scene.fleet.pods[service][0],
                )
            )  # fmt: skip
            now += scene.lag(every_seconds, spread)
        scene.label("ineffective", made)

    return Trouble("ineffective", happen, frozenset({service}))


def inject_incomplete(service: int, *, at: float, within_seconds: float = 300.0) -> Trouble:
    """Let an action start that is never told to have finished."""

    def happen(scene: Scene) -> None:
        made = scene.act(
            at, service, agent=scene.agent("mover"), kind="workflow", type_="failover",
            phase="started", trigger="failure", condition="primary is slow",
            target=scene.fleet.deployments[service], detail=Detail(within=within_seconds),
        )  # fmt: skip
        scene.label("incomplete", [made])

    return Trouble("incomplete", happen)


def inject_disagreement(
    service: int, *, at: float, sources: int = 3, through: str = "evidence"
) -> Trouble:
    """Let an agent act although what it saw contradicts itself: healthy, degraded, normal.

    It says so in the `evidence` of its decision, or in the `signals` of its trigger.
    """
    seen = (
        ("monitoring", "health", "healthy"),
        ("application", "health", "degraded"),
        ("network", "health", "normal"),
    )[: max(2, sources)]

    def happen(scene: Scene) -> None:
        detail = Detail(confidence=0.9, evidence=seen, autonomy_level=2)
        if through == "signals":
            told = tuple((source, value) for source, _, value in seen)
            detail = Detail(confidence=0.9, signals=told, autonomy_level=2)
        made = scene.act(
            at, service, agent=scene.agent("sure"), kind="ai_agent", type_="restart",
            trigger="failure", condition="the application is degraded", detail=detail,
            target=scene.fleet.deployments[service], duration=5.0,
        )  # fmt: skip
        scene.label("disagreement", [made])

    return Trouble("disagreement", happen)


def inject_silence(
    service: int, *, at: float, every_seconds: float = 400.0, rhythm: str = "none"
) -> Trouble:
    """Let an agent that tells of itself from the start on stop at `at`.

    With the rhythm of a `day` it tells a third as often at night. The only step is when the next
    heartbeat is missing.
    """

    def happen(scene: Scene) -> None:
        now, made = float(scene.rng.uniform(0, every_seconds)), list[Event]()
        while now < at:
            made.append(
                scene.see(
                    now, service, kind="heartbeat", signal="alive", value="ok",
                    agent=scene.agent("reporter"), agent_kind="script", mandate="hygiene",
                )
            )  # fmt: skip
            slow = 2 - math.cos((now / DAY - 0.5) * 2 * math.pi) if rhythm == "day" else 1.0
            now += float(scene.rng.gamma(4, every_seconds / 4)) * slow
        missing = made[-1].time + round(every_seconds * 1_000_000)
        until = scene.plan.days * DAY
        scene.label("silence", made[-1:], steps=[missing], until=until)

    return Trouble("silence", happen)
