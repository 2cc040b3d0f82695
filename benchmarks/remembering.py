"""What holds the memory of a steady stream: `python -m benchmarks.remembering [--minutes 30]`.

Both stages in one process judge `fleet_file`'s events at a rate, with ten minutes of lateness.
Every five minutes of event time: resident memory beyond that of the start, and the encoded size of
what each part remembers (objects in memory take about three times as much).
"""

# ruff: noqa: SLF001 - it looks inside

from __future__ import annotations

import argparse
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec

from benchmarks.fleet_file import START, event_of
from benchmarks.judging import decoded, resident
from overheal.catalog import Catalog
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import MINUTE
from overheal.run.garbage import collect_less
from overheal.stages.rules import RuleBook, rules_of

BATCH = 500
SHOWN = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="events a second")
    parser.add_argument("--services", type=int, default=1_000)
    parser.add_argument("--minutes", type=int, default=30)
    chosen = parser.parse_args()
    collect_less()
    rng, replicas, encode = random.Random(7), [4] * chosen.services, msgspec.json.Encoder().encode
    flow = Flow(RuleBook(rules_of(Catalog(), SettingsBook())), 10 * MINUTE)
    before = resident()
    for start in range(0, chosen.minutes * 60 * chosen.rate, BATCH):
        documents = []
        for number in range(start, start + BATCH):
            moment = START + timedelta(seconds=number / chosen.rate)
            service = rng.randrange(chosen.services)
            documents.append(encode(event_of(rng, number, service, replicas, moment)))
        events = decoded(documents)
        flow.judge(events, [event.time for event in events])
        minutes, over = divmod(start + BATCH, 60 * chosen.rate)
        if over < BATCH and minutes % 5 == 0:
            parts = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in held(flow))
            print(f"{minutes} min: {resident() - before:,.0f} MB; encoded: {parts}", flush=True)


def held(flow: Flow) -> list[tuple[str, int]]:
    """Return the largest parts of what a flow remembers, by name, with their encoded bytes."""
    scopes, fleet, sizes = flow.scope.scopes, flow.fleet, Counter[str]()
    detectors = flow.scope.rules.latest
    for timeline in scopes._scopes.values():
        sizes["log"] += timeline._log.weight
        sizes["copies of scopes"] += sum(len(copy) for _, copy in timeline._copies)
        sizes["facts"] += _size(timeline.state.reader)
        for detector, own in zip(detectors.scope, timeline.state.states, strict=True):
            sizes[detector.name] += _size(own)
    sizes["activity"] = fleet._known.weight + fleet._timeline._log.weight
    sizes["copies of the fleet"] = sum(len(copy) for _, copy in fleet._timeline._copies)
    for kind, own in zip(detectors.fleet, fleet._timeline.state.states, strict=True):
        sizes[f"fleet: {kind.name}"] += _size(own)
    return sizes.most_common(SHOWN)


def _size(value: Any) -> int:
    return len(msgspec.msgpack.encode(value))


if __name__ == "__main__":
    main()
