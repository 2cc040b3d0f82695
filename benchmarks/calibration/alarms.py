"""False alarms of the detector as shipped, per service and 90 days."""

from collections.abc import Iterator

import numpy as np

from benchmarks.calibration.harness import judged
from benchmarks.calibration.nulls import NULLS

RATES = {0.3: 1.0, 1.0: 0.6, 3.0: 0.25, 10.0: 0.08}
"""Recoveries a day, and which part of the runs are at this rate."""

HEAD = (
    "nothing gets worse",
    *(f"{rate:g} a day" for rate in RATES),
    "at any rate",
    "critical",
    "a week, 1,000 services",
    "a week, 10,000 services",
    "critical a week, 10,000",
    "services",
)
WEEKS = 90 / 7


def rows(runs: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure every null; `runs` are the services at the lowest rate."""
    for name, own in zip(NULLS, rng.spawn(len(NULLS)), strict=True):
        yield row(name, runs, own)


def row(name: str, runs: int, rng: np.random.Generator) -> list[str]:
    """Measure one null."""
    history = NULLS[name]
    found, critical, shares = [], [], []
    for rate, part in RATES.items():
        told = [judged(history(rng, rate)) for _ in range(max(int(runs * part), 1))]
        found += [one.found for one in told]
        critical += [one.critical for one in told]
        shares.append(f"{np.mean([one.found for one in told]):.2%}")
    every, pages = float(np.mean(found)), float(np.mean(critical))
    return [
        name,
        *shares,
        f"{every:.2%}",
        f"{pages:.2%}",
        *(f"{every * services / WEEKS:.1f}" for services in (1_000, 10_000)),
        f"{pages * 10_000 / WEEKS:.1f}",
        str(len(found)),
    ]
