"""The hours of the day (UTC) at which something happens, learned from its own past."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np

from overheal.model import DAY, HOUR, MICROSECOND

ENOUGH_HOURS, ENOUGH_DAYS = 24, 5
"""How many busy hours on how many days are needed before a rhythm is believed."""

SURE = 8.0
"""How clear a rhythm must be: n R² of the busy hours; chance exceeds it with e^-8 (Rayleigh)."""

OLD_DAYS = 60
"""After so many days what was learned counts half."""

LEARNED = 16
"""The newest rates are remembered: two who watch the same ask for them one after the other."""

_HARMONICS = (1, 2, 3)
_TURNS = np.exp(2j * np.pi * np.outer(_HARMONICS, np.arange(24)) / 24)


class Daily(msgspec.Struct):
    """On how many days each hour of the day had at least one occurrence.

    One day counts each hour once, so that a service that collapses within a day does not make its
    own collapse look like the hour of the day. `rates` are the expected ones of the hours, one on
    average, as of the end of the day before; empty without a clear rhythm.
    """

    hours: list[float] = msgspec.field(default_factory=lambda: [0.0] * 24)
    rates: list[float] = []
    days: float = 0.0
    day: int = -1
    busy: int = 0
    began: int = -1
    halved: int = -1

    def note(self, at: int) -> None:
        """Take one occurrence at `at` (microseconds UTC), in time order."""
        day, hour = at // DAY, at % DAY // HOUR
        if day != self.day:
            self._begin(day)
        if not self.busy >> hour & 1:
            self.busy |= 1 << hour
            self.hours[hour] += 1

    def _begin(self, day: int) -> None:
        if self.began < 0:
            self.began = self.halved = day
        if day - self.halved >= OLD_DAYS:
            self.hours = [count / 2 for count in self.hours]
            self.days = (self.days + day - self.halved) / 2
            self.halved = day
        observed = self.days + day - self.halved
        self.rates = [*_rates(tuple(self.hours), observed, day - self.began)]
        self.day, self.busy = day, 0

    def seen(self, values: Sequence[float], times: Sequence[int]) -> list[float]:
        """Return gaps (seconds) that ended at `times`, as time passes by this rhythm.

        What a gap is more or less than ordinary time (a number of replicas) stays so.
        """
        ends = np.array([times[0] - values[0] * MICROSECOND, *times], dtype=np.float64)
        sums = np.append(0.0, np.cumsum(self.rates)) * HOUR
        within = ends % DAY
        shown = ends - within + np.interp(within, np.arange(25) * HOUR, sums)
        speed = np.diff(shown) / np.maximum(np.diff(ends), 1.0)
        told: list[float] = (np.array(values) * speed).tolist()
        return told


@lru_cache(maxsize=LEARNED)
def _rates(hours: tuple[float, ...], observed: float, days: int) -> tuple[float, ...]:
    """Return the rates of the hours, if they differ clearly.

    Of `observed` days an hour was busy on `c`, so that its rate is -log(1 - c / observed): at high
    rates several occurrences hide behind one. Neighbouring hours are averaged, and a little of the
    mean is added to each.
    """
    total = sum(hours)
    if total < ENOUGH_HOURS or days < ENOUGH_DAYS:
        return ()
    counts = np.array(hours)
    if float((np.abs(_TURNS @ counts) ** 2).max()) / total <= SURE:
        return ()
    shares = np.minimum(counts / observed, 1 - 0.5 / (observed + 1))
    rates = -np.log1p(-shares)
    rates = (np.roll(rates, 1) + 2 * rates + np.roll(rates, -1)) / 4
    rates += 0.5 / math.sqrt(total) * rates.mean()
    return tuple((rates / rates.mean()).tolist())
