"""Gaps of simulated services: what must not be found, and what must.

A draw returns gaps (path by gap), one on average before anything changes. The first gap runs from
the birth of the service (t = 0), which is known; a power-law process has a mean count proportional
to t^beta.
"""

import math
from collections.abc import Callable

import numpy as np

from overheal.state.profiles import Floats

Draw = Callable[[np.random.Generator, int, int], Floats]


def poisson(rng: np.random.Generator, paths: int, gaps: int) -> Floats:
    return rng.exponential(size=(paths, gaps))


def weibull(shape: float) -> Draw:
    mean = math.gamma(1 + 1 / shape)
    return lambda rng, paths, gaps: rng.weibull(shape, size=(paths, gaps)) / mean


def power_law(beta: float) -> Draw:
    def draw(rng: np.random.Generator, paths: int, gaps: int) -> Floats:
        times = np.cumsum(rng.exponential(size=(paths, gaps)), axis=1) ** (1 / beta)
        return np.diff(times, axis=1, prepend=0.0)

    return draw


def step(factor: float, after: int) -> Draw:
    def draw(rng: np.random.Generator, paths: int, gaps: int) -> Floats:
        drawn = rng.exponential(size=(paths, gaps))
        drawn[:, after:] /= factor
        return drawn

    return draw


def mean_gap(i: int, beta: float) -> float:
    """Return the mean of gap i if the mean count is t^beta, up to a factor."""
    return math.exp(math.lgamma(i - 1 + 1 / beta) - math.lgamma(i))
