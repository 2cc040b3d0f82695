"""What an event takes in the store, and what a year of them costs.

    python benchmarks/store_size.py [--events N] [--price DOLLARS]

Writes events of `fleet_file` at three densities into a store of its own, lets the engine merge
them, and reads what they take on disk per event, with every table that is worked out of them; once
with ids that count upwards, and once with random ones, which hardly compress. `--price` is of a
gigabyte of block storage for a month.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from fleet_file import START, event_of  # noqa: E402
from overheal.contract.decode import decode  # noqa: E402
from overheal.store import StoredEvent, open_store  # noqa: E402

YEAR = 365.25 * 86_400
RETENTION_DAYS = 400
RATES = ((1, 30), (100, 1_000), (10_000, 10_000))
BATCH = 25_000
MICROSECOND = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--price", type=float, default=0.08)
    chosen = parser.parse_args()
    print(
        "| events/s | services | JSON, bytes an event | stored, bytes an event | with random ids |"
        " a year | 400 days of it for a year |"
    )
    print("|---|---|---|---|---|---|---|")
    for rate, services in RATES:
        plain, counted = stored(rate, services, chosen.events, uuids=False)
        _, random_ids = stored(rate, services, chosen.events, uuids=True)
        year = random_ids * rate * YEAR / 1e9
        dollars = random_ids * rate * RETENTION_DAYS * 86_400 / 1e9 * chosen.price * 12
        print(
            f"| {rate:,} | {services:,} | {plain:.0f} | {counted:.0f} | {random_ids:.0f} |"
            f" {year:,.0f} GB | ${dollars:,.0f} |",
            flush=True,
        )


def stored(rate: int, services: int, events: int, *, uuids: bool) -> tuple[float, float]:
    """Return bytes of JSON and bytes on disk, per event."""
    rng, replicas, encode = random.Random(7), [4] * services, msgspec.json.Encoder().encode
    size = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "store") as store,
    ):
        for start in range(0, events, BATCH):
            rows = []
            for number in range(start, min(start + BATCH, events)):
                moment = START + timedelta(seconds=number / rate)
                document = event_of(rng, number, rng.randrange(services), replicas, moment)
                if uuids:
                    ids = uuid.UUID(int=rng.getrandbits(128)), uuid.UUID(int=rng.getrandbits(128))
                    document["id"], document["data"]["action_id"] = map(str, ids)  # type: ignore[index]
                raw = encode(document)
                size += len(raw)
                event = decode(raw)
                at = int(moment.timestamp() * MICROSECOND)
                rows.append(
                    StoredEvent(
                        event,
                        event.scope,
                        int(event.recovery),
                        received_at=at + 2 * MICROSECOND,
                        topic="overheal.events.v1",
                        partition=number % 8,
                        offset=number // 8,
                    )
                )
            store.write_events(rows)
        store.settle_hours()
        for table in store.all_tables():
            store._engine.command(f"OPTIMIZE TABLE {table.name} FINAL")  # noqa: SLF001 - as merges do
        taken = sum(table.bytes for table in store.sizes())
    return size / events, taken / events


if __name__ == "__main__":
    main()
