"""Where the CPU time of judging goes: `python -m benchmarks.judging [--lateness MINUTES]`.

Events are made and decoded beforehand; both stages judge them in one process, with every detector
and then with `--only` some. Every millisecond of CPU time the stack is booked on the innermost
part that it stands in. Prints a Markdown page; microseconds are CPU time an event.
"""

from __future__ import annotations

import argparse
import gc
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType

import msgspec

from benchmarks.fleet_file import START, event_of
from overheal.catalog import Catalog
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import MINUTE, Event
from overheal.stages.rules import RuleBook, Rules, rules_of

BATCH = 2_000
INTERVAL = 0.001
PARTS = (
    ("detect/settings.py", "settings of detectors"),
    ("stages/activity.py", "condense activity"),
    ("stages/snapshot.py", "log of the lateness window"),
    ("state/facts.py", "facts"),
    ("state/scope.py", "copies and counts of scopes"),
    ("state/timeline.py", "timeline"),
    ("stages/fleet.py", "fleet stage"),
    ("stages/", "scope stage"),
    ("state/seen.py", "deduplicate"),
    ("overheal/catalog.py", "enrich"),
    ("overheal/flow.py", "flow"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--services", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--lateness", type=int, default=0, help="minutes")
    parser.add_argument("--only", nargs="*", default=[], help="names of detectors")
    chosen = parser.parse_args()
    batches = made(chosen.events, chosen.services, chosen.days)
    rules = some(rules_of(Catalog(), SettingsBook()), chosen.only)
    spent, parts = sampled(Flow(RuleBook(rules), chosen.lateness * MINUTE), batches)
    events = chosen.events
    print(f"{events:,} events, {chosen.services:,} services, {chosen.lateness} min of lateness\n")
    print("| where | CPU µs an event |\n|---|---:|")
    every = sum(parts.values())
    for name, count in parts.most_common():
        print(f"| {name} | {count / every * spent / events * 1e6:.2f} |")
    print(f"| all | {spent / events * 1e6:.2f} |")
    print(f"\n{resident():,.0f} MB resident at the end")


def some(rules: Rules, names: Sequence[str]) -> Rules:
    """Return rules with these detectors only; with all where none is named."""
    if not names:
        return rules
    scope = [one for one in rules.scope if one.name in names]
    fleet = [one for one in rules.fleet if one.name in names]
    return Rules(rules.catalog, scope, fleet)


def made(events: int, services: int, days: float = 30.0, seed: int = 7) -> list[list[Event]]:
    """Return batches of the events that `fleet_file` writes."""
    rng, replicas, encode = random.Random(seed), [4] * services, msgspec.json.Encoder().encode
    batches = []
    for start in range(0, events, BATCH):
        documents = []
        for number in range(start, min(start + BATCH, events)):
            service = rng.randrange(services)
            moment = START + timedelta(seconds=number * days * 86_400 / events)
            documents.append(encode(event_of(rng, number, service, replicas, moment)))
        batches.append(decoded(documents))
    return batches


def decoded(documents: Sequence[bytes]) -> list[Event]:
    """Return the events of documents that must all be right."""
    found = Flow.decode(documents)
    events = [event for event in found if isinstance(event, Event)]
    if len(events) != len(found):
        raise SystemExit("a made event was refused")
    return events


def judged(flow: Flow, batches: Sequence[Sequence[Event]]) -> float:
    """Return the CPU seconds that judging takes; what was there before is not collected."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    for batch in batches:
        flow.judge(batch)
    spent = time.process_time() - began
    gc.unfreeze()
    return spent


def sampled(flow: Flow, batches: Sequence[Sequence[Event]]) -> tuple[float, Counter[str]]:
    """Return the CPU seconds of judging, and the samples of each part."""
    parts: Counter[str] = Counter()

    def look(_signal: int, frame: FrameType | None) -> None:
        parts[_part(frame)] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    spent = judged(flow, batches)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return spent, parts


def _part(frame: FrameType | None) -> str:
    """Return the detector that a stack is in, else the innermost part that is known."""
    found = ""
    while frame is not None:
        path = frame.f_code.co_filename
        if "/overheal/detect/" in path and not path.endswith(("/base.py", "detect/settings.py")):
            inner = path.partition("/overheal/detect/")[2].removesuffix(".py").split("/")
            name = inner[0]
            fleet = name in ("cascade", "mass_action") or inner[1:] in (["fleet"], ["agents"])
            return f"{'fleet' if fleet else 'scope'}: {name}"
        for part, name in PARTS if not found else ():
            if part in path:
                found = name
                break
        frame = frame.f_back
    return found or "else"


def resident() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
