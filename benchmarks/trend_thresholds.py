"""Compute ``pipeline/overheal/state/trend_thresholds.json``.

    python benchmarks/trend_thresholds.py [--paths N] [--seed N] [--output FILE]

Wanted: the probability that exchangeable gaps ever push the statistic of ``overheal.state.trend``
over its boundary within HORIZON gaps. It is as small as 1e-6, so the null is not simulated. Gaps
are drawn from the alternatives instead: each path takes one rate profile with the weight it has in
the statistic M, and its gaps are exponential with these rates. M is then the likelihood ratio of
alternative to null, so by Wald's identity (Siegmund 1976, "Importance sampling in the Monte Carlo
study of sequential tests")

    P_null(rejected by HORIZON) = E_alternative[ 1 / M at the rejection; 0 if there is none ]

exactly. Each term is at most 1 / threshold, hence a relative standard error below 1 % with 10,000
paths (some three minutes on one core) at every alpha; the thresholds are set so that alpha is kept
by the estimate plus three standard errors. The rungs run from 5 % down to 1e-6: 25 nominal values
a decade, and the first run's share of each.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from overheal.state import trend
from overheal.state.profiles import (
    HORIZON,
    LOG_STRICT,
    LOG_WEIGHTS,
    RATES,
    Floats,
    log_evidence,
)
from overheal.state.trend import FIRST_SHARE, Rung, Table

MANTISSAS = (
    *(91, 82, 75, 68, 62, 56, 50, 47, 43, 39, 36, 33, 30),
    *(27, 24, 22, 20, 18, 16, 15, 13, 12, 11, 10, 80),
)
NOMINAL = [m / 10 ** (d + 1) for d in range(2, 7) for m in MANTISSAS if d > 2 or m <= 50]
LADDER = sorted({float(f"{a * s:.4g}") for a in NOMINAL for s in (1, FIRST_SHARE)}, reverse=True)
BATCH = 250
HIGHEST = -np.log(min(LADDER))  # no threshold is higher: Ville's inequality


def draw(paths: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw gaps (path by gap) from the mixture of alternatives."""
    weights = np.append(np.exp(LOG_WEIGHTS), np.exp(LOG_STRICT))
    chosen = rng.choice(len(weights), size=paths, p=weights / weights.sum())
    gaps = rng.exponential(size=(paths, HORIZON))
    strict = chosen == len(RATES)
    gaps[~strict] /= RATES[chosen[~strict]]
    gaps[strict] = -np.sort(-gaps[strict], axis=1)
    return gaps


def evidence(gaps: Floats) -> Floats:
    """Return the log statistic at every look (path by look), inf after it has reached HIGHEST."""
    found = np.full(gaps.shape, np.inf)
    going = np.arange(len(gaps))
    for n in range(1, gaps.shape[1] + 1):
        found[going, n - 1] = np.logaddexp(*log_evidence(np.argsort(gaps[going, :n], axis=1)))
        going = going[found[going, n - 1] - trend.rise(n) < HIGHEST]
        if not len(going):
            break
    return found


class Paths:
    """Simulated paths, and what they say about a threshold."""

    def __init__(self, paths: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.log_ratio = np.concatenate([evidence(draw(BATCH, rng)) for _ in range(paths // BATCH)])
        rises = np.array([trend.rise(n) for n in range(1, HORIZON + 1)])
        self.highest = np.maximum.accumulate(self.log_ratio - rises, axis=1)

    def rejects(self, limit: float) -> Floats:
        """Give every path's term: the inverse likelihood ratio at its rejection, or zero."""
        looks = (self.highest < limit).sum(axis=1)
        terms = np.zeros(len(looks))
        over = looks < HORIZON
        terms[over] = np.exp(-self.log_ratio[over, looks[over]])
        return terms

    def rung(self, alpha: float) -> Rung:
        """Find the threshold for alpha."""
        top = np.log(1 / alpha) + 5
        return Rung(alpha, _bisect(lambda x: _high(self.rejects(x)) > alpha, top))

    def relative_error(self, rung: Rung) -> float:
        """Return the standard error of the simulated alpha, as a part of it."""
        terms = self.rejects(rung.limit)
        return float(terms.std() / np.sqrt(len(terms)) / terms.mean())


def _high(terms: Floats) -> float:
    """Return their mean, three standard errors up."""
    return float(terms.mean() + 3 * terms.std() / np.sqrt(len(terms)))


def _bisect(too_low: Callable[[float], bool], top: float) -> float:
    """Find the smallest threshold, to three decimals, that is not too low."""
    low, high = -2000, int(top * 1000)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if too_low(middle / 1000) else (low, middle)
    return high / 1000


def main() -> None:
    """Simulate, solve, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument(
        "--output", type=Path, default=Path(trend.__file__).with_name("trend_thresholds.json")
    )
    options = parser.parse_args()
    paths = Paths(options.paths, options.seed)
    rungs = tuple(paths.rung(alpha) for alpha in LADDER)
    error = max(paths.relative_error(rung) for rung in rungs)
    table = Table(
        horizon=HORIZON,
        paths=options.paths,
        seed=options.seed,
        relative_error=round(error, 4),
        rungs=rungs,
    )
    text = msgspec.json.encode(table).decode()
    options.output.write_text(text.replace('{"alpha', '\n{"alpha') + "\n")
    print(f"{len(rungs)} rungs, relative standard error of alpha {table.relative_error:.2%}")


if __name__ == "__main__":
    main()
