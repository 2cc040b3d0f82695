"""What somebody would reach who knows how a service gets worse, and since when.

The oracle knows the law, the shape and the moment of the change, sees every gap from the birth of
the service on, and looks once, at the end, with a false alarm in a hundred. Its statistic is the
best one for its law: for a power law the mean of log(T / t) over the moments t up to the last, T;
for log-linear growth their mean; for a step the ratio of the mean gaps before and after.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from overheal.testing.simulate.gaps import Floats, Recoveries

ERROR = 0.01
RUNS = 4000


def power(entry: Mapping[str, Any], seed: int) -> float:
    """Return the share that the oracle finds of a degradation or step."""
    rng = np.random.default_rng([seed, zlib.crc32(entry["title"].encode()), 7])
    still, worse = _drawn(rng, entry, worse=False), _drawn(rng, entry, worse=True)
    limit = np.quantile(_statistic(entry, still), 1 - ERROR)
    return float((_statistic(entry, worse) > limit).mean())


def _drawn(rng: np.random.Generator, entry: Mapping[str, Any], *, worse: bool) -> Floats:
    """Return runs of gaps, as `troubles.decay` makes them."""
    if entry["trouble"] == "step":
        many = _before(entry) + int(entry["within"])
        law = Recoveries(gaps=entry["law"], shape=entry.get("shape", 1.0))
        gaps = law.draw(rng, RUNS * many).reshape(RUNS, many)
        if worse:
            gaps[:, _before(entry) :] /= entry["factor"]
        return gaps
    count = np.cumsum(rng.exponential(size=(RUNS, entry["gaps"])), axis=1) / entry["gaps"]
    if worse and entry["law"] == "power":
        count = count ** (1 / entry["beta"])
    elif worse:
        count = np.log1p(count * (entry["ratio"] - 1)) / np.log(entry["ratio"])
    return np.diff(count, prepend=0.0, axis=1)


def _statistic(entry: Mapping[str, Any], gaps: Floats) -> Floats:
    if entry["trouble"] == "step":
        before = _before(entry)
        found = gaps[:, :before].mean(axis=1) / gaps[:, before:].mean(axis=1)
        return np.asarray(found)
    moments = np.cumsum(gaps, axis=1)
    share = moments[:, :-1] / moments[:, -1:]
    if entry["law"] == "power":
        return np.asarray(np.log(share).mean(axis=1))
    return np.asarray(share.mean(axis=1))


def _before(entry: Mapping[str, Any]) -> int:
    after = entry["after"]
    return int(sum(after) / len(after)) if isinstance(after, list) else int(after)
