"""Measure false alarms and power of ``overheal.state.trend``, beside a permutation test.

    python benchmarks/calibrate.py [--quick] [--seed N]

Prints a Markdown page. Conventions: every gap is looked at as it comes; the first gap runs from
the birth of the service (t = 0), which is known; a power-law process has a mean count
proportional to t^beta; bursty recoveries are a branching Poisson process (each recovery draws
0.6 more, minutes later), collapsed into episodes that end after 15 quiet minutes, with gaps from
start to start. The reference is Laplace's statistic (mean event position) with permuted gaps,
looked at after 6, 8, 10, 13, … 110 gaps, 1 % split evenly over these twelve looks. All tests judge
the same runs. False alarms up to 90 days stop at the last gap within them.
"""

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

import msgspec
import numpy as np
from numpy.typing import NDArray

from overheal.state import trend
from overheal.state.trend import HORIZON, KEPT, Floats, GapTest

Counts = NDArray[np.int64]
Draw = Callable[[np.random.Generator, int, int], Floats]
NEVER = 10**6
LOOKS = (6, 8, 10, 13, 17, 22, 29, 38, 50, 65, 85, 110)
REFERENCE_ALPHA = 0.01
PERMUTATIONS, ENUMERATED = 4001, 50_000  # all permutations where they are so few
ALPHAS = (0.008, 0.01)
DAYS = 90.0
BATCH = 250


def poisson(rng: np.random.Generator, paths: int, gaps: int) -> Floats:
    return rng.exponential(size=(paths, gaps))


def weibull(shape: float) -> Draw:
    mean = math.gamma(1 + 1 / shape)
    return lambda rng, paths, gaps: rng.weibull(shape, size=(paths, gaps)) / mean


def bursty(rng: np.random.Generator, paths: int, gaps: int) -> Floats:
    """Draw episodes of a branching process; one founding recovery per unit of time (8 hours)."""
    quiet, delay = 15 / 480, 5 / 480
    rows = []
    for _ in range(paths):
        newest = np.cumsum(rng.exponential(size=2 * gaps + 40))
        events = [newest]
        while len(newest):
            newest = np.repeat(newest, rng.poisson(0.6, size=len(newest)))
            newest = newest + rng.exponential(delay, size=len(newest))
            events.append(newest)
        times = np.sort(np.concatenate(events))
        starts = times[np.append(True, np.diff(times) >= quiet)]
        rows.append(np.diff(starts[:gaps], prepend=0.0))
    return np.array(rows)


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


def stopped(gaps: Floats, alphas: tuple[float, ...]) -> list[Counts]:
    """Count the gaps until ``GapTest`` rejects (NEVER if it does not), for each alpha."""
    paths, total = gaps.shape
    result = [np.full(paths, NEVER) for _ in alphas]
    begin, run = 0, 1
    while begin + (KEPT if run > 1 else 0) < total:
        limits = [trend.rung(alpha * trend.share(run)) for alpha in alphas]
        for n in range(KEPT + 1 if run > 1 else 1, min(HORIZON, total - begin) + 1):
            order = np.argsort(gaps[:, begin : begin + n], axis=1, kind="stable")
            by_trend, by_step = (values - trend.rise(n) for values in trend.log_evidence(order))
            for limit, found in zip(limits, result, strict=True):
                if limit is not None:
                    over = (by_trend >= limit.trend) | (by_step >= limit.step)
                    found[over & (found == NEVER)] = begin + n
        begin, run = begin + HORIZON - KEPT, run + 1
    return result


def class_agrees(gaps: Floats, alpha: float, found: int) -> bool:
    """Run the shipped class, through a serialisation half way, over the same gaps."""
    test, verdict = GapTest(alpha=alpha), None
    for index, gap in enumerate(gaps):
        if index == len(gaps) // 2:
            test = msgspec.msgpack.decode(msgspec.msgpack.encode(test), type=GapTest)
        verdict = test.observe(float(gap), index) or verdict
    return (verdict.gaps if verdict else NEVER) == found


def permuted(gaps: Floats, rng: np.random.Generator) -> Counts:
    """Count the gaps until the reference rejects, NEVER if it does not."""
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
        found[(exceeding <= REFERENCE_ALPHA / len(LOOKS)) & (found == NEVER)] = n
    return found


