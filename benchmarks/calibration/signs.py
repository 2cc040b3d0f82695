"""How soon the detector finds that uptimes, times to recover or a measure get worse."""

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from benchmarks.calibration.harness import START, Happening, judged

DAY = 86_400.0
HEAD = ("sign, recoveries at a steady rate", "found by the 40th", "median", "runs")

CASES = {
    "memory grows 5 % each time, noise 5 %": (1.05, 0.05),
    "memory grows 3 % each time, noise 20 %": (1.03, 0.2),
    "memory grows 1 % each time, noise 20 %": (1.01, 0.2),
    "memory stays, noise 20 %": (1.0, 0.2),
}


def rows(runs: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure growth by a factor each time, with log-normal noise."""
    for name, (factor, noise) in CASES.items():
        stops = []
        for _ in range(runs):
            times = np.cumsum(rng.exponential(size=40)) * DAY
            values = 500 * factor ** np.arange(40) * rng.lognormal(sigma=noise, size=40)
            told = [
                Happening(float(at), measures={"memory": float(value)})
                for at, value in zip(times, values, strict=True)
            ]
            about = [f for f in judged(told).findings if f.subject.endswith("memory")]
            moments = [START + int(at * 1e6) for at in times]
            stops.append(bisect_right(moments, about[0].detected_at) if about else 10**6)
        share, middle = np.mean(np.array(stops) <= 10**5), float(np.median(stops))
        yield [name, f"{share:.0%}", "more" if middle > 10**5 else f"{middle:.0f}", str(runs)]
