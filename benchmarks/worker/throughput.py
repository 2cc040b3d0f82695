"""A backlog in Kafka → judged and in ClickHouse, one process on one core, beside Faust.

    python -m benchmarks.worker.throughput [--events N] [--runs N] [--two]

Both read the same records from the same broker and insert into the same server, which run on the
other core together with this script. The clock runs from the moment a process has its partitions
(Faust: says that it is ready) to the last event in the store; CPU seconds are those of the process
in that time, all its threads. The worker judges Faust's events twice: with every detector, and with
the one that does what the Faust application does. With `--two`, also two workers of one group, one
on each core: the second shares its core with broker and store.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer

from benchmarks.worker.events import Fleet
from benchmarks.worker.stand import (
    MEASURED,
    SERVING,
    Pinned,
    Stand,
    fill,
    git_head,
    reached,
    standing,
    stored,
)
from tests.support.plant import Plant
from tests.support.topics import Topics

PATIENCE, SILENCE = 1200.0, 60.0
ATTEMPTS = 3
PARTITIONS = 4
APP = Path(__file__).with_name("faust_app.py")
FAUST_TABLE = """
CREATE TABLE faust_events (
    time DateTime64(6, 'UTC'), id String, source LowCardinality(String), service String,
    environment LowCardinality(String), scope LowCardinality(String), action_id String,
    phase LowCardinality(String), agent LowCardinality(String), agent_kind LowCardinality(String),
    type LowCardinality(String), name LowCardinality(String), target String,
    trigger LowCardinality(String), condition String, outcome LowCardinality(String),
    duration Float64, counted UInt32, document String
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (service, time, id)
"""


@dataclass(frozen=True)
class Run:
    """One run: seconds of wall and CPU, rows in the store, services with a frequency finding."""

    events: int
    wall: float
    cpu: float
    rows: int
    services: frozenset[str]
    resident: float

    @property
    def rate(self) -> float:
        """Events a second of wall."""
        return self.events / self.wall

    @property
    def efficiency(self) -> float:
        """Events a CPU second."""
        return self.events / self.cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--faust-events", type=int, default=100_000, help="it is slower")
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--two", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without Faust")
    parser.add_argument("--storm", action="store_true", help="every service scales at random")
    chosen = parser.parse_args()
    now = time.time_ns() // 1000
    with standing() as stand:

        def filled(events: int) -> Plant:
            plant = stand.plant(partitions=PARTITIONS)
            hours = chosen.hours * events / chosen.events
            fleet = Fleet(storm=chosen.storm)
            fill(plant, fleet.backlog(events, now, hours))
            return plant

        ours, peers, alike, one_job, two = [], [], [], [], []
        for _ in range(chosen.runs):
            ours.append(_ours(stand, filled(chosen.events), chosen.events))
            if not chosen.alone:
                plant = filled(chosen.faust_events)
                peers.append(_faust(stand, plant, chosen.faust_events))
                alike.append(_ours(stand, plant, chosen.faust_events))
                plant = filled(chosen.faust_events)
                one_job.append(_ours(stand, plant, chosen.faust_events, one_job=True))
                for run in (alike[-1], one_job[-1]):
                    _compare(peers[-1], run)
            if chosen.two:
                two.append(_ours(stand, filled(chosen.events), chosen.events, workers=2))
    print(f"{git_head()}: {chosen.runs} runs, medians; {chosen.hours:g} h of event time\n")
    print("| what | events | events/s of wall | events per CPU second | CPU s | resident MB |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, runs in (
        ("overheal worker", ours),
        ("overheal worker, Faust's events", alike),
        ("overheal worker, Faust's events and job", one_job),
        ("Faust", peers),
        ("two overheal workers", two),
    ):
        if runs:
            print(_line(name, runs))
    if peers:
        _print_ratios("The same events", peers, alike)
        _print_ratios("The same events and job", peers, one_job)
    if two:
        print(f"Two workers: {_median(two, 'rate') / _median(ours, 'rate'):.2f} times one by wall.")


def _print_ratios(what: str, peers: list[Run], alike: list[Run]) -> None:
    walls = [mine.rate / peer.rate for mine, peer in zip(alike, peers, strict=True)]
    spent = [mine.efficiency / peer.efficiency for mine, peer in zip(alike, peers, strict=True)]
    print(
        f"\n{what}: {statistics.median(walls):.1f} times Faust by wall "
        f"({min(walls):.1f} to {max(walls):.1f}), {statistics.median(spent):.1f} times by CPU "
        f"({min(spent):.1f} to {max(spent):.1f})."
    )


def _median(runs: list[Run], name: str) -> float:
    return float(statistics.median(getattr(run, name) for run in runs))


def _line(name: str, runs: list[Run]) -> str:
    rates = sorted(run.rate for run in runs)
    return (
        f"| {name} | {runs[0].events:,} | {_median(runs, 'rate'):,.0f} "
        f"({rates[0]:,.0f} to {rates[-1]:,.0f}) | {_median(runs, 'efficiency'):,.0f} "
        f"| {_median(runs, 'cpu'):.1f} | {_median(runs, 'resident'):,.0f} |"
    )


def _compare(faust: Run, ours: Run) -> None:
    """Fail where one of them did less."""
    if faust.rows != ours.rows or faust.services != ours.services:
        only = sorted(faust.services ^ ours.services)[:5]
        sys.exit(
            f"they did not do the same: {faust.rows:,} rows and {len(faust.services)} services by "
            f"Faust, {ours.rows:,} and {len(ours.services)} by the worker; for example {only}"
        )


def _ours(
    stand: Stand, plant: Plant, events: int, workers: int = 1, *, one_job: bool = False
) -> Run:
    cores = (MEASURED, SERVING)[:workers]
    running = [stand.worker(plant, core=core, one_job=one_job) for core in cores]
    client = stand.database(plant)
    for worker in running:
        worker.says("are ours")
    run = _timed(
        running,
        events,
        lambda: stored(client),
        lambda: stored(client, "action_events", "count()"),
        lambda: _services(client),
    )
    for worker in running:
        worker.end()
    return run


def _services(client: Any) -> frozenset[str]:
    sql = "SELECT DISTINCT service FROM findings WHERE detector = 'recovery_frequency'"
    return frozenset(str(row[0]) for row in client.query(sql).result_rows)


def _faust(stand: Stand, plant: Plant, events: int) -> Run:
    client = stand.database(plant)
    client.command(FAUST_TABLE)

    def rows() -> int:
        return stored(client, "faust_events", "count()")

    for attempt in range(ATTEMPTS):
        topic = Topics(plant.kafka.client())("faust-findings", PARTITIONS)
        running = _started(stand, plant, f"faust-{plant.database}-{attempt}", topic)
        try:
            run = _timed([running], events, rows, rows, lambda topic=topic: told(plant, topic))
        except TimeoutError:
            if rows():
                raise
            print("Faust was ready and read nothing; started anew", file=sys.stderr)
            running.kill()
        else:
            running.kill()
            return run
    raise RuntimeError(f"Faust read nothing in {ATTEMPTS} attempts")


def _started(stand: Stand, plant: Plant, name: str, findings: str) -> Pinned:
    """Start the Faust application and wait until it says that it is ready."""
    settings = {
        "BENCH_NAME": name,
        "BENCH_TOPIC": plant.names.events,
        "BENCH_FINDINGS": findings,
        "BENCH_PARTITIONS": str(PARTITIONS),
        "BENCH_BROKER": stand.broker.bootstrap,
        "BENCH_PORT": str(stand.front.port),
        "BENCH_DATABASE": plant.database,
        "BENCH_FOLDER": str(stand.folder / name),
    }
    words = [f"{key}={value}" for key, value in settings.items()]
    command: list[str | Path] = [sys.executable, APP, "worker", "-l", "info", "--without-web"]
    running = stand.start(["env", *words, *command])
    running.says("Worker ready")
    return running


def told(plant: Plant, topic: str) -> frozenset[str]:
    """Return the keys of a topic's records, once it is quiet."""
    reader = Consumer(
        {**plant.kafka.client(), "group.id": "telling", "auto.offset.reset": "earliest"}
    )
    reader.subscribe([topic])
    found: set[str] = set()
    quiet = time.monotonic() + 5
    while time.monotonic() < quiet:
        for message in reader.consume(10_000, 0.5):
            if message.error() is None:
                found.add((message.key() or b"").decode())
                quiet = time.monotonic() + 3
    reader.close()
    return frozenset(found)


def _timed(
    running: list[Pinned],
    events: int,
    count: Callable[[], int],
    rows: Callable[[], int],
    services: Callable[[], frozenset[str]],
) -> Run:
    """Wait for all events; raises `TimeoutError`, soon where nothing comes at all.

    What was stored before the last process was ready does not count.
    """
    early = count()
    began, before = time.monotonic(), sum(one.spent().total for one in running)
    reached(running, count, 1, SILENCE)
    ended = reached(running, count, events, PATIENCE)
    spent = sum(one.spent().total for one in running) - before
    resident = max(one.resident() for one in running)
    return Run(events - early, ended - began, spent, rows(), services(), resident)


if __name__ == "__main__":
    main()
