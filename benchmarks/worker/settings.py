"""What the worker's settings cost: `python -m benchmarks.worker.settings`.

The same backlog for each row: how fast it is stored, in how many inserts, with how much memory.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.worker.events import Fleet
from benchmarks.worker.stand import fill, git_head, reached, standing, stored

ROWS = (
    (20_000, 1.0, 100_000),
    (5_000, 1.0, 100_000),
    (50_000, 1.0, 100_000),
    (20_000, 0.2, 100_000),
    (20_000, 5.0, 100_000),
    (50_000, 5.0, 200_000),
    (20_000, 1.0, 20_000),
)
"""`batch_events`, `flush_seconds`, `pending_events`; the first are the defaults."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--partitions", type=int, default=4)
    chosen = parser.parse_args()
    with standing() as stand:
        print(f"{git_head()}: {chosen.events:,} events, {chosen.partitions} partitions\n")
        print(
            "| batch_events | flush_seconds | pending_events | events/s | events per CPU second "
            "| blocks/s | events a block | highest MB |\n|---:|---:|---:|---:|---:|---:|---:|---:|"
        )
        for batch, flush, pending in ROWS:
            text = f"batch_events = {batch}\nflush_seconds = {flush}\npending_events = {pending}\n"
            plant = stand.plant(partitions=chosen.partitions, worker=text)
            until = time.time_ns() // 1000
            fill(plant, Fleet().backlog(chosen.events, until, chosen.hours))
            client = stand.database(plant)
            worker = stand.worker(plant)
            worker.says("are ours")
            began, before = time.monotonic(), worker.spent().total
            highest = [0.0]

            def count() -> int:
                highest[0] = max(highest[0], worker.resident())  # noqa: B023 - called within
                return stored(client)  # noqa: B023

            seconds = reached([worker], count, chosen.events, 600) - began
            spent = worker.spent().total - before
            blocks = stored(client, "ingest_ranges", "count()")
            worker.end()
            print(
                f"| {batch:,} | {flush:g} | {pending:,} | {chosen.events / seconds:,.0f} "
                f"| {chosen.events / spent:,.0f} | {blocks / seconds:.1f} "
                f"| {chosen.events / blocks:,.0f} | {highest[0]:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
