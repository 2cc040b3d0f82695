"""Where shrinking gaps end: when they will have shrunk to a floor, with an honest range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

INSTANT = 1e-3  # seconds; a shorter gap counts as this long where it is logged
WINDOW = 24  # newest gaps that a projection looks at
FARTHEST = 100 * 366 * 86_400.0  # seconds; what lies beyond is never
_LAST = 3  # newest gaps that must all be at the floor to be "already there"
_CAPPED = 5.0  # a residual counts at most this many times the median one
_NINETY = 1.645

Floats: TypeAlias = NDArray[np.float64]


class Projection(msgspec.Struct, frozen=True):
    """Seconds from the last event until the gaps are down to the floor, with a 90 % range.

    ``high`` is None where the data leave open whether it ever comes so far. ``factor`` is the
    fitted gap ratio from one event to the next.
    """

    seconds: float
    low: float
    high: float | None
    factor: float


def project(gaps: Sequence[float], floor: float) -> Projection | None:
    """Say when the gaps (seconds, oldest first) will have shrunk to ``floor`` > 0 seconds.

    Model: gap i is level * q^i times noise. log q is the Theil-Sen slope of log gap on i (median
    of all pairwise slopes) over the newest WINDOW gaps; the level at the newest gap is the mean of
    the gaps carried forward by the slope, outliers capped. Then J = ceil(log(floor / level) /
    log q) gaps remain and last level * (q + q^2 + … + q^J) = level * q (1 - q^J) / (1 - q)
    seconds.

    Gaps may as well shrink more and more slowly, as those of a power-law process do: gap i is
    level * i^-c. Nobody can tell the two apart from a few gaps, so the range reaches from the low
    end of the first model to the high end of the second; each from Sen's 90 % interval of the
    slope (Sen 1968), which rests on the null variance of Kendall's tau, n (n - 1) (2n + 5) / 18.

    At least one gap remains, unless the newest three are at the floor: then zero. None with fewer
    than five gaps, or if the slope of the window or of its newer half (gaps that have flattened
    out above the floor) is not negative. Raises ValueError unless floor > 0.
    """
    if not floor > 0:
        raise ValueError(f"the floor is a positive number of seconds: {floor}")
    recent = np.maximum(np.array(gaps[-WINDOW:], dtype=np.float64), INSTANT)
    n = len(recent)
    index = np.arange(n, dtype=np.float64)
    slopes, newer = _slopes(recent, index), _slopes(recent[-max(n // 2, 4) :], index)
    if n >= _LAST and recent[-_LAST:].max() <= floor:
        return Projection(0.0, 0.0, 0.0, math.exp(min(np.median(slopes), 0.0)))
    if n < 5 or np.median(slopes) >= 0 or np.median(newer) >= 0:
        return None
    steep, flat = _sen(slopes, n)
    middle = float(np.median(slopes))
    seconds = _remaining(recent, middle, floor)
    highs = [seconds, _remaining(recent, flat, floor) if flat < 0 else math.inf]
    older = len(gaps) - n
    highs.append(_remaining_slowly(recent, older, floor))
    high = max(highs)
    return Projection(
        seconds=seconds,
        low=min(seconds, _remaining(recent, steep, floor)),
        high=high if high < FARTHEST else None,
        factor=math.exp(middle),
    )


def _slopes(gaps: Floats, index: Floats) -> Floats:
    """Return the slopes of log gap on the index between all pairs, ascending."""
    early, late = np.triu_indices(len(gaps), 1)
    logs = np.log(gaps)
    return np.sort((logs[late] - logs[early]) / (index[late] - index[early]))


def _sen(slopes: Floats, n: int) -> tuple[float, float]:
    """Return the ends of Sen's 90 % interval of the slope of `n` values."""
    reach = _NINETY * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(int((len(slopes) - reach) / 2), 0)
    high = min(math.ceil((len(slopes) + reach) / 2), len(slopes) - 1)
    return float(slopes[low]), float(slopes[high])


def _remaining(gaps: Floats, slope: float, floor: float) -> float:
    """Sum the gaps still to come until one is at the floor, if log gap falls by -slope each."""
    level = _level(gaps * np.exp(slope * np.arange(len(gaps) - 1, -1, -1)))
    left = max(math.ceil(math.log(floor / level) / slope - 1e-9), 1)
    return level * math.exp(slope) * math.expm1(slope * left) / math.expm1(slope)


def _remaining_slowly(gaps: Floats, older: int, floor: float) -> float:
    """Sum them at the high end if gap i falls as a power of i; `older` gaps came before these.

    The sum of level * (i / last)^slope up to the last one above the floor is taken as an integral.
    """
    index = np.arange(older + 1, older + len(gaps) + 1, dtype=np.float64)
    _, slope = _sen(_slopes(gaps, np.log(index)), len(gaps))
    if slope >= -1e-3:
        return math.inf
    last = float(index[-1])
    level = _level(gaps * (last / index) ** slope)
    if level <= floor:
        return level
    far = math.log(level / floor) / -slope  # log(i / last) at the floor
    if far > 50:
        return math.inf
    power = slope + 1
    whole = far if abs(power) < 1e-9 else math.expm1(power * far) / power
    return level * last * whole


def _level(carried: Floats) -> float:
    """Return the mean of gaps carried forward to the newest, outliers capped."""
    return float(np.minimum(carried, _CAPPED * np.median(carried)).mean())
