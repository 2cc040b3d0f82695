"""Measure what the confidence of learned edges is worth.

    python -m benchmarks.edges [--runs N] [--seed N]

Each run is a fleet of its own: services that fail by themselves (Poisson, with a daily rhythm in
some fleets), dependencies along which a failure spreads with some probability after some seconds,
and causes outside of all services that hit a group at once. An edge is right where the follower
depends on the leader, directly or indirectly: that is what a catalog's `depends_on` would say.
Prints a Markdown table of said confidence against the share that is right.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.confidence import by_confidence, by_group
from overheal.model import MICROSECOND
from overheal.state.edges import Edges

BINS = (0.05, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
SURE = 0.8


@dataclass(frozen=True)
class Mechanism:
    """One kind of fleet; rates are failures of a service's own per day."""

    name: str
    services: int
    depends: float
    per_day: float
    spreads: float
    lag: float
    common: float = 0.0
    group: int = 4
    rhythm: float = 0.0
    days: float = 60.0


TUNED = (
    Mechanism("sparse", 30, 1.0, 0.3, 0.6, 30),
    Mechanism("no dependencies", 40, 0.0, 1.0, 0.0, 30),
    Mechanism("common causes", 30, 0.8, 0.3, 0.6, 30, common=0.5),
    Mechanism("busy", 60, 1.0, 2.0, 0.5, 40, rhythm=0.7),
)
UNSEEN = (
    Mechanism("rare failures", 50, 1.2, 0.08, 0.7, 60),
    Mechanism("large", 300, 1.0, 0.4, 0.5, 30),
    Mechanism("weak", 40, 1.5, 0.6, 0.15, 90),
    Mechanism("common causes only", 40, 0.0, 0.4, 0.0, 30, common=1.0, group=6),
    Mechanism("deep", 40, 2.0, 0.2, 0.8, 15, common=0.2, rhythm=0.9),
    Mechanism("short", 40, 1.0, 1.0, 0.6, 30, days=7),
    Mechanism("few services", 6, 0.8, 0.5, 0.6, 30, common=0.1, group=2),
)


def simulated(kind: Mechanism, rng: random.Random) -> tuple[Edges, set[tuple[int, int]]]:
    """Return what was learned of one fleet, and the pairs that are right."""
    followers: dict[int, list[int]] = {number: [] for number in range(kind.services)}
    for number in range(1, kind.services):
        wanted = min(number, int(kind.depends) + (rng.random() < kind.depends % 1))
        for needed in rng.sample(range(number), wanted):
            followers[needed].append(number)
    queue = _own_failures(kind, rng) + _common(kind, rng)
    heapq.heapify(queue)
    edges = Edges()
    while queue:
        at, service = heapq.heappop(queue)
        edges.trouble(f"s{service}", int(at * MICROSECOND))
        for follower in followers[service]:
            if rng.random() < kind.spreads:
                lag = rng.lognormvariate(0, 0.7) * kind.lag
                heapq.heappush(queue, (at + lag, follower))
    return edges, {(one, other) for one in followers for other in _reach(one, followers)}


def _own_failures(kind: Mechanism, rng: random.Random) -> list[tuple[float, int]]:
    made = []
    for service in range(kind.services):
        rate = kind.per_day * rng.lognormvariate(0, 0.8) / 86_400
        at = rng.expovariate(rate)
        while at < kind.days * 86_400:
            by_day = 1 + kind.rhythm * (1 if (at % 86_400) < 43_200 else -1)
            if rng.random() < by_day / (1 + kind.rhythm):
                made.append((at, service))
                if rng.random() < 0.3:
                    made += [(at + 60 * n, service) for n in range(1, rng.randint(2, 12))]
            at += rng.expovariate(rate)
    return made


def _common(kind: Mechanism, rng: random.Random) -> list[tuple[float, int]]:
    groups = [rng.sample(range(kind.services), min(kind.group, kind.services)) for _ in range(3)]
    made, at = [], 0.0
    while kind.common:
        at += rng.expovariate(kind.common / 86_400)
        if at >= kind.days * 86_400:
            break
        group = rng.choice(groups)
        made += [(at + rng.uniform(0, 60), service) for service in group if rng.random() < 0.8]
    return made


def _reach(start: int, followers: dict[int, list[int]]) -> set[int]:
    seen: set[int] = set()
    ahead = list(followers[start])
    while ahead:
        item = ahead.pop()
        if item not in seen:
            seen.add(item)
            ahead += followers[item]
    return seen - {start}


def said_and_right(
    kinds: Sequence[Mechanism], runs: int, seed: int
) -> list[tuple[str, float, bool]]:
    """Return mechanism, confidence and truth of every edge said with some confidence."""
    found = []
    for kind in kinds:
        for run in range(runs):
            edges, right = simulated(kind, random.Random(f"{seed}-{kind.name}-{run}"))
            for edge in edges.edges(BINS[0]):
                pair = (int(edge.leader[1:]), int(edge.follower[1:]))
                found.append((kind.name, edge.confidence, pair in right))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for title, kinds in (("Seen in tuning", TUNED), ("Never seen in tuning", UNSEEN)):
        found = said_and_right(kinds, args.runs, args.seed)
        sure = [one for one in found if one[1] >= SURE]
        print(f"## {title}\n")
        print(by_confidence([(said, right) for _, said, right in found], BINS, "edges"), "\n")
        print(by_group(sure, "fleet", f"edges said ≥ {SURE:.0%}"), "\n")


if __name__ == "__main__":
    main()
