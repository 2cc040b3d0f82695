"""How long each KPI view takes over 30 days: python benchmarks/kpis.py [MILLIONS] [DAYS] [DIR].

Measures before and after settling (`Store.settle_hours`); of the newest three hours nothing is
settled then, as in a store that is written to.

MILLIONS of events over DAYS are made inside the engine with INSERT SELECT (defaults 2 and 8, which
is the density of 100 million events in 400 days), half of them recoveries in 300 services; prints
median and 95th percentile of wall and processor time of each view, at most two threads.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from overheal.model import DAY, MICROSECOND
from overheal.store import Store, open_store
from overheal.store.kpis import FOREVER, PLAIN, VIEWS
from overheal.store.sql import query

ROUNDS = 5
EVENTS = """
INSERT INTO action_events
(
    id, source, time, action_id, phase, service, environment, scope, agent, agent_kind, type,
    trigger, condition, outcome, duration, recovery, count, first_at, user_visible, document,
    counted, counted_at, received_at
)
SELECT
    concat('e', toString(number)),
    'urn:bench',
    fromUnixTimestamp64Micro
    (
        toInt64({start} + intDiv(number, 2) * {step} + number % 2 * 20000000), 'UTC'
    ) AS time,
    concat('a', toString(intDiv(number, 2))),
    if(number % 2 = 0, 'started', 'finished'),
    concat('shop/service-', toString(sipHash64(intDiv(number, 2)) % 300)),
    'production', 'shop', 'kubelet', 'platform', 'restart', 'failure', 'probe failed',
    if(number % 2 = 0, '', if(sipHash64(number) % 10 = 0, 'failed', 'succeeded')),
    if(number % 2 = 0, NULL, 20.),
    sipHash64(intDiv(number, 2)) % 2 = 0 AS recovery,
    1, time, sipHash64(number) % 50 = 0,
    '{{"data":{{"agent":{{"autonomy_level":3}},"action":{{"policy":{{"id":"p1"}}}}}}}}',
    if(number % 2 = 0 AND recovery, 1, 0), time, time
FROM numbers({first}, {rows})
SETTINGS max_threads = 2, max_partitions_per_insert_block = 0
"""
CHUNK = 2_000_000


def fill(store: Store, events: int, days: int, start: int) -> None:
    """Make the events of so many days from `start` on."""
    step = days * DAY // (events // 2)
    for first in range(0, events, CHUNK):
        sql = EVENTS.format(start=start, step=step, first=first, rows=min(CHUNK, events - first))
        store._engine.command(sql)  # noqa: SLF001 - the benchmark makes its rows in the engine


def measure(store: Store, start: int, end: int, rounds: int = ROUNDS) -> None:
    """Print how long each view takes over a span."""
    asked = {
        "start": start,
        "end": end,
        "as_of": FOREVER,
        "service": "",
        "environment": "",
        "per_service": 0,
    }
    for view in VIEWS:
        wall, cpu = [], []
        for _ in range(rounds):
            began, used = time.perf_counter(), time.process_time()
            store._engine.rows(  # noqa: SLF001 - one view alone
                query("kpi").replace("kpi_view", view), {**PLAIN, "max_threads": 2}, **asked
            )
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - used) * 1000)
        wall.sort()
        cpu.sort()
        last = min(round(0.95 * rounds), rounds - 1)
        print(
            f"{view:28} p50 {wall[rounds // 2]:7.0f} ms, p95 {wall[last]:7.0f} ms; "
            f"processor {cpu[rounds // 2]:7.0f} ms",
            flush=True,
        )


def main() -> None:
    """Fill a store and measure."""
    given = sys.argv[1:]
    events = int(float(given[0]) * 1_000_000) if given else 2_000_000
    days = int(given[1]) if len(given) > 1 else 8
    place = given[2] if len(given) > 2 else None
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        open_store(Path(folder) / "store") as store,
    ):
        end = int(time.time()) * MICROSECOND
        first = end - days * DAY
        began = time.process_time()
        fill(store, events, days, first)
        print(
            f"{events:,} events in {days} days, {time.process_time() - began:.0f} s to make",
            flush=True,
        )
        start = max(first, end - 30 * DAY)
        print("counted from the facts", flush=True)
        measure(store, start, end, rounds=1)
        began = time.process_time()
        hours = store.settle_hours()
        print(f"{hours} hours settled in {time.process_time() - began:.0f} s", flush=True)
        measure(store, start, end)


if __name__ == "__main__":
    main()
