"""Do the numbers of a sequence fall? A test that may be asked after every one of them.

The numbers are gaps between events, uptimes, or the inverse of what may grow: durations, a measure.
Under *any* renewal process (Poisson, Weibull, regular, heavy-tailed) gaps are exchangeable, so
every order of the first n by size is equally likely, 1/n!. Suppose instead that gap i were
exponential with rate r_i. The order o_1, …, o_n of the gaps, shortest first, then has probability

    prod_k  r[o_k] / (r[o_k] + r[o_k+1] + … + r[o_n])

(Savage 1956, "Contributions to the theory of rank order statistics"; Plackett 1975; it is Cox's
partial likelihood of 1972, and its slope at equal rates is Savage's score test). Times n! it is a
likelihood ratio of the ranks alone: no rate, unit or monotone transformation of the gaps matters.
For fixed r_1, r_2, … it is a martingale under the null, and so is the weighted mean over the
profiles of ``state.profiles``: trends, steps at every likely place, and strictly falling numbers.
It is compared with a boundary that is higher at first and at last than in the middle, where
most of what a test can find is decided, and lowest at a geometric grid of looks (``rise``).

Ville's inequality alone would give the thresholds 1/alpha. Sharper ones, exact for the complete
procedure (a look after every gap, HORIZON gaps), stand in ``trend_thresholds.json``;
``benchmarks/trend_thresholds.py`` computes them. Since only ranks enter, they hold for every
renewal process and need no permutations at run time.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from overheal.model import DAY
from overheal.state.clustering import clustering
from overheal.state.columns import WIDTH, floats, integers, with_float, with_integer
from overheal.state.profiles import HORIZON, log_evidence

FIRST_SHARE = 0.98  # of the error, for the first run
SPAN = 90 * DAY  # microseconds in which the error is spent once
MIDDLE, EARLY, LATE, BETWEEN = 66, 0.5, 0.9, 0.8  # the boundary's shape, see `rise`
LOOKS = (6, 8, 10, 13, 17, 22, 28, 37, 48, 63, 83, 108, 142, 187)
CERTAIN = 1e-5  # a bound as low as this is not looked into further
RANKED = 16  # the newest orders whose evidence is remembered: one after the other two tests may ask
INSTANT = 1e-3  # seconds; a shorter gap counts as this long where it divides

Kind: TypeAlias = Literal["trend", "step"]
Seen: TypeAlias = Callable[[list[float], list[int]], Sequence[float]]
"""Numbers and when they were (microseconds UTC), as they are to be compared."""


def rise(n: int) -> float:
    """Return how much the boundary at n gaps stands above its lowest.

    Before MIDDLE EARLY * log(n / MIDDLE)^2, after it LATE * log(n / MIDDLE), and BETWEEN more but
    at the geometric LOOKS: neighbouring looks see nearly the same, so that most of the error is
    worth more at fewer of them, and what is clear does not wait for the next.
    """
    x = math.log(n / MIDDLE)
    between = 0.0 if n in LOOKS else BETWEEN
    return between + (EARLY * x * x if x < 0 else LATE * x)


_RISES = np.array([0.0, *(rise(n) for n in range(1, HORIZON + 1))])


class Rung(msgspec.Struct, frozen=True):
    """The log threshold (before ``rise``) with which a whole run rejects with probability alpha."""

    alpha: float
    limit: float


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


@cache
def _limits() -> tuple[float, ...]:
    return tuple(rung.limit for rung in thresholds().rungs)


def available_alphas() -> tuple[float, ...]:
    """Return every error probability that one run can have, largest first."""
    return tuple(rung.alpha for rung in thresholds().rungs)


@cache
def rung(alpha: float) -> Rung | None:
    """Return the largest tabulated error not above ``alpha``; None below the smallest."""
    return next((r for r in thresholds().rungs if r.alpha <= alpha * (1 + 1e-12)), None)


def error_of(value: float) -> float:
    """Return the least tabulated error of a run that rejects at this log value; 1 if none does.

    ``value`` is the log evidence less ``rise``.
    """
    reached = bisect_right(_limits(), value)
    return thresholds().rungs[reached - 1].alpha if reached else 1.0


def share(run: int) -> float:
    """Return the part of the error that run 1, 2, 3, … may spend; together they add up to one.

    The first has FIRST_SHARE; the k-th after it 6 / (pi k)^2 of the rest (1 + 1/4 + … = pi^2/6).
    """
    later = (1 - FIRST_SHARE) * 6 / (math.pi * max(run - 1, 1)) ** 2
    return FIRST_SHARE if run == 1 else later


@lru_cache(maxsize=RANKED)
def _evidence(ranked: tuple[int, ...]) -> tuple[float, float]:
    """Return the log evidence of an order, of trends and of steps."""
    trend, step = map(float, log_evidence(np.array(ranked)))
    return trend, step


def _lower(values: Sequence[float]) -> int:
    """Return how many numbers are below the newest."""
    newest = values[-1]
    return sum([value < newest for value in values])


class Verdict(msgspec.Struct, frozen=True):
    """Why the test rejected. Numbers are counted from 0 since the last restart.

    ``kind`` is what explains the order better. ``change`` is the first number of the lower regime,
    which began at ``since`` (microseconds UTC); ``ratio`` = ``before`` / ``after`` compares the
    means of the two regimes.
    """

    gaps: int
    kind: Kind
    alpha: float
    change: int
    since: int
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


class TrendTest(msgspec.Struct):
    """The state of one sequential test; everything in it survives a msgpack round trip.

    The probability that it ever rejects, over the exchangeable numbers of 90 days and looks after
    every one of them, is at most ``alpha``. One run sees ``horizon`` of them and spends
    ``share(1)`` of alpha, rounded down to the table. If it ends without rejecting, the next run
    begins with the newest half; within 90 days of the first it gets the next smaller share: the
    shares add up to alpha, and a union bound does not mind the overlap. Below the smallest
    tabulated alpha it never rejects.

    ``error`` is the smallest alpha with which it would have rejected by now: a bound that holds
    whenever one looks, and goes on falling after the rejection. At most ``horizon`` numbers are
    kept. A look costs some 0.1 ms, and is left out while the last one proves that the threshold
    cannot have been reached: no profile's rate ever falls, so that a number above `lower` others
    raises the evidence of n by at most log(n - lower). ``sparing`` ones leave it out, too, where
    the newest number is above most others.
    """

    alpha: float
    horizon: int = HORIZON
    sparing: bool = False
    numbers: bytes = b""  # the values, as `state.columns` has them
    moments: bytes = b""  # when each was (microseconds UTC)
    tiebreaks: bytes = b""
    runs: tuple[int, ...] = ()  # when those of the span began
    forgotten: int = 0  # numbers since the restart that are no longer kept
    rejected_at: int | None = None  # how many numbers it took
    error: float = 1.0
    reach: float = 0.0  # upper bound of the log evidence at the newest number

    def observe(
        self,
        value: float,
        tiebreak: int,
        at: int = 0,
        *,
        lasting: int = 0,
        seen: Seen | None = None,
        usual: bool = False,
        clustered: bool = False,
    ) -> Verdict | None:
        """Take the next number, which is of the time `at`; a verdict at the first rejection, once.

        Equal numbers are ordered by ``tiebreak``, which must not depend on their order in time (a
        hash of the event's identity serves), and equal ones of those by time, against rejecting.
        A change that has not lasted ``lasting`` microseconds is not looked at, nor is what is
        ``usual``. ``seen`` tells how numbers compare. Where they may be ``clustered``, which no
        renewal process is, the evidence is divided by `clustering`. Raises ValueError unless
        ``value`` is finite and not negative.
        """
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"not a finite number, or a negative one: {value}")
        if len(self.numbers) == self.horizon * WIDTH:
            if self.rejected_at is not None:
                return None
            self._begin_next_run(at)
        if not self.runs:
            self.runs = (at,)
        self.numbers = with_float(self.numbers, value)
        self.moments = with_integer(self.moments, at)
        self.tiebreaks = with_integer(self.tiebreaks, tiebreak)
        if usual:
            self.reach = math.inf
            return None
        return self._look(lasting, seen, clustered) if self.error > CERTAIN else None

    def open_to(self, alpha: float) -> None:
        """Let at most ``alpha`` be spent from here on, on what is known already, too."""
        self.alpha, self.reach = alpha, math.inf

    @property
    def values(self) -> list[float]:
        """The numbers that are kept, oldest first."""
        return floats(self.numbers)

    @property
    def times(self) -> list[int]:
        """When each was (microseconds UTC)."""
        return integers(self.moments)

    @property
    def run(self) -> int:
        """The number of the present run within its span of 90 days."""
        return max(len(self.runs), 1)

    def _begin_next_run(self, at: int) -> None:
        kept = self.horizon // 2
        for name in ("numbers", "moments", "tiebreaks"):
            setattr(self, name, getattr(self, name)[-kept * WIDTH :])
        self.forgotten += self.horizon - kept
        self.runs = (*[began for began in self.runs if began > at - SPAN], at)
        self.reach = math.inf

    def _look(self, lasting: int, seen: Seen | None, clustered: bool) -> Verdict | None:
        part = share(self.run)
        wanted = min(self.alpha, self.error / 1.05) if self.rejected_at is not None else self.alpha
        limits = rung(wanted * part)
        if limits is None:
            return None
        own = self.values
        n, values = len(own), seen(own, self.times) if seen is not None else own
        limit, lower = limits.limit + float(_RISES[n]), _lower(values)
        value = math.inf if seen is not None else self.reach + math.log(n - lower)
        trend = step = value
        if value >= limit:
            if 2 * lower > n and (self.sparing or seen is not None):
                self.reach = value
                return None
            ties = integers(self.tiebreaks)
            ranked = sorted(zip(values, ties, range(n), strict=True))
            trend, step = _evidence(tuple([i for _, _, i in ranked]))
            value = float(np.logaddexp(trend, step))
        self.reach = value
        if value < limit or n < 2:
            return None
        change, before, after = split(own)
        times = self.times
        since = times[change - 1]
        value /= clustering(own, change) if clustered else 1.0
        if value < limit or times[-1] - since < lasting:
            return None
        self.error = min(self.error, error_of(value - float(_RISES[n])) / part)
        if self.rejected_at is not None:
            return None
        self.rejected_at = self.forgotten + n
        return Verdict(
            gaps=self.rejected_at,
            kind="trend" if trend >= step else "step",
            alpha=limits.alpha,
            change=self.forgotten + change,
            since=since,
            before=before,
            after=after,
            ratio=before / max(after, INSTANT),
        )