@dataclass(frozen=True)
class Sample:
    """Stopping times of all tests on the same runs; columns: our alphas, then the reference."""

    gaps: Floats
    stops: tuple[Counts, ...]

    def share(self, first: int, last: int | Counts) -> list[str]:
        """Tell which share stopped after ``first`` and up to ``last`` gaps."""
        return [f"{((s > first) & (s <= last)).mean():.1%}" for s in self.stops]

    def median(self, after: int) -> list[str]:
        """Tell the median number of gaps needed after gap ``after``."""
        delays = [float(np.median(np.where(s > after, s - after, NEVER))) for s in self.stops]
        return ["more" if d > NEVER / 2 else f"{d:.0f}" for d in delays]


def sample(draw: Draw, paths: int, gaps: int, rng: np.random.Generator) -> Sample:
    """Judge ``paths`` runs, and a few of them by the shipped class as well."""
    parts = []
    for _ in range(max(paths // BATCH, 1)):
        drawn = draw(rng, BATCH, gaps)
        ours = stopped(drawn, ALPHAS)
        if not all(class_agrees(drawn[i], ALPHAS[0], int(ours[0][i])) for i in range(2)):
            raise AssertionError("GapTest and its vectorised form differ")
        parts.append((drawn, *ours, permuted(drawn, rng)))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Sample(columns[0], tuple(columns[1:]))


def rows(scale: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure; ``scale`` divides the number of runs."""
    nulls = {
        "Poisson": poisson,
        "Weibull, shape 0.5": weibull(0.5),
        "Weibull, shape 2": weibull(2),
        "bursty, in episodes": bursty,
    }
    for name, draw in nulls.items():
        got = sample(draw, 4000 // scale, 110, rng)
        yield [f"false alarms, {name}, 110 gaps", *got.share(0, 110), str(len(got.gaps))]
        for rate, gaps, paths in ((0.3, 60, 3000), (1.0, 140, 2000), (3.0, 340, 1000)):
            got = sample(draw, paths // scale, gaps, rng)
            mean = got.gaps.mean()
            within = (np.cumsum(got.gaps / mean / rate, axis=1) <= DAYS).sum(axis=1)
            label = f"false alarms, {name}, 90 days at {rate:g} a day"
            yield [label, *got.share(0, within), str(len(got.gaps))]
    runs = 3000 // scale
    got = sample(power_law(3), runs, 38, rng)
    yield ["power law, beta 3: by the 38th gap", *got.share(0, 38), str(len(got.gaps))]
    got = sample(power_law(2), runs, 65, rng)
    for last in (38, 65):
        yield [f"power law, beta 2: by gap {last}", *got.share(0, last), str(len(got.gaps))]
    got = sample(step(4, 30), runs, 110, rng)
    for within in (20, 30):
        label = f"fourfold step after 30 gaps: within {within}"
        yield [label, *got.share(30, 30 + within), str(len(got.gaps))]
    yield ["fourfold step after 30 gaps: median delay", *got.median(30), str(len(got.gaps))]
    got = sample(step(2, 30), runs, 110, rng)
    yield ["twofold step after 30 gaps: within 80", *got.share(30, 110), str(len(got.gaps))]
    yield ["twofold step after 30 gaps: median delay", *got.median(30), str(len(got.gaps))]
    hours = np.array([[72.0, 60, 50, 41, 33, 26, 20, 15, 11, 8]])
    stops = [*stopped(hours, ALPHAS), permuted(hours, rng)]
    label = "72, 60, 50, 41, 33, 26, 20, 15, 11, 8 h: at gap"
    yield [label, *(str(int(s[0])) for s in stops), "1"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="an eighth of the runs")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    table = trend.thresholds()
    print("# Calibration: are the gaps getting shorter?\n")
    print(*(__doc__ or "").split("\n\n")[2:], sep="\n\n")
    print(
        f"Seed {options.seed}. Thresholds from {table.paths:,} simulated paths (seed {table.seed}; "
        f"standard error of alpha at most {table.relative_error:.2%} of it, set three of these "
        f"on the safe side).\nA share p of N runs has the standard error sqrt(p (1 - p) / N): "
        "0.14 points for 0.8 % of 4,000.\n"
    )
    print("| measured | ours, 0.8 % | ours, 1 % | permutation, 1 % | runs |")
    print("|---|---:|---:|---:|---:|")
    for row in rows(8 if options.quick else 1, np.random.default_rng(options.seed)):
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
