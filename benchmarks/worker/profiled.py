"""Where the worker's CPU time goes, stage by stage: `python -m benchmarks.worker.profiled`.

A backlog, or with `--rate` a live stream, is judged by a worker on one core while `sampling` notes
its stacks. Prints a Markdown page; microseconds are CPU time an event.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.worker.events import SERVICES, Fleet
from benchmarks.worker.stand import (
    READY,
    Stand,
    git_head,
    reached,
    standing,
    stored,
    told_findings,
)
from tests.support.plant import Plant

LOOP = "worker/loop.py"
STAGES: tuple[tuple[str, str, str], ...] = (
    ("detector: recovery_frequency", "detect/recovery_frequency.py", ""),
    ("detector: thrashing", "detect/thrashing.py", ""),
    ("detector: ineffective_recovery", "detect/ineffective_recovery.py", ""),
    ("detector: agent_conflict", "detect/agent_conflict/", ""),
    ("detector: compound_hazard", "detect/compound_hazard/", ""),
    ("detector: masked_degradation", "detect/masked_degradation/", ""),
    ("tier and book (judging, publishing findings)", "overheal/tier.py", ""),
    ("tier and book (judging, publishing findings)", "state/book.py", ""),
    ("scope stage: reading facts", "state/facts.py", ""),
    ("scope stage: checkpoints of the timeline", "state/scope.py", "save"),
    ("scope stage: checkpoints of the timeline", "state/scope.py", "load"),
    ("scope stage: forget_before", "stages/scope.py", "forget_before"),
    ("scope stage: timeline", "state/timeline.py", ""),
    ("scope stage: dispatch", "stages/telling.py", ""),
    ("scope stage: dispatch", "stages/scope.py", ""),
    ("snapshots", "stages/snapshot.py", ""),
    ("snapshots", "worker/lane.py", "snapshots"),
    ("snapshots", "worker/lane.py", "_snapshot"),
    ("condense activity", "stages/activity.py", ""),
    ("deduplicate", "flow.py", "_deduplicate"),
    ("deduplicate", "state/seen.py", ""),
    ("enrich (catalog)", "flow.py", "_enrich"),
    ("enrich (catalog)", "overheal/catalog.py", ""),
    ("flow: due, counts, rest of judge", "overheal/flow.py", ""),
    ("decode", "overheal/contract/", ""),
    ("intake (around decode, bounds)", "run/intake.py", ""),
    ("intake (around decode, bounds)", "run/bounds.py", ""),
    ("StoredEvent rows", "worker/block.py", ""),
    ("lane (learn, note, slices, ahead)", "worker/lane.py", ""),
    ("publish findings", "run/messages.py", "finding_record"),
    ("publish findings", "worker/publishing.py", "findings"),
    ("publish activity", "worker/publishing.py", "activities"),
    ("publish activity", "run/messages.py", "activity_records"),
    ("consume: columns", "kafka/polled.py", ""),
    ("consume: driver, grouping", "kafka/consumer.py", ""),
    ("commit, producer", "overheal/kafka/", ""),
    ("watch (metrics, logs)", "worker/watch.py", ""),
    ("watch (metrics, logs)", "run/metrics.py", ""),
    ("Arrow conversion", "store/columns.py", ""),
    ("Arrow conversion", "store/records.py", ""),
    ("insert: serialise and send", "store/engine.py", ""),
    ("store, else", "overheal/store/", ""),
    ("loop, else", LOOP, ""),
    ("writer, else", "worker/writing.py", ""),
)
"""Stage, part of a path, function; the innermost frame that fits any of them decides."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=600_000)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--partitions", type=int, default=3)
    parser.add_argument("--storm", action="store_true", help="every service scales at random")
    parser.add_argument("--rate", type=int, default=0, help="live, so many events a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, with --rate")
    parser.add_argument("--jitter", type=float, default=0.0, help="seconds late at most, live")
    parser.add_argument("--raw", type=Path, help="where to keep the samples")
    chosen = parser.parse_args()
    with standing() as stand:
        raw = chosen.raw or stand.folder / "samples.json"
        plant = stand.plant(partitions=chosen.partitions)
        events = chosen.events
        if not chosen.rate:
            fleet = Fleet(storm=chosen.storm)
            stand.fill(plant, fleet.backlog(events, time.time_ns() // 1000, chosen.hours))
        command = [sys.executable, "-m", "benchmarks.worker.sampling", raw, "worker"]
        worker = stand.start([*command, "--config", plant.path])
        worker.says("are ours")
        client = stand.database(plant)
        began, before = time.monotonic(), worker.spent()
        if chosen.rate:
            events = live(stand, plant, chosen.rate, chosen.seconds, chosen.jitter)
        ended = reached([worker], lambda: stored(client), events, 600)
        after = worker.spent()
        worker.end()
        told, findings = told_findings(plant), stored(client, "findings FINAL", "count()")
        spent = {name: getattr(after, name) - getattr(before, name) for name in ("main", "driver")}
        when = f"{chosen.rate:,} a second" if chosen.rate else f"{chosen.hours:g} h of event time"
        spent["writer and others"] = after.others - before.others
        print(
            f"{git_head()}: {events:,} events, {SERVICES:,} services, {when}, "
            f"{chosen.partitions} partitions; wall {ended - began:.1f} s\n"
        )
        print(f"{findings:,} findings, told {told:,} times\n")
        print(", ".join(f"{name} {value:.1f} CPU s" for name, value in spent.items()))
        report(raw, events, spent["driver"])


def live(stand: Stand, plant: Plant, rate: int, seconds: float, jitter: float) -> int:
    """Produce in real time, beside broker and store; return how many events there were."""
    source = stand.live(plant, rate, seconds, jitter=jitter)
    source.says("sent", seconds + READY)
    return int(source.log.read_text().split()[1])


def report(raw: Path, events: int, driver: float) -> None:
    """Print stages and functions of a run's samples; `driver` are librdkafka's CPU seconds."""
    document = json.loads(raw.read_text())
    stages: defaultdict[tuple[str, str], float] = defaultdict(float)
    functions: defaultdict[str, float] = defaultdict(float)
    for thread, stack, seconds in document["stacks"]:
        stage = _stage(stack, main=thread == "main")
        if stage:
            stages[thread, stage] += seconds
            functions[_short(stack[0])] += seconds
    stages["librdkafka", "consume and produce: its own threads"] = driver
    total = sum(stages.values())
    print("\n| thread | stage | CPU µs an event | share |\n|---|---|---:|---:|")
    for (who, stage), seconds in sorted(stages.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"| {who} | {stage} | {seconds / events * 1e6:.2f} | {seconds / total:.1%} |")
    print(f"| all | | {total / events * 1e6:.2f} | {events / total:,.0f} events a CPU second |")
    collected = document["gc"]
    print(
        f"\nOf these, garbage collection: {collected['seconds'] / events * 1e6:.2f} µs an event "
        f"({collected['runs']:.0f} runs, {collected['longest'] * 1000:.0f} ms at most, "
        f"{collected['found']:,.0f} objects in cycles)."
    )
    print("\n| function (own time, with the C functions it calls) | CPU µs an event |\n|---|---:|")
    for name, seconds in sorted(functions.items(), key=lambda item: -item[1])[:25]:
        print(f"| {name} | {seconds / events * 1e6:.2f} |")


def _stage(stack: Sequence[str], *, main: bool) -> str:
    """Return the stage that a stack is in; empty for what belongs to start and end."""
    if "sampling.py" in stack[0] or (
        main and not any(LOOP in frame and frame.endswith("Worker.run") for frame in stack)
    ):
        return ""
    for frame in stack:
        path, _, function = frame.split(":", 2)
        for stage, part, name in STAGES:
            if part in path and (not name or function.rpartition(".")[2] == name):
                return stage
    return "else"


def _short(frame: str) -> str:
    path, line, function = frame.split(":", 2)
    parts = Path(path).parts
    shown = "/".join(parts[parts.index("overheal") + 1 :] if "overheal" in parts else parts[-2:])
    return f"`{shown}:{line} {function}`"


if __name__ == "__main__":
    main()
