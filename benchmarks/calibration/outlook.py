"""Whether the projected end lies within its 90 % range, and whether steps are named steps."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.calibration import draws
from benchmarks.calibration.draws import Draw
from overheal.state.profiles import Floats
from overheal.state.projection import project
from overheal.state.trend import TrendTest

DAY, FLOOR = 86_400.0, 60.0
Simulated = Callable[[np.random.Generator], tuple[Floats, float]]
"""Gaps in seconds, and how long after them the mean gap is down to FLOOR."""

PROJECTION_HEAD = ("gaps", "covered", "ends before", "ends after", "open end", "no projection")
NAMING_HEAD = ("what happened", "found", "called a step", "change within 5 gaps", "runs")


def _power_law(beta: float, n: int) -> Simulated:
    def simulated(rng: np.random.Generator) -> tuple[Floats, float]:
        times = np.cumsum(rng.exponential(size=n)) ** (1 / beta) * DAY
        end = DAY * (DAY / (beta * FLOOR)) ** (1 / (beta - 1))
        return np.diff(times, prepend=0.0), end - float(times[-1])

    return simulated


def _geometric(factor: float, n: int) -> Simulated:
    def simulated(rng: np.random.Generator) -> tuple[Floats, float]:
        means = DAY * factor ** np.arange(int(math.log(FLOOR / DAY) / math.log(factor)))
        return means[:n] * rng.exponential(size=n), float(means[n:].sum())

    return simulated


def projections(runs: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure the coverage of the 90 % range, where there is a projection."""
    kinds = [(f"power law, beta {b:g}, {n}", _power_law(b, n)) for b in (2, 3, 5) for n in (15, 38)]
    kinds += [
        (f"times {q:g} each, {n}", _geometric(q, n)) for q in (0.8, 0.9) for n in (10, 15, 30)
    ]
    for name, simulated in kinds:
        early = late = unended = known = 0
        for _ in range(runs):
            gaps, truth = simulated(rng)
            found = project(gaps.tolist(), FLOOR)
            if found is not None:
                known += 1
                unended += found.high is None
                early += truth < found.low
                late += found.high is not None and truth > found.high
        shares = [(known - early - late), early, late, unended]
        yield [
            name,
            *(f"{share / max(known, 1):.0%}" for share in shares),
            f"{1 - known / runs:.0%}",
        ]


def naming(runs: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure how often a step is told from a trend, and how well it is dated."""
    cases: list[tuple[str, Draw, int]] = [
        ("4-fold step after 30 gaps", draws.step(4, 30), 30),
        ("8-fold step after 20 gaps", draws.step(8, 20), 20),
        ("power law, beta 3", draws.power_law(3), 0),
        ("power law, beta 2", draws.power_law(2), 0),
    ]
    for name, draw, change in cases:
        verdicts = []
        for row in draw(rng, runs, 80):
            test = TrendTest(0.0075)
            told = [test.observe(float(gap), index) for index, gap in enumerate(row)]
            verdicts += [verdict for verdict in told if verdict is not None]
        found = max(len(verdicts), 1)
        steps = sum(verdict.kind == "step" for verdict in verdicts)
        near = sum(abs(verdict.change - change) <= 5 for verdict in verdicts)
        dated = f"{near / found:.0%}" if change else ""
        yield [name, f"{found / runs:.0%}", f"{steps / found:.0%}", dated, str(runs)]
