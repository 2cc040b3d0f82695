"""Whether judging an event costs the same in a larger fleet: `python -m benchmarks.scaling`.

Of services, agents and targets one grows tenfold and tenfold again while the others stay, in a
fleet of many scopes and then in one scope where much happens at once (`dense_scope`). The
first half of the events only makes the fleet known; CPU time is measured on the second, and of
`--runs` the least counts. The exponent is the slope of a straight line through the three points,
both axes logarithmic: 0 is flat, 1 grows as fast as the fleet. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import log

import msgspec

from benchmarks import dense_scope
from benchmarks.fleet_file import START
from benchmarks.judging import BATCH, decoded, judged
from overheal.catalog import Catalog
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import Event
from overheal.stages.rules import RuleBook, rules_of

BASE = {"services": 10_000, "agents": 100, "targets": 10_000}
GROWN = {
    "services": (1_000, 10_000, 100_000),
    "agents": (10, 100, 1_000),
    "targets": (1_000, 10_000, 100_000),
}
DENSE_BATCH = 500
PER_SECOND = 20
SCOPE = 100
"""Events in a second of event time, and services in a scope."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=80_000)
    parser.add_argument("--dense-events", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.events:
        begin("what grows", chosen.events)
        for name, sizes in GROWN.items():
            fleets = [BASE | {name: size} for size in sizes]
            costs = [
                min(cost(fleet, chosen.events) for _ in range(chosen.runs)) for fleet in fleets
            ]
            show(name, sizes, costs)
    if chosen.dense_events:
        begin("what grows in one scope", chosen.dense_events)
        for name, scopes in dense_scope.GROWN.items():
            costs = [
                min(cost_of(scope, chosen.dense_events) for _ in range(chosen.runs))
                for scope in scopes
            ]
            show(name, dense_scope.size_of(scopes), costs)


def begin(what: str, events: int) -> None:
    """Print the head of a table."""
    print(f"\n{events // 2:,} events after as many that made the fleet known\n")
    print(f"| {what} | CPU µs an event, from the smallest on | exponent |\n|---|---|---:|")


def show(name: str, sizes: Sequence[float], costs: Sequence[float]) -> None:
    """Print a row of a table."""
    shown = ", ".join(f"{size:,g}: {one:.1f}" for size, one in zip(sizes, costs, strict=True))
    print(f"| {name} | {shown} | {slope(sizes, costs):.2f} |", flush=True)


def cost_of(scope: dense_scope.Scope, events: int) -> float:
    """Return the CPU microseconds that judging an event of the second half takes in one scope."""
    made = dense_scope.made(scope, events)
    batches = [made[start : start + DENSE_BATCH] for start in range(0, events, DENSE_BATCH)]
    return cost_in(Flow(RuleBook(rules_of(dense_scope.catalog(scope), SettingsBook())), 0), batches)


def cost(fleet: dict[str, int], events: int) -> float:
    """Return the CPU microseconds that judging an event of the second half takes."""
    flow = Flow(RuleBook(rules_of(Catalog(), SettingsBook())), 0)
    return cost_in(flow, list(made(fleet, events)))


def cost_in(flow: Flow, batches: Sequence[Sequence[Event]]) -> float:
    """Return the CPU microseconds that an event of the second half of the batches takes."""
    half = len(batches) // 2
    judged(flow, batches[:half])
    return judged(flow, batches[half:]) / sum(map(len, batches[half:])) * 1e6


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the exponent of the power law that fits best (least squares of logarithms)."""
    xs, ys = [log(size) for size in sizes], [log(one) for one in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    pairs = list(zip(xs, ys, strict=True))
    return sum((a - x) * (b - y) for a, b in pairs) / sum((a - x) ** 2 for a in xs)


def made(fleet: dict[str, int], events: int, seed: int = 5) -> Iterator[list[Event]]:
    """Yield batches of a fleet with so many services, agents and targets."""
    rng, encode = random.Random(seed), msgspec.json.Encoder().encode
    for start in range(0, events, BATCH):
        yield decoded(
            [
                encode(
                    _document(fleet, rng, number, START + timedelta(seconds=number / PER_SECOND))
                )
                for number in range(start, min(start + BATCH, events))
            ]
        )


def _document(
    fleet: dict[str, int], rng: random.Random, number: int, moment: datetime
) -> dict[str, object]:
    target = rng.randrange(fleet["targets"])
    service = (target * 7919 + rng.randrange(1 + fleet["services"] // fleet["targets"])) % (
        fleet["services"]
    )
    old, fails = rng.randrange(1, 9), rng.random() < 0.1
    name, scope = f"service-{service}", f"scope-{service // SCOPE}"
    data: dict[str, object] = {
        "action_id": f"a{number}",
        "phase": "finished",
        "service": f"{scope}/{name}",
        "scope": scope,
        "environment": "production",
        "agent": {"name": f"agent-{rng.randrange(fleet['agents'])}", "kind": "autoscaler"},
        "target": {"kind": "Deployment", "name": f"target-{target}", "field": "replicas"},
        "action": {"type": "restart" if fails else "scale", "name": "act"},
        "trigger": {"condition": "probe failed", "kind": "failure" if fails else "demand"},
        "expected": {"outcome": "it works"},
        "actual": {"outcome": "succeeded"},
        "duration_seconds": 1.0,
    }
    if not fails:
        data |= {"before": {"replicas": old}, "after": {"replicas": rng.randrange(1, 9)}}
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "urn:benchmark:scaling",
        "type": "io.overheal.action.finished.v1",
        "time": moment.isoformat().replace("+00:00", "Z"),
        "subject": name,
        "data": data,
    }


if __name__ == "__main__":
    main()
