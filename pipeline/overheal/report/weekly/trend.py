"""How often now, and how often before: the comparison, and whether chance explains it."""

from __future__ import annotations

import math
from typing import Literal

from overheal.report.weekly.parts import TrendPart
from overheal.report.words import number

Direction = Literal["up", "down", "steady", "new", "unknown"]
_SURE = 0.05
_MUCH = 1.25
"""Less than a quarter more or fewer is called steady."""


def trend(
    recoveries: int,
    episodes: int,
    previous: int | None,
    previous_episodes: int | None,
    earlier: str = "the week before",
) -> TrendPart:
    """Return how a span compares with the one before; None where that was not wholly observed.

    `earlier` is what the span before is called.
    """
    if previous is None or previous_episodes is None:
        return TrendPart(
            direction="unknown",
            previous=None,
            previous_episodes=None,
            ratio=None,
            beyond_chance=None,
            words=f"{earlier} was not observed",
        )
    direction, words = _compared(recoveries, previous, earlier)
    beyond = chance(episodes, previous_episodes) < _SURE
    if direction in ("up", "down") and not beyond:
        words += "; chance explains as much"
    return TrendPart(
        direction=direction,
        previous=previous,
        previous_episodes=previous_episodes,
        ratio=recoveries / previous if previous else None,
        beyond_chance=beyond,
        words=words,
    )


def _compared(recoveries: int, previous: int, earlier: str) -> tuple[Direction, str]:
    if not previous:
        return ("new", f"none {earlier}") if recoveries else ("steady", "none before either")
    ratio = recoveries / previous
    if 1 / _MUCH < ratio < _MUCH:
        return "steady", f"as before ({number(previous)})"
    up = ratio > 1
    words = f"{'up' if up else 'down'} from {number(previous)}"
    if up:
        words += f", {number(round(ratio, 1))} times as many"
    return ("up" if up else "down"), words


def chance(count: int, other: int) -> float:
    """Return how likely two counts of equal rates differ at least so much (two-sided, exact).

    Given their sum, one of two Poisson counts of equal rates is binomial with a half
    (J. Przyborowski and H. Wilenski, Biometrika 31, 1940).

    >>> [round(chance(*pair), 4) for pair in ((0, 0), (5, 5), (10, 1), (30, 12))]
    [1.0, 1.0, 0.0117, 0.0079]
    """
    total, least = count + other, min(count, other)
    if not total:
        return 1.0
    tail = sum(
        math.exp(
            math.lgamma(total + 1)
            - math.lgamma(k + 1)
            - math.lgamma(total - k + 1)
            - total * math.log(2)
        )
        for k in range(least + 1)
    )
    return min(1.0, 2 * tail)
