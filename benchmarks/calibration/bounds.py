"""What the best tests by ranks reach that know more than any detector can, by the error they spend.

Whoever sees ranks alone and knows the law and the change point has the likelihood ratio of ranks;
asked once, at the deadline, nothing that holds against every renewal process and looks at ranks
finds more (Neyman and Pearson). A test that knows the size of a step, but not its place, has the
sum of the ratios of the places at which a step would still be found in time, and rejects when that
reaches a limit (Shiryaev 1963, Roberts 1966, by windows); all its error goes to that one size.
"""

import math
from collections.abc import Iterator

import numpy as np

from benchmarks.calibration import draws
from benchmarks.calibration.reference import rank_evidence
from overheal.state.profiles import Floats

ERRORS = (0.01, 0.008, 0.003, 0.001)
HEAD = ("all the error spent on", "asked", *(f"at {error:.1%}" for error in ERRORS))
PATHS, FACTOR, WITHIN = 3000, 4.0, 20


def rows(rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure power laws with and without their first gap, and a fourfold step."""
    for beta, by in ((3.0, 38), (2.0, 65)):
        for unseen, words in ((0, ""), (1, ", first gap unseen")):
            gaps = draws.power_law(beta)(rng, PATHS, by)[:, unseen:]
            rates = np.array([1 / draws.mean_gap(i, beta) for i in range(1 + unseen, by + 1)])
            yield from _known(f"power law, beta {beta:g}, by gap {by}{words}", gaps, rates, rng, 0)
    rates = np.where(np.arange(50) >= 30, FACTOR, 1.0)
    gaps = draws.step(FACTOR, 30)(rng, PATHS, 50)
    yield from _known("4-fold step after 30 gaps, within 20", gaps, rates, rng, 30)
    for first, last in ((20, 60), (10, 120)):
        name = f"4-fold step after {first} to {last} gaps, within 20"
        yield [name, "every gap", *_shares(_anywhere(first, last, rng))]


def _known(
    name: str, gaps: Floats, rates: Floats, rng: np.random.Generator, after: int
) -> Iterator[list[str]]:
    null = rank_evidence(rng.exponential(size=(40_000, gaps.shape[1])), rates)
    told = rank_evidence(gaps, rates)
    once = [float((told > np.quantile(null, 1 - error)).mean()) for error in ERRORS]
    yield [name, "once, at the end", *_shares(once)]
    looks = [rank_evidence(gaps[:, :n], rates[:n]) for n in range(1, gaps.shape[1] + 1)]
    ratio = np.exp(np.stack(looks, axis=1))
    starts = np.full(len(gaps), after)
    always = [_found(ratio, ratio, starts, gaps.shape[1], error) for error in ERRORS]
    yield [name, "every gap", *_shares(always)]


def _anywhere(first: int, last: int, rng: np.random.Generator) -> list[float]:
    """Return the power over change points even in their logarithm."""
    places = np.arange(first, last + 1, 2)
    weights = 1 / places / (1 / places).sum()
    changes = rng.choice(places, size=PATHS, p=weights)
    index = np.arange(last + WITHIN)
    gaps = rng.exponential(size=(PATHS, len(index)))
    gaps[index >= changes[:, None]] /= FACTOR
    active, whole = np.zeros_like(gaps), np.zeros_like(gaps)
    for place, weight in zip(places, weights, strict=True):
        rates = np.where(index >= place, FACTOR, 1.0)
        looks = [rank_evidence(gaps[:, :n], rates[:n]) for n in range(1, len(index) + 1)]
        ratio = weight * np.exp(np.stack(looks, axis=1))
        whole += ratio
        active += ratio * ((index >= place) & (index < place + WITHIN))
    return [_found(active, whole, changes, WITHIN, error) for error in ERRORS]


def _found(statistic: Floats, ratio: Floats, after: Floats, within: int, error: float) -> float:
    """Return the share that rejects in time, if the error (Wald: the mean of 1 / ratio) is this."""
    low, high, paths = 0.0, 1e4, np.arange(len(statistic))
    while high - low > 1e-3 * high:
        middle = math.sqrt(max(low, 1e-2) * high)
        over = statistic >= middle
        terms = over.any(axis=1) / ratio[paths, over.argmax(axis=1)]
        low, high = (middle, high) if terms.mean() > error else (low, middle)
    over = statistic >= high
    stops = over.argmax(axis=1)
    return float((over.any(axis=1) & (stops >= after) & (stops < after + within)).mean())


def _shares(values: list[float]) -> list[str]:
    return [f"{value:.1%}" for value in values]
