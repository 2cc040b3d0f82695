"""What the detector costs: time for each recovery, bytes for each service."""

import time
from collections.abc import Iterator

import msgspec
import numpy as np

from benchmarks.calibration.harness import judged, recovered_at
from benchmarks.calibration.nulls import NULLS

HEAD = ("cost", "µs for each recovery", "bytes for a service", "recoveries")
DAY = 86_400.0


def rows(runs: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """Measure processor time, the harness included, and the size of the state at the end."""
    cases = {
        f"{kind}, {rate:g} a day, all signs": [NULLS[kind](rng, rate) for _ in range(runs)]
        for kind, rate in (("Poisson", 1.0), ("Poisson", 10.0), ("daily rhythm, a wave", 10.0))
    }
    gaps = [rng.exponential(DAY, size=90) for _ in range(runs)]
    cases["Poisson, 1 a day, gaps alone"] = [recovered_at(list(np.cumsum(g))) for g in gaps]
    for name, histories in cases.items():
        begun = time.process_time()
        told = [judged(history) for history in histories]
        seconds = time.process_time() - begun
        count = sum(len(history) for history in histories)
        size = np.mean([len(msgspec.msgpack.encode(one.state)) for one in told])
        yield [name, f"{seconds / count * 1e6:.0f}", f"{size:,.0f}", f"{count:,}"]
