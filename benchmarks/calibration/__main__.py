"""Write the page `docs/calibration/masked_degradation.md`.

python -m benchmarks.calibration [--quick] [--seed N] [--runs N] [--section N]
"""

import argparse
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from benchmarks.calibration import alarms, bounds, cost, outlook, power, reference, signs
from overheal.state import trend

Random = np.random.Generator
Rows = Iterator[list[str]]

PROSE = """# Calibration of masked_degradation

Simulated services, judged after every recovery by the detector as shipped with its defaults (every
part of its error counted: gaps between episodes and inside them, uptimes, times to recover, four
measures), and by the bare test at 1 %. Numbers are one draw with the seed that is named; a share p
of N runs has the standard error sqrt(p (1 - p) / N): 0.3 points for 1 % of 1,000.
"""

POWER = """## Found, and when

Gap by gap; before a step one a day, in a power law one a day on average. The rows without a goal
are ranges that no weight was chosen for, and other deadlines.

"""

ALARMS = """## False alarms

Share of services with a finding at actionable or above within 90 days, by how often they are
recovered; `critical` is the share with one that became critical. The goals are 1 % and 0.1 %.
Services in the columns by week are all of that kind, at the mix of rates that was simulated.

"""

BOUNDS = """## What is left to gain

"""

PROJECTION = """## The projected end

Share of projections whose 90 % range covers the moment when the mean gap is down to a minute. An
open end says that the data leave open whether it ever comes so far; it counts as covering.

"""

NAMING = """## A step is named as a step

By the bare test at 0.75 %, at the gap at which it rejects, within 80 gaps.

"""


def _table(head: Sequence[str], rows: Rows) -> None:
    print("| " + " | ".join(head) + " |")
    print("|---" + "|---:" * (len(head) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def _sections(runs: int) -> list[tuple[str, Sequence[str], Callable[[Random], Rows]]]:
    explained, bounded = (
        " ".join(page.__doc__.split("\n\n", 1)[1].split()) for page in (reference, bounds)
    )
    some, few = max(runs // 2, 10), max(runs // 100, 3)
    return [
        (f"{POWER}{explained}\n", power.HEAD, lambda rng: power.rows(some, rng)),
        (ALARMS, alarms.HEAD, lambda rng: alarms.rows(runs, rng)),
        ("## Other signs\n", signs.HEAD, lambda rng: signs.rows(max(runs // 5, 10), rng)),
        (PROJECTION, outlook.PROJECTION_HEAD, lambda rng: outlook.projections(some, rng)),
        (NAMING, outlook.NAMING_HEAD, lambda rng: outlook.naming(max(runs // 5, 10), rng)),
        ("## Cost\n", cost.HEAD, lambda rng: cost.rows(few, rng)),
        (f"{BOUNDS}{bounded}\n", bounds.HEAD, bounds.rows),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--section", type=int, help="only this one, counted from 1")
    options = parser.parse_args()
    runs = options.runs // 20 if options.quick else options.runs
    table = trend.thresholds()
    if options.section in (None, 1):
        print(PROSE)
        print(
            f"Seed {options.seed}. Thresholds from {table.paths:,} simulated paths (seed "
            f"{table.seed}; standard error of alpha at most {table.relative_error:.2%} of it, "
            "three of these on the safe side).\n"
        )
    for number, (prose, head, rows) in enumerate(_sections(runs), start=1):
        if options.section in (None, number):
            print(prose)
            _table(head, rows(np.random.default_rng([options.seed, number])))


if __name__ == "__main__":
    main()
