"""A steady load in real time.

python -m benchmarks.worker.live BROKER TOPIC RATE SECONDS SEED [JITTER]

With JITTER events are up to so many seconds older when they are sent, as chance has it.
"""

from __future__ import annotations

import random
import sys
import time

from confluent_kafka import Producer

from benchmarks.worker.events import Fleet
from overheal.kafka.settings import KafkaSettings

SLICE = 0.01


def main() -> None:
    """Produce `RATE` events a second, each with the time at which it is handed to the driver."""
    broker, topic, rate, seconds, seed, *rest = sys.argv[1:]
    jitter, rng = float(rest[0]) if rest else 0.0, random.Random(seed)
    fleet = Fleet(seed=int(seed), prefix=f"l{seed}-")
    producer = Producer({**KafkaSettings(broker).producer(), "linger.ms": 5})
    began = time.monotonic()
    due, sent = 0, 0
    behind = 0.0
    while (passed := time.monotonic() - began) < float(seconds):
        due = int(passed * float(rate))
        behind = max(behind, (due - sent) / float(rate))
        while sent < due:
            late = rng.uniform(0, jitter) * 1_000_000
            key, value = fleet.record(time.time_ns() // 1000 - round(late))
            producer.produce(topic, value, key)
            sent += 1
        producer.poll(0)
        time.sleep(SLICE)
    producer.flush(60)
    print(f"sent {sent} behind {behind:.3f}", flush=True)


if __name__ == "__main__":
    main()
