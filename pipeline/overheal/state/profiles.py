"""How rates may rise, and how likely the order of numbers by size is if they do.

Each profile says how fast gap 1, 2, 3, … shrink: as in a power-law process (a power of i),
geometrically, or by one step of a factor after gap nu, for a grid of nu (Page 1955, Pettitt 1979).
A part of the weight lies on strictly falling numbers, whose likelihood ratio is n! itself.
"""

import math
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

HORIZON = 200  # numbers that one run of a test sees

_BETAS = {1.4: 0.01, 2.0: 0.33, 3.0: 0.085, 5.0: 0.005}  # of a power-law process: weight
_GROWTHS = {0.05: 0.01, 0.15: 0.05, 0.5: 0.005}  # log of the factor per gap: weight
STRICT = 0.06  # weight of strictly falling numbers
_FACTORS = {2.5: 0.01, 4.5: 0.405, 9.0: 0.03}  # of the step: weight; all weights add up to one
_SPLITS = (*range(4, 16), *range(16, 40, 2), *range(40, 70, 5), *range(70, 151, 10))
_TOGETHER = 8  # so many sums are multiplied before the logarithm is taken: none overflows
_CENTRE, _SPREAD, _EVEN = 34.0, 0.35, 0.04  # the splits' prior: a bell over log nu, and a floor

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
    even = np.gradient(np.log(_SPLITS))
    bell = np.exp(-0.5 * centred**2) * even
    prior = (1 - _EVEN) * bell / bell.sum() + _EVEN * even / even.sum()
    for nu, mass in zip(_SPLITS, prior, strict=True):
        for factor, weight in _FACTORS.items():
            rates.append(np.where(index > nu, factor, 1.0))
            weights.append(mass * weight)
    return np.array(rates), np.log(np.array(weights))


RATES, LOG_WEIGHTS = _profiles()
TRENDS = len(_BETAS) + len(_GROWTHS)
LOG_STRICT = math.log(STRICT)
_LOG_RATE_SUMS = np.cumsum(np.log(RATES), axis=1)
_STARTS = np.repeat(np.array(_SPLITS), len(_FACTORS))


def log_evidence(order: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return the log likelihood ratios of gap orders, the parts of trends and of steps.

    They are weighted: together they are one under the null. Shape (…, n) gives two arrays of shape
    (…). ``order`` holds the indices of the gaps, shortest first; 1 <= n <= HORIZON. A step that
    lies ahead of the last gap has ratio one. Adding a gap raises their sum by at most log n.
    """
    known = _known(order.shape[-1])
    at_risk = RATES[: known.active].take(order[..., ::-1], axis=1)
    np.cumsum(at_risk, axis=-1, out=at_risk)
    products = np.multiply.reduceat(at_risk, known.starts, axis=-1)
    constant = known.constant.reshape((known.active,) + (1,) * (order.ndim - 1))
    ratios = constant - np.log(products).sum(axis=-1)
    falling = np.all(order[..., 1:] < order[..., :-1], axis=-1)
    strict = np.where(falling, LOG_STRICT + known.log_orders, -np.inf)
    ahead = np.full(order.shape[:-1], known.ahead)
    trend = np.logaddexp(np.logaddexp.reduce(ratios[:TRENDS], axis=0), strict)
    return trend, np.logaddexp(np.logaddexp.reduce(ratios[TRENDS:], axis=0), ahead)


class _Known(NamedTuple):
    """What depends on the number of gaps alone: how many profiles have begun, and their terms."""

    active: int
    log_orders: float
    constant: Floats
    ahead: float
    starts: NDArray[np.intp]


@cache
def _known(n: int) -> _Known:
    active = TRENDS + int(np.searchsorted(_STARTS, n))
    log_orders = math.lgamma(n + 1)
    constant = LOG_WEIGHTS[:active] + _LOG_RATE_SUMS[:active, n - 1] + log_orders
    with np.errstate(divide="ignore"):
        ahead = float(np.log(np.exp(LOG_WEIGHTS[active:]).sum()))
    return _Known(active, log_orders, constant, ahead, np.arange(0, n, _TOGETHER))
