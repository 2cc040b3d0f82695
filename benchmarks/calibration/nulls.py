"""Histories of 90 days in which nothing gets worse, as services of one kind have them.

Rates are recoveries a day on average. Every service also tells an uptime, a time to recover and
four measures with each recovery, log-normal and without any trend, so that all tests run.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.calibration import draws
from benchmarks.calibration.harness import Happening

DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
DAYS = 90.0
Random = np.random.Generator
History = Callable[[Random, float], list[Happening]]
"""One service with this many recoveries a day."""

MEASURES = ("memory", "connections", "queue", "files")


def _recoveries(rng: Random, times: Iterator[float] | list[float]) -> list[Happening]:
    told = []
    for at in sorted(times):
        if at < DAYS * DAY:
            values = rng.lognormal(sigma=0.5, size=2 + len(MEASURES))
            measures = dict(zip(MEASURES, (float(v) * 100 for v in values[2:]), strict=True))
            uptime, duration = float(values[0]) * HOUR, float(values[1]) * 10
            told.append(Happening(at, uptime=uptime, duration=duration, measures=measures))
    return told


def _count(rate: float) -> int:
    mean = rate * DAYS
    return int(mean + 6 * math.sqrt(mean) + 20) * 2


def renewal(draw: draws.Draw) -> History:
    def history(rng: Random, rate: float) -> list[Happening]:
        return _recoveries(rng, list(np.cumsum(draw(rng, 1, _count(rate))[0]) * DAY / rate))

    return history


def _poisson(rng: Random, rate: float) -> list[float]:
    return list(np.cumsum(rng.exponential(DAY / rate, size=_count(rate))))


def bursty(rng: Random, rate: float) -> list[Happening]:
    """Each recovery draws 0.6 more, five minutes later on average."""
    newest = _poisson(rng, rate)
    times = list(newest)
    while newest:
        drawn = [at for at in newest for _ in range(rng.poisson(0.6))]
        newest = [at + rng.exponential(5 * MINUTE) for at in drawn]
        times += newest
    return _recoveries(rng, times)


def back_off(rng: Random, rate: float) -> list[Happening]:
    """Crash loops: 10 s, 20 s, 40 s, … 5 min apart, begun anew after ten good minutes."""
    times = []
    for begun in _poisson(rng, rate):
        at, pause = begun, 10.0
        for _ in range(int(rng.geometric(1 / 12))):
            times.append(at)
            good = rng.random() < 0.05
            at += pause + float(rng.exponential(3.0)) + (10 * MINUTE if good else 0)
            pause = 10.0 if good else min(2 * pause, 300.0)
    return _recoveries(rng, times)


def daily(share: Callable[[float], float]) -> History:
    """Recoveries follow the hour of the day; `share` is at most one."""
    mean = float(np.mean([share(hour / 10) for hour in range(240)]))

    def history(rng: Random, rate: float) -> list[Happening]:
        start = rng.uniform(0, 24)
        times = _poisson(rng, rate / mean)
        kept = [at for at in times if rng.random() < share((start + at / HOUR) % 24)]
        return [
            Happening(item.at + start * HOUR, "", 0, 0, item.uptime, item.duration, item.measures)
            for item in _recoveries(rng, kept)
        ]

    return history


def growing_fleet(rng: Random, rate: float) -> list[Happening]:
    """Three replicas become twelve within the 90 days; each is recovered as often as before."""
    changes = sorted(rng.uniform(0, DAYS * DAY, size=9))
    steps = [Happening(1.0, "replicas", 3, 3)]
    steps += [Happening(at, "replicas", 3 + k, 4 + k) for k, at in enumerate(changes)]
    times = [
        at
        for at in _poisson(rng, 1.6 * rate)
        if rng.random() < (3 + np.searchsorted(changes, at)) / 12
    ]
    return sorted([*steps, *_recoveries(rng, times)])


def deploy_days(*, told: bool) -> History:
    """Three deploys in two weeks, each followed by four recoveries within four hours on average."""

    def history(rng: Random, rate: float) -> list[Happening]:
        deploys = _poisson(rng, 3 / 14)
        times = _poisson(rng, rate)
        for at in deploys:
            times += list(at + rng.uniform(0, 4 * HOUR, size=rng.poisson(4)))
        said = [Happening(at, "image", 0, k + 1) for k, at in enumerate(deploys) if at < DAYS * DAY]
        return sorted([*said, *_recoveries(rng, times)] if told else _recoveries(rng, times))

    return history


NULLS: dict[str, History] = {
    "Poisson": renewal(draws.poisson),
    "Weibull, shape 0.5": renewal(draws.weibull(0.5)),
    "Weibull, shape 2": renewal(draws.weibull(2)),
    "bursty": bursty,
    "back-off": back_off,
    "daily rhythm, a wave": daily(lambda hour: (1 - 0.9 * math.cos(hour * math.pi / 12)) / 1.9),
    "daily rhythm, office hours": daily(lambda hour: 1.0 if 9 <= hour < 17 else 0.1),
    "growing fleet": growing_fleet,
    "deploy days, told": deploy_days(told=True),
    "deploy days, untold": deploy_days(told=False),
}
