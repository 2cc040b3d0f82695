"""From an event to the finding on its topic, in real time: `python -m benchmarks.worker.latency`.

A producer of its own sends events of the fleet, each with the moment at which it is handed to the
driver. What is measured is from the event that changed a finding (its newest member) to the moment
at which a reader has the finding's record, so both brokers' hops are in it. The first seconds,
when the worker has just started, do not count.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime

from confluent_kafka import Consumer

from benchmarks.worker.stand import Pinned, git_head, standing
from tests.support.plant import Plant

WARM = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--jitter", type=float, default=0.0, help="seconds events are late at most")
    chosen = parser.parse_args()
    with standing() as stand:
        plant = stand.plant(partitions=chosen.partitions)
        worker = stand.worker(plant)
        worker.says("are ours")
        before = worker.spent().total
        source = stand.live(plant, chosen.rate, chosen.seconds, jitter=chosen.jitter)
        delays = heard(plant, worker, chosen.seconds)
        spent = worker.spent().total - before
        source.says("sent")
        said = source.log.read_text().split()
    print(
        f"{git_head()}: {chosen.rate:,} events/s for {chosen.seconds:g} s, "
        f"up to {chosen.jitter:g} s late ({int(said[1]):,} sent, "
        f"at most {float(said[3]):.2f} s behind); worker {spent / chosen.seconds:.0%} of a core; "
        f"{len(delays):,} findings told\n"
    )
    print("| from the event | p50 | p99 | p99.9 | longest |\n|---|---:|---:|---:|---:|")
    for what, place in (("until its finding is read", 0), ("until the worker sends it", 1)):
        found = sorted(delay[place] for delay in delays)
        shown = [found[min(len(found) - 1, int(len(found) * q))] for q in (0.5, 0.99, 0.999, 1.0)]
        print(f"| {what} | " + " | ".join(f"{seconds:.3f} s" for seconds in shown) + " |")


def heard(plant: Plant, worker: Pinned, seconds: float) -> list[tuple[float, float]]:
    """Return how old each finding's last event was when it was read, and when it was sent."""
    reader = Consumer(
        {
            **plant.kafka.client(),
            "group.id": "hearing",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,
        }
    )
    reader.subscribe([plant.names.findings])
    delays: list[tuple[float, float]] = []
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        worker.must_run()
        for message in reader.consume(100, 0.02):
            now = time.time()
            if message.error() is None and passed > WARM:
                told = json.loads(message.value() or b"{}")
                if told.get("status") == "open":
                    last = datetime.fromisoformat(told["last_at"]).timestamp()
                    sent = message.timestamp()[1] / 1000
                    delays.append((now - last, sent - last))
    reader.close()
    return delays


if __name__ == "__main__":
    main()
