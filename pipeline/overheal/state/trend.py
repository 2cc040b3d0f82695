"""Are the gaps between events getting shorter? A test that may be asked after every event.

Under *any* renewal process (Poisson, Weibull, regular, heavy-tailed) the gaps are exchangeable, so
every order of the first n gaps by size is equally likely, 1/n!. Suppose instead that gap i were
exponential with rate r_i. The order o_1, …, o_n of the gaps, shortest first, then has probability

    prod_k  r[o_k] / (r[o_k] + r[o_k+1] + … + r[o_n])

(Savage 1956, "Contributions to the theory of rank order statistics"; Plackett 1975; it is Cox's
partial likelihood of 1972, and its slope at equal rates is Savage's score test). Times n! it is a
likelihood ratio of the ranks alone: no rate, unit or monotone transformation of the gaps matters.
For fixed r_1, r_2, … it is a martingale under the null, and so is any weighted mean over several
rate profiles. Two such means are watched:

- ``trend``: r_i grows as in a power-law process (a power of i) or geometrically; a small weight
  lies on strictly shrinking gaps, whose ratio is n! itself;
- ``step``: r_i jumps by a factor of 2.5 or 4.5 after gap nu, for a grid of nu: a scan for one
  change point (Page 1955, Pettitt 1979) that averages over the splits.

Ville's inequality alone would give the thresholds 1/alpha. Sharper ones, exact for the complete
procedure (a look after every gap, both statistics, HORIZON gaps), stand in
``trend_thresholds.json``; ``benchmarks/trend_thresholds.py`` computes them. Since only ranks enter,
they hold for every renewal process and need no permutations at run time.
"""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

HORIZON = 200  # gaps that one run of the test sees
KEPT = 100  # newest gaps that the next run begins with
FIRST_SHARE = 0.95  # of the error budget, for the first run
CALM, RISE = 50, 0.5  # after CALM gaps the boundary rises by RISE * log(n / CALM)
INSTANT = 1e-3  # seconds; a shorter gap counts as this long where it divides or is logged

_BETAS = {1.5: 0.20, 2.0: 0.41, 3.3: 0.28, 7.0: 0.04}  # of a power-law process: weight
_GROWTHS = {0.15: 0.02, 0.5: 0.02}  # log of the factor per gap: weight
_STRICT = 0.03  # weight of strictly shrinking gaps; the trend's weights add up to one
_FACTORS = {2.5: 0.4, 4.5: 0.6}  # of the step: weight
_SPLITS = (*range(4, 16), *range(16, 40, 2), *range(40, 70, 3), *range(70, 151, 5))
_CENTRE, _SPREAD = 25.0, 0.75  # the splits' prior: a bell over log nu

Statistic: TypeAlias = Literal["trend", "step"]
Floats: TypeAlias = NDArray[np.float64]


def _power_law(i: float, beta: float) -> float:
    """Return the inverse mean of gap i if the mean count is t^beta: Gamma(i) / Gamma(i-1+1/beta).

    Up to a factor; it approaches i^(1-1/beta). Gap 1 runs from t = 0.
    """
    return math.exp(math.lgamma(i) - math.lgamma(i - 1 + 1 / beta))


def _profiles() -> tuple[Floats, Floats]:
    """Rates (profile by gap) and log weights: the trends first, then the steps by rising nu."""
    index = np.arange(1, HORIZON + 1, dtype=np.float64)
    rates = [np.array([_power_law(i, beta) for i in index]) for beta in _BETAS]
    rates += [np.exp(growth * (index - HORIZON / 2)) for growth in _GROWTHS]
    weights = [*_BETAS.values(), *_GROWTHS.values()]
    centred = np.log(np.array(_SPLITS) / _CENTRE) / _SPREAD
    prior = np.exp(-0.5 * centred**2) * np.gradient(np.log(_SPLITS))
    for nu, mass in zip(_SPLITS, prior / prior.sum(), strict=True):
        for factor, weight in _FACTORS.items():
            rates.append(np.where(index > nu, factor, 1.0))
            weights.append(mass * weight)
    return np.array(rates), np.log(np.array(weights))


