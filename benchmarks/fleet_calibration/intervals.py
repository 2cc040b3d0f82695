"""Bounds of shares, by Clopper and Pearson: exact, and never too narrow."""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def bounds(hits: int, runs: int) -> tuple[float, float]:
    """Return the two-sided 95 % bounds of a share of which `hits` of `runs` were seen.

    >>> [round(bound, 4) for bound in bounds(0, 1000)], [round(b, 3) for b in bounds(9, 10)]
    ([0.0, 0.0037], [0.555, 0.997])
    """
    if not runs:
        return 0.0, 1.0
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if hits == 0 else _solve(lambda p: 1 - _at_most(hits - 1, runs, p), tail)
    high = 1.0 if hits == runs else 1 - _solve(lambda p: _at_most(hits, runs, 1 - p), tail)
    return low, high


def _at_most(hits: int, runs: int, share: float) -> float:
    """Return the binomial probability of at most `hits`."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return float(hits >= runs)
    log, rest = math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(
            math.lgamma(runs + 1)
            - math.lgamma(k + 1)
            - math.lgamma(runs - k + 1)
            + k * log
            + (runs - k) * rest
        )
        for k in range(hits + 1)
    )


def _solve(rising: object, level: float) -> float:
    """Return where a function that rises from 0 to 1 reaches a level."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if rising(middle) < level:  # type: ignore[operator]
            low = middle
        else:
            high = middle
    return (low + high) / 2


def shown(hits: int, runs: int) -> str:
    """Return a share with its bounds, in words of a table."""
    if not runs:
        return "-"
    low, high = bounds(hits, runs)
    return f"{hits / runs:.1%} ({low:.0%} to {high:.0%})"
