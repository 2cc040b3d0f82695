"""Services that get worse while every recovery succeeds."""

from __future__ import annotations

import math

import numpy as np

from overheal.model import Event
from overheal.testing.simulate.fleet import PODS
from overheal.testing.simulate.gaps import DAY, Floats, Recoveries
from overheal.testing.simulate.plan import Trouble
from overheal.testing.simulate.scene import Scene


def inject_degradation(
    service: int,
    *,
    at: float = 0.0,
    law: str = "power",
    beta: float = 3.0,
    ratio: float = 10.0,
    gaps: int = 60,
    per_day: float = 0.5,
) -> Trouble:
    """Let recoveries come faster and faster from `at` on, over this many gaps.

    By `power`, the mean count is proportional to time to the `beta` (beta 1 is steady); by
    `loglinear`, the rate grows exponentially to `ratio` times the first. `per_day` is the mean
    rate over all gaps. A step is a gap that ended.
    """

    def happen(scene: Scene) -> None:
        count = np.cumsum(scene.rng.exponential(size=gaps))
        if law == "power":
            times = (count / gaps) ** (1 / beta)
        else:
            times = np.log1p(count / gaps * (ratio - 1)) / math.log(ratio)
        span = gaps / per_day * DAY
        _restart(scene, "degradation", service, at + times * span, 0)

    return Trouble("degradation", happen, frozenset({service}))


def inject_step(
    service: int,
    *,
    at: float = 0.0,
    factor: float = 4.0,
    after: int = 30,
    gaps: int = 40,
    per_day: float = 0.8,
    law: str = "exponential",
    shape: float = 1.0,
) -> Trouble:
    """Let recoveries come `factor` times as fast after so many gaps at `per_day`.

    Gaps are those of `gaps.Recoveries` by `law` and `shape`; a step is a gap after the change.
    """

    def happen(scene: Scene) -> None:
        drawn = Recoveries(gaps=law, shape=shape).draw(scene.rng, after + gaps) / per_day * DAY
        drawn[after:] /= factor
        _restart(scene, "step", service, at + np.cumsum(drawn), after)

    return Trouble("step", happen, frozenset({service}))


def _restart(scene: Scene, kind: str, service: int, times: Floats, quiet: int) -> None:
    made: list[Event] = []
    begun = [0.0] * PODS
    for when in times.tolist():
        pod, took = int(scene.rng.integers(PODS)), float(scene.rng.exponential(8.0))
        made.append(
            scene.act(
                when + took,
                service,
                agent="kubelet",
                kind="platform",
                type_="restart",
                trigger="failure",
                condition="liveness probe failed",
                duration=took,
                target=scene.fleet.pods[service][pod],
                uptime=when - begun[pod],
            )
        )
        begun[pod] = when
    made = [event for event in made if event.time < scene.plan.end]
    scene.events = sorted(made, key=lambda event: event.time)
    worse = scene.events[quiet:]
    if worse:
        scene.label(kind, worse)
