"""Tests to compare with: permuted Laplace, and oracles that know what will happen.

The permutation test takes Laplace's statistic (mean event position), looked at after 6, 8, 10, 13,
… 110 gaps, with 1 % split evenly over these twelve looks. An oracle knows the family, its parameter
and the change point, everything but the rate. The one that sees ranks alone is the likelihood ratio
of ranks, the best test that holds against any renewal process and uses nothing else. It is asked
once, at the deadline; or after every gap until then, with a constant boundary. The one that sees
the gaps themselves knows that they are exponential, and is asked once.
"""

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration.draws import Draw
from overheal.state.profiles import Floats

NEVER = 10**6
ALPHA = 0.01
LOOKS = (6, 8, 10, 13, 17, 22, 29, 38, 50, 65, 85, 110)
PERMUTATIONS, ENUMERATED = 4001, 50_000  # all permutations where they are so few


def permuted(gaps: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Count the gaps until the permutation test rejects, NEVER if it does not."""
    found = np.full(len(gaps), NEVER)
    for n in (look for look in LOOKS if look <= gaps.shape[1]):
        weights = np.arange(n, 0, -1.0)  # gap j delays events j … n: the sum of event times
        if math.factorial(n) <= ENUMERATED:
            shuffled = np.array(list(permutations(weights)))
        else:
            drawn = rng.permuted(np.tile(weights, (PERMUTATIONS - 1, 1)), axis=1)
            shuffled = np.vstack([weights, drawn])
        reached = gaps[:, :n] @ weights
        exceeding = (gaps[:, :n] @ shuffled.T >= reached[:, None] * (1 - 1e-12)).mean(axis=1)
        found[(exceeding <= ALPHA / len(LOOKS)) & (found == NEVER)] = n
    return found


def rank_evidence(gaps: Floats, rates: Floats) -> Floats:
    """Return the log likelihood ratio of the order of all gaps (one a path) for these rates."""
    n = gaps.shape[1]
    longest_first = np.argsort(-gaps, axis=1)
    at_risk = np.cumsum(rates[longest_first], axis=1)
    told: Floats = np.log(rates).sum() + math.lgamma(n + 1) - np.log(at_risk).sum(axis=1)
    return told


def once_by_ranks(gaps: Floats, rates: Floats, rng: np.random.Generator) -> float:
    """Return the power of one look at the last gap."""
    null = rank_evidence(rng.exponential(size=(40_000, gaps.shape[1])), rates)
    limit = np.quantile(null, 1 - ALPHA)
    return float((rank_evidence(gaps, rates) > limit).mean())


def always_by_ranks(gaps: Floats, rates: Floats, after: int) -> float:
    """Return the power of a look after every gap; stops up to gap `after` do not count.

    The boundary is set with Wald's identity: the error is the mean of 1 / ratio at the rejection.
    """
    looks = [rank_evidence(gaps[:, :n], rates[:n]) for n in range(1, gaps.shape[1] + 1)]
    values = np.stack(looks, axis=1)
    low, high = 0.0, -math.log(ALPHA)
    while high - low > 1e-3:
        middle = (low + high) / 2
        over = values >= middle
        terms = np.exp(-values[np.arange(len(values)), over.argmax(axis=1)]) * over.any(axis=1)
        low, high = (middle, high) if terms.mean() > ALPHA else (low, middle)
    over = values >= high
    return float((over.any(axis=1) & (over.argmax(axis=1) >= after)).mean())


Statistic = Callable[[Floats], Floats]


def event_positions(gaps: Floats) -> Floats:
    """Return the best statistic for a power law: the less the sum of log(t_n / t_i), the more."""
    times = np.cumsum(gaps, axis=1)
    told: Floats = -np.log(times[:, -1:] / times).sum(axis=1)
    return told


def means_around(change: int) -> Statistic:
    """Return the best statistic for a step: how many times the mean gap before is that after."""
    return lambda gaps: gaps[:, :change].mean(axis=1) / gaps[:, change:].mean(axis=1)


def once_by_gaps(gaps: Floats, statistic: Statistic, draw: Draw, rng: np.random.Generator) -> float:
    """Return the power of one look at the gaps themselves; `draw` is the null."""
    limit = np.quantile(statistic(draw(rng, 40_000, gaps.shape[1])), 1 - ALPHA)
    return float((statistic(gaps) > limit).mean())
