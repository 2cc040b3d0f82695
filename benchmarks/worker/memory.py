"""Whether the worker's memory stays flat: `python -m benchmarks.worker.memory [--minutes 10]`.

A steady load in real time; resident memory is sampled every second. Detectors hold hours of
history, so memory grows until those are full: compare the last minutes with those before.
"""

from __future__ import annotations

import argparse
import statistics
import time

from benchmarks.worker.stand import git_head, standing, stored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--partitions", type=int, default=4)
    chosen = parser.parse_args()
    seconds = chosen.minutes * 60
    with standing() as stand:
        plant = stand.plant(partitions=chosen.partitions)
        worker = stand.worker(plant)
        worker.says("are ours")
        start = worker.resident()
        source = stand.live(plant, chosen.rate, seconds, seed=11)
        client = stand.database(plant)
        samples: list[tuple[float, float]] = []
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            worker.must_run()
            samples.append((passed, worker.resident()))
            time.sleep(1)
        kept = stored(client)
        source.says("sent")
        said = source.log.read_text().split()
    print(
        f"{git_head()}: {chosen.rate:,} events/s for {chosen.minutes:g} min; {int(said[1]):,} "
        f"sent, {kept:,} in the ledger at the end; {start:.0f} MB before the first event\n"
    )
    print("| minutes | median MB | highest MB |\n|---|---:|---:|")
    step = seconds / 10
    for part in range(10):
        inside = [size for at, size in samples if part * step <= at < (part + 1) * step]
        if inside:
            print(
                f"| {part * step / 60:.1f} to {(part + 1) * step / 60:.1f} "
                f"| {statistics.median(inside):.0f} | {max(inside):.0f} |"
            )


if __name__ == "__main__":
    main()
