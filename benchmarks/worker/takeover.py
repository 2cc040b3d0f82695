"""How long until another worker has taken over: `python -m benchmarks.worker.takeover`.

Two workers share a steady load; one is killed, or asked to stop. Measured is from then until the
ledger goes on in every partition.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from benchmarks.worker.stand import MEASURED, SERVING, git_head, standing
from tests.support import children

PATIENCE = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=4)
    chosen = parser.parse_args()
    killed: list[float] = []
    asked: list[float] = []
    with standing() as stand:
        for run in range(2 * chosen.runs):
            plant = stand.plant(partitions=chosen.partitions)
            first, second = stand.worker(plant, core=MEASURED), stand.worker(plant, core=SERVING)
            first.says("are ours")
            second.says("are ours")
            source = stand.live(plant, chosen.rate, 600, seed=run)
            client = stand.database(plant)
            everywhere(client, chosen.partitions, 0)
            time.sleep(5)
            moment = time.time_ns() // 1000
            began = time.monotonic()
            if run % 2:
                second.end()
            else:
                second.kill()
            everywhere(client, chosen.partitions, moment)
            (asked if run % 2 else killed).append(time.monotonic() - began)
            first.kill()
            source.kill()
    print(f"{git_head()}: two workers, {chosen.rate:,} events/s, {chosen.runs} runs each\n")
    print("| one of two is | median until every partition goes on | longest |\n|---|---:|---:|")
    for what, found in (("killed", killed), ("asked to stop", asked)):
        print(f"| {what} | {statistics.median(found):.1f} s | {max(found):.1f} s |")


def everywhere(client: Any, partitions: int, since: int) -> None:
    """Wait until every partition has a range of events read after a moment (microseconds UTC)."""
    sql = (
        "SELECT count(DISTINCT _partition) FROM action_events "  # noqa: S608 - a number
        f"WHERE toUnixTimestamp64Micro(received_at) > {since}"
    )

    def there() -> bool:
        return int(client.query(sql).result_rows[0][0]) >= partitions

    children.until(there, "events of every partition", PATIENCE)


if __name__ == "__main__":
    main()
