"""How soon what must be found is found, beside other tests and what could be reached at most."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.calibration import draws, reference
from benchmarks.calibration.draws import Draw
from benchmarks.calibration.harness import START, judged, recovered_at
from benchmarks.calibration.reference import NEVER
from overheal.state.profiles import Floats
from overheal.state.trend import TrendTest

DAY = 86_400.0
ONE_PERCENT = 0.01


@dataclass(frozen=True)
class Goal:
    """What must be found up to gap `by`, and not before gap `after`, in this share of runs."""

    name: str
    draw: Draw
    after: int
    by: int
    wanted: float | None
    beta: float = 0.0
    factor: float = 0.0


def _power_law(beta: float, by: int, wanted: float | None) -> Goal:
    name = f"power law, beta {beta:g}: by gap {by}"
    return Goal(name, draws.power_law(beta), 0, by, wanted, beta=beta)


def _step(factor: float, after: int, within: int, wanted: float | None) -> Goal:
    name = f"{factor:g}-fold step after {after} gaps: within {within}"
    return Goal(name, draws.step(factor, after), after, after + within, wanted, factor=factor)


GOALS = (
    _power_law(3, 38, 0.90),
    _power_law(2, 65, 0.95),
    _step(4, 30, 20, 0.80),
    _power_law(2, 38, None),
    _step(4, 30, 30, None),
    _step(2, 30, 80, None),
    # mechanisms and ranges that no weight was chosen for
    _power_law(2.5, 50, None),
    _step(3, 20, 25, None),
    _step(6, 60, 15, None),
    _step(8, 12, 12, None),
)


def by_detector(gaps: Floats, day: float) -> int:
    """Return after how many gaps the detector as shipped opens a finding; `day` gaps are a day."""
    times = np.cumsum(np.append(0.0, gaps)) * DAY / day
    findings = judged(recovered_at(list(times + DAY))).findings
    if not findings:
        return NEVER
    first = min(finding.detected_at for finding in findings)
    told = np.floor((times + DAY) * 1e6) + START
    return int(np.searchsorted(told, first - 2))


def by_test(gaps: Floats, alpha: float) -> int:
    """Return after how many gaps the bare test rejects."""
    test = TrendTest(alpha)
    for index, gap in enumerate(gaps):
        if test.observe(float(gap), index) is not None:
            return index + 1
    return NEVER


def _rates(goal: Goal, n: int) -> Floats:
    index = np.arange(1, n + 1)
    if goal.factor:
        return np.where(index > goal.after, goal.factor, 1.0)
    mean = [draws.mean_gap(int(i), goal.beta) for i in index]
    return 1 / np.array(mean)


def _oracles(goal: Goal, gaps: Floats, rng: np.random.Generator) -> list[float]:
    rates = _rates(goal, goal.by)
    statistic = reference.means_around(goal.after) if goal.factor else reference.event_positions
    return [
        reference.always_by_ranks(gaps, rates, goal.after),
        reference.once_by_ranks(gaps, rates, rng),
        reference.once_by_gaps(gaps, statistic, draws.poisson, rng),
    ]


HEAD = (
    "found",
    "goal",
    "detector",
    "test, 1 %",
    "permutation, 1 %",
    "oracle of ranks, every gap",
    "oracle of ranks, once",
    "oracle of gaps, once",
    "median delay",
    "runs",
)


def rows(runs: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure every goal."""
    for goal in GOALS:
        gaps = goal.draw(rng, runs, goal.by)
        day = 1.0 if goal.factor else goal.by ** (1 / goal.beta - 1)
        stops = [
            np.array([by_detector(row, day) for row in gaps]),
            np.array([by_test(row, ONE_PERCENT) for row in gaps]),
            reference.permuted(gaps, rng),
        ]
        ours = [((stop > goal.after) & (stop <= goal.by)).mean() for stop in stops]
        oracles = _oracles(goal, goal.draw(rng, 3000, goal.by), rng)
        delay = float(np.median(np.where(stops[0] > goal.after, stops[0] - goal.after, NEVER)))
        yield [
            goal.name,
            f"{goal.wanted:.0%}" if goal.wanted else "",
            *(f"{share:.1%}" for share in (*ours, *oracles)),
            "more" if delay > NEVER / 2 else f"{delay:.0f}",
            str(runs),
        ]