RATES, LOG_WEIGHTS = _profiles()
TRENDS = len(_BETAS) + len(_GROWTHS)
LOG_STRICT = math.log(_STRICT)
_LOG_RATE_SUMS = np.cumsum(np.log(RATES), axis=1)
_STARTS = np.repeat(np.array(_SPLITS), len(_FACTORS))


def log_evidence(order: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return the log likelihood ratios (trend, step) of gap orders.

    Shape (…, n) gives two arrays of shape (…). ``order`` holds the indices of the gaps, shortest
    first; 1 <= n <= HORIZON. A step that lies ahead of the last gap has ratio one. Adding a gap
    raises either result by at most log n.
    """
    n = order.shape[-1]
    active = TRENDS + int(np.searchsorted(_STARTS, n))
    log_orders = math.lgamma(n + 1)
    at_risk = np.cumsum(RATES[:active, order[..., ::-1]], axis=-1)
    constant = LOG_WEIGHTS[:active] + _LOG_RATE_SUMS[:active, n - 1] + log_orders
    ratios = constant.reshape((active,) + (1,) * (order.ndim - 1)) - np.log(at_risk).sum(axis=-1)
    shrinking = np.all(order[..., 1:] < order[..., :-1], axis=-1)
    strict = np.where(shrinking, LOG_STRICT + log_orders, -np.inf)
    ahead = np.exp(LOG_WEIGHTS[active:]).sum()
    with np.errstate(divide="ignore"):
        ahead = np.full(order.shape[:-1], np.log(ahead))
    trend = np.logaddexp(np.logaddexp.reduce(ratios[:TRENDS], axis=0), strict)
    return trend, np.logaddexp(np.logaddexp.reduce(ratios[TRENDS:], axis=0), ahead)


def rise(n: int) -> float:
    """Return how much higher the boundary stands at n gaps, for late looks."""
    return RISE * math.log(max(n, CALM) / CALM)


class Rung(msgspec.Struct, frozen=True):
    """Log thresholds (before ``rise``) with which a whole run rejects with probability alpha."""

    alpha: float
    trend: float
    step: float


class Table(msgspec.Struct, frozen=True):
    """The generated thresholds, largest alpha first, and what they were computed with."""

    horizon: int
    paths: int
    seed: int
    relative_error: float
    rungs: tuple[Rung, ...]


@cache
def thresholds() -> Table:
    """Read the shipped table, once."""
    path = Path(__file__).with_name("trend_thresholds.json")
    return msgspec.json.decode(path.read_bytes(), type=Table)


def available_alphas() -> tuple[float, ...]:
    """Return every error probability that one run can have, largest first."""
    return tuple(rung.alpha for rung in thresholds().rungs)


def rung(alpha: float) -> Rung | None:
    """Return the largest tabulated error not above ``alpha``; None below the smallest."""
    return next((r for r in thresholds().rungs if r.alpha <= alpha * (1 + 1e-12)), None)


def share(run: int) -> float:
    """Return the part of the budget that run 1, 2, 3, … may spend; together they add up to one.

    The first has FIRST_SHARE; the k-th after it 6 / (pi k)^2 of the rest (1 + 1/4 + … = pi^2/6).
    """
    later = (1 - FIRST_SHARE) * 6 / (math.pi * max(run - 1, 1)) ** 2
    return FIRST_SHARE if run == 1 else later


class Verdict(msgspec.Struct, frozen=True):
    """Why the test rejected. Gaps are counted from 0 since the last restart; times in seconds.

    ``value`` and ``threshold`` are natural logarithms of the likelihood ratio; ``alpha`` is what
    the deciding run could spend. ``change`` is the first gap of the faster regime and
    ``ratio`` = ``before`` / ``after`` compares the mean gaps of the two regimes.
    """

    gaps: int
    statistic: Statistic
    value: float
    threshold: float
    alpha: float
    change: int
    before: float
    after: float
    ratio: float


def split(gaps: Sequence[float]) -> tuple[int, float, float]:
    """Find the likeliest change to shorter gaps: index after it, mean gap before and after.

    Maximises the exponential likelihood ratio n log m - k log a - (n - k) log b over the splits k
    with means a > b (Worsley 1986). At least two gaps; without such a split, the middle.
    """
    n, total = len(gaps), sum(gaps)
    best, found, head = -math.inf, n // 2, 0.0
    for k in range(1, n):
        head += gaps[k - 1]
        a, b = max(head / k, INSTANT), max((total - head) / (n - k), INSTANT)
        fit = -k * math.log(a) - (n - k) * math.log(b)
        if a > b and fit > best:
            best, found = fit, k
    return found, sum(gaps[:found]) / found, sum(gaps[found:]) / (n - found)


class GapTest(msgspec.Struct):
    """The state of one sequential test; everything in it survives a msgpack round trip.

    The probability that it ever rejects, over unlimited gaps of any renewal process and looks
    after every one of them, is at most ``alpha``. One run sees HORIZON gaps and spends
    ``share(1)`` of alpha, rounded down to the table. If it ends without rejecting, the next run
    begins with the newest KEPT gaps and the next smaller share: the shares add up to alpha, and a
    union bound does not mind the overlap. Below the smallest tabulated alpha it never fires.

    At most HORIZON gaps are kept. A look costs some 0.1 ms, and is left out while the last one
    proves that the threshold cannot have been reached.
    """

    alpha: float
    gaps: list[float] = msgspec.field(default_factory=list)
    ties: list[int] = msgspec.field(default_factory=list)
    run: int = 1
    forgotten: int = 0  # gaps since the restart that are no longer kept
    rejected_at: int | None = None  # how many gaps it took
    # upper bounds of the log evidence (trend, step) at the newest gap
    reach: tuple[float, float] = (0.0, 0.0)

    def observe(self, gap: float, tiebreak: int) -> Verdict | None:
        """Take the next gap (seconds, finite, >= 0); a verdict at the first rejection, once.

        Equal gaps are ordered by ``tiebreak``, which must not depend on their order in time (a
        hash of the event's identity serves), and equal ones of those by time, against rejecting.
        After a rejection gaps are not taken until ``restart``. Raises ValueError on a bad gap.
        """
        if not (math.isfinite(gap) and gap >= 0):
            raise ValueError(f"a gap is a finite number of seconds, not negative: {gap}")
        if self.rejected_at is not None:
            return None
        if len(self.gaps) == HORIZON:
            self._begin_next_run()
        self.gaps.append(float(gap))
        self.ties.append(tiebreak)
        return self._look()

    def restart(self, alpha: float) -> None:
        """Forget everything; at most ``alpha`` may be spent from here on."""
        self.alpha, self.gaps, self.ties = alpha, [], []
        self.run, self.forgotten, self.rejected_at, self.reach = 1, 0, None, (0.0, 0.0)

    def _begin_next_run(self) -> None:
        self.gaps, self.ties = self.gaps[-KEPT:], self.ties[-KEPT:]
        self.forgotten += HORIZON - KEPT
        self.run += 1
        self.reach = (math.inf, math.inf)

    def _look(self) -> Verdict | None:
        n = len(self.gaps)
        limits = rung(self.alpha * share(self.run))
        if limits is None:
            return None
        trend_limit, step_limit = limits.trend + rise(n), limits.step + rise(n)
        trend, step = (bound + math.log(n) for bound in self.reach)
        if trend >= trend_limit or step >= step_limit:
            ranked = sorted(range(n), key=lambda i: (self.gaps[i], self.ties[i], i))
            trend, step = map(float, log_evidence(np.array(ranked)))
        self.reach = (trend, step)
        if trend < trend_limit and step < step_limit:
            return None
        self.rejected_at = self.forgotten + n
        by_trend = trend - trend_limit >= step - step_limit
        change, before, after = split(self.gaps)
        return Verdict(
            gaps=self.rejected_at,
            statistic="trend" if by_trend else "step",
            value=trend if by_trend else step,
            threshold=trend_limit if by_trend else step_limit,
            alpha=limits.alpha,
            change=self.forgotten + change,
            before=before,
            after=after,
            ratio=before / max(after, INSTANT),
        )


class Projection(msgspec.Struct, frozen=True):
    """Seconds from the last event until the gaps are down to the floor, with a rough 90 % range.

    ``high`` is None where the data leave open whether the gaps shrink at all. ``factor`` is the
    fitted gap ratio from one event to the next.
    """

    seconds: float
    low: float
    high: float | None
    factor: float


WINDOW = 24  # newest gaps that a projection looks at
_LAST = 3  # newest gaps that must all be at the floor to be "already there"
_CAPPED = 5.0  # a residual counts at most this many times the median one


def project(gaps: Sequence[float], floor: float) -> Projection | None:
    """Say when the gaps (seconds, oldest first) will have shrunk to ``floor`` > 0 seconds.

    Model: gap i is level * q^i times noise. log q is the Theil-Sen slope of log gap on i (median
    of all pairwise slopes) over the newest WINDOW gaps; the level at the newest gap is the mean of
    the gaps carried forward by the slope, outliers capped. Then J = ceil(log(floor / level) /
    log q) gaps remain and last level * (q + q^2 + … + q^J) = level * q (1 - q^J) / (1 - q)
    seconds. The range comes from Sen's 90 % interval of the slope (Sen 1968), which rests on the
    null variance of Kendall's tau, n (n - 1) (2n + 5) / 18.

    At least one gap remains, unless the newest three are at the floor: then zero. None with fewer
    than five gaps, or if the slope of the window or of its newer half (gaps that have flattened
    out above the floor) is not negative. Raises ValueError unless floor > 0.
    """
    if not floor > 0:
        raise ValueError(f"the floor is a positive number of seconds: {floor}")
    recent = np.maximum(np.array(gaps[-WINDOW:], dtype=np.float64), INSTANT)
    n = len(recent)
    slopes, newer = _slopes(recent), _slopes(recent[-max(n // 2, 4) :])
    if n >= _LAST and recent[-_LAST:].max() <= floor:
        return Projection(0.0, 0.0, 0.0, math.exp(min(np.median(slopes), 0.0)))
    if n < 5 or np.median(slopes) >= 0 or np.median(newer) >= 0:
        return None
    reach = 1.645 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    steep = slopes[max(int((len(slopes) - reach) / 2), 0)]
    flat = slopes[min(math.ceil((len(slopes) + reach) / 2), len(slopes) - 1)]
    middle = float(np.median(slopes))
    seconds = _remaining(recent, middle, floor)
    return Projection(
        seconds=seconds,
        low=min(seconds, _remaining(recent, float(steep), floor)),
        high=max(seconds, _remaining(recent, float(flat), floor)) if flat < 0 else None,
        factor=math.exp(middle),
    )


def _slopes(gaps: Floats) -> Floats:
    """Return the slopes of log gap between all pairs, ascending."""
    early, late = np.triu_indices(len(gaps), 1)
    logs = np.log(gaps)
    return np.sort((logs[late] - logs[early]) / (late - early))


def _remaining(gaps: Floats, slope: float, floor: float) -> float:
    """Sum the gaps still to come until one is at the floor, if log gap falls by -slope each."""
    carried = gaps * np.exp(slope * np.arange(len(gaps) - 1, -1, -1))
    level = float(np.minimum(carried, _CAPPED * np.median(carried)).mean())
    left = max(math.ceil(math.log(floor / level) / slope - 1e-9), 1)
    return level * math.exp(slope) * math.expm1(slope * left) / math.expm1(slope)
