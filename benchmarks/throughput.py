"""Canonical file → decode, deduplicate, all detectors, tier → embedded ClickHouse, on one core.

    python benchmarks/throughput.py [--events N] [--services N] [--runs N]

Memory is the highest that is resident, and the highest that is the process's own: the rest are
pages of libraries on disk, which the kernel drops where others need the room.

Beside it, in the same run and pinned to the same core: polars → Arrow → the same engine, which
reads the same file into one table and judges nothing. Whole processes, start-up included; medians.
Events a CPU second are what to compare where other work shares the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from fleet_file import write

OVERHEAL = Path(sys.executable).parent / "overheal"
CORE = 0
LOOK_SECONDS = 0.05
PEER = """
import sys, polars, clickhouse_connect
frame = polars.read_ndjson(sys.argv[1])
data = frame.drop("data").hstack(frame["data"].struct.unnest())
nested = [name for name, kind in data.schema.items() if kind == polars.Struct]
data = data.with_columns(polars.col(name).struct.json_encode() for name in nested)
client = clickhouse_connect.get_client(interface="chdb", path=sys.argv[2])
columns = ", ".join(f"`{name}` Nullable(String)" for name in data.columns)
client.command(f"CREATE TABLE peer ({columns}) ENGINE = MergeTree ORDER BY tuple()")
table = data.cast(polars.String).to_arrow()
for batch in table.to_batches(max_chunksize=50_000):
    import pyarrow
    client.insert_arrow("peer", pyarrow.Table.from_batches([batch]))
print(client.query("SELECT count() FROM peer").result_rows[0][0])
client.close()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--services", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "fleet.jsonl"
        write(chosen.events, chosen.services, source)
        ours, peers, memory, own = [], [], [], []
        our_cpu, peer_cpu = [], []
        for _ in range(chosen.runs):
            run = _timed(_ours(source, Path(scratch) / "store"), chosen.events)
            ours.append(chosen.events / run.wall)
            our_cpu.append(chosen.events / run.cpu)
            memory.append(run.resident)
            own.append(run.own)
            command = [sys.executable, "-c", PEER, str(source), str(Path(scratch) / "peer")]
            run = _timed(command, chosen.events)
            peers.append(chosen.events / run.wall)
            peer_cpu.append(chosen.events / run.cpu)
            for folder in ("store", "peer"):
                shutil.rmtree(Path(scratch) / folder)
    rate, peer = statistics.median(ours), statistics.median(peers)
    print(f"{chosen.events:,} events, {chosen.services:,} services, one core, {chosen.runs} runs")
    cpu, peers_cpu = statistics.median(our_cpu), statistics.median(peer_cpu)
    print("| what | events/s (median) | min | max | events a CPU second |")
    print("|---|---|---|---|---|")
    for name, found, median, spent in (
        ("overheal: file → findings, store", ours, rate, cpu),
        ("polars → Arrow → chDB", peers, peer, peers_cpu),
    ):
        print(f"| {name} | {median:,.0f} | {min(found):,.0f} | {max(found):,.0f} | {spent:,.0f} |")
    print(f"\nratio {rate / peer:.2f} by wall, {cpu / peers_cpu:.2f} by CPU; ", end="")
    print(f"peak memory {max(memory):,.0f} MB, its own {max(own):,.0f} MB")


def _ours(source: Path, store: Path) -> list[str]:
    return [str(OVERHEAL), "analyze", str(source), "--store", str(store), "--output", "json"]


class Run(NamedTuple):
    """Wall and CPU seconds, and MB: the highest resident, and the highest of its own."""

    wall: float
    cpu: float
    resident: float
    own: float


def _timed(command: list[str], events: int) -> Run:
    """Return what a command took that was pinned to one core."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {CORE}),  # noqa: PLW1509 - no threads here
    )
    assert process.stdout is not None
    own = [0.0]
    threading.Thread(target=_watch, args=(process.pid, own), daemon=True).start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        sys.exit(f"{command[0]} failed")
    _check(output, events)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, max(own))


def _watch(pid: int, own: list[float]) -> None:
    """Note a process's own memory (anonymous pages, MB) until it ends."""
    with suppress(OSError):
        while found := re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()):
            own.append(int(found[1]) / 1024)
            time.sleep(LOOK_SECONDS)


def _check(output: bytes, events: int) -> None:
    """Nobody is fast by doing less: every event must have been kept."""
    kept = json.loads(output)
    found = kept if isinstance(kept, int) else kept["totals"]["stored"]
    if found != events:
        sys.exit(f"kept {found} of {events} events")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
