"""When the recoveries of one service happen: renewal processes, and what life makes of them.

All times are seconds after the start of the history. A process is drawn with gaps of mean one in a
time of its own, which runs faster where the rate is higher (by the hour, by the number of
replicas), and is then mapped to the clock; bursts and what follows releases are added to that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAY = 86_400.0
HOUR = 3600.0


@dataclass(frozen=True)
class Recoveries:
    """How services recover when nothing gets worse.

    `gaps` is `exponential`, `weibull` or `gamma` (with `shape`), `lognormal` (with `sigma`) or
    `hyperexponential` (a `share` of gaps is `ratio` times as long); each service draws its mean
    rate from `per_day`, evenly on the logarithm. `rhythm`, `branching`, `clusters`, `backoff`,
    `growth` and `deploys` take the keys that are read below.
    """

    gaps: str = "exponential"
    per_day: tuple[float, float] = (0.3, 1.0)
    shape: float = 1.0
    sigma: float = 1.0
    share: float = 0.5
    ratio: float = 1.0
    rhythm: Mapping[str, Any] = field(default_factory=dict)
    branching: Mapping[str, Any] = field(default_factory=dict)
    clusters: Mapping[str, Any] = field(default_factory=dict)
    backoff: Mapping[str, Any] = field(default_factory=dict)
    growth: Mapping[str, Any] = field(default_factory=dict)
    deploys: Mapping[str, Any] = field(default_factory=dict)

    def rate(self, rng: np.random.Generator) -> float:
        """Return one service's mean number of recoveries a day."""
        low, high = self.per_day
        return float(math.exp(rng.uniform(math.log(low), math.log(high))))

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return `count` gaps of mean one."""
        if self.gaps == "exponential":
            return rng.exponential(size=count)
        if self.gaps == "weibull":
            return rng.weibull(self.shape, size=count) / math.gamma(1 + 1 / self.shape)
        if self.gaps == "gamma":
            return rng.gamma(self.shape, 1 / self.shape, size=count)
        if self.gaps == "lognormal":
            return rng.lognormal(-(self.sigma**2) / 2, self.sigma, size=count)
        if self.gaps == "hyperexponential":
            short = 1 / (1 - self.share + self.share * self.ratio)
            scale = np.where(rng.random(count) < self.share, self.ratio, 1.0) * short
            return rng.exponential(size=count) * scale
        raise ValueError(f"gaps: {self.gaps!r} is no known process")

    def times(
        self, rng: np.random.Generator, days: float, steps: Floats, releases: Floats
    ) -> Floats:
        """Return one service's recoveries; it has one replica more at each of `steps`' entries.

        `steps` has a row (time, replicas as a multiple of the first number) for each change.
        """
        clock, own = self._clock(days, steps)
        rate = self.rate(rng)
        count = int(own[-1] / DAY * rate * 1.2 + 20)
        drawn = np.cumsum(self.draw(rng, count)) / rate * DAY
        while drawn[-1] < own[-1]:
            more = np.cumsum(self.draw(rng, count)) / rate * DAY + drawn[-1]
            drawn = np.concatenate([drawn, more])
        times = np.interp(drawn[drawn < own[-1]], own, clock)
        times = self._bursts(rng, times)
        if self.deploys and len(releases):
            times = np.concatenate([times, self._after(rng, releases)])
        return np.sort(times[times < days * DAY])

    def _clock(self, days: float, steps: Floats) -> tuple[Floats, Floats]:
        """Return clock and own time, hour by hour, both in seconds."""
        clock = np.arange(0, days * DAY + HOUR, HOUR)
        speed = np.ones(len(clock) - 1)
        if self.rhythm:
            speed = by_the_hour(clock[:-1], self.rhythm)
            week = by_the_hour(np.arange(0, 7 * DAY, HOUR), self.rhythm)
            speed = speed / week.mean()
        if len(steps):
            place = np.searchsorted(steps[:, 0], clock[:-1], side="right")
            speed = speed * np.concatenate([[1.0], steps[:, 1]])[place]
        return clock, np.concatenate([[0.0], np.cumsum(speed * HOUR)])

    def _bursts(self, rng: np.random.Generator, times: Floats) -> Floats:
        if self.branching:
            newest, every = times, [times]
            while len(newest):
                newest = np.repeat(newest, rng.poisson(self.branching["offspring"], len(newest)))
                delay = rng.exponential(self.branching["delay_seconds"], len(newest))
                newest = newest + delay
                every.append(newest)
            return np.concatenate(every)
        if self.clusters:
            sizes = rng.integers(0, self.clusters["most"], len(times))
            spread = rng.exponential(self.clusters["spread_seconds"], int(sizes.sum()))
            return np.concatenate([times, np.repeat(times, sizes) + spread])
        if self.backoff:
            return np.concatenate([times, *(self._back_off(rng, at) for at in times)])
        return times

    def _back_off(self, rng: np.random.Generator, at: float) -> Floats:
        """Return the attempts that follow a first one, ever later up to the cap."""
        how = self.backoff
        low, high = how["attempts"]
        number = np.arange(rng.integers(low, high + 1))
        wait = np.minimum(how["first_seconds"] * how["factor"] ** number, how["cap_seconds"])
        jitter = 1 + how["jitter"] * rng.uniform(-1, 1, len(number))
        return at + np.cumsum(wait * jitter)

    def _after(self, rng: np.random.Generator, releases: Floats) -> Floats:
        many = np.repeat(releases, rng.poisson(self.deploys["mean_extra"], len(releases)))
        scale = float(self.deploys["seconds"])
        if self.deploys["tail"] == "lognormal":
            return many + scale * rng.lognormal(0.0, 1.0, len(many))
        return many + rng.exponential(scale, len(many))


def by_the_hour(times: Floats, rhythm: Mapping[str, Any]) -> Floats:
    """Return how busy a week is at these seconds after Monday midnight."""
    hour, weekday = times % DAY / HOUR, times // DAY % 7
    if rhythm["shape"] == "sine":
        busy = 1 + rhythm["amplitude"] * np.sin((hour - 9) / 24 * 2 * np.pi)
    else:
        busy = np.where((hour >= 8) & (hour < 19), 1.0, rhythm["night"])
    return np.asarray(np.where(weekday >= 5, rhythm["weekend"] * busy, busy))
