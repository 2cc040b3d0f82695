"""What led to something and what it led to, as people look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from overheal.causal.graph import reached
from overheal.causal.settling import Edge
from overheal.model import Finding

GAP_SECONDS = 30.0
"""A cause this long before its effect, with nothing in between, is named as a gap."""


class Happened(NamedTuple):
    """What is known of a node, an action or an observation; times are microseconds UTC.

    `new` is the value written or seen as JSON, `events` the ids of its events (at most 100).
    """

    node: str
    first_at: int
    last_at: int
    service: str
    environment: str
    agent: str
    type: str
    target: str
    field: str
    new: str
    outcome: str
    events: tuple[str, ...]


class Gap(NamedTuple):
    """A span (microseconds UTC) in which an agent said nothing, though something led on."""

    cause: str
    effect: str
    agent: str
    start: int
    end: int


class Owned(NamedTuple):
    """Who owns services of a tree, by the catalog, and what else they own."""

    owner: str
    services: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """What was asked, with all that led to it and all that it led to.

    That is a node, or the `members` of a `finding`, whose id `node` is then. `edges` holds every
    edge among these; `up` and `down` say how many links away each is, 0 for what was asked. `seen`
    lacks what is only named. `cut` says that there is more than was read, `more_roots` that there
    may be more roots than those that are kept. `lost` counts members of which nothing is stored.
    """

    node: str
    roots: tuple[str, ...]
    up: Mapping[str, int]
    down: Mapping[str, int]
    edges: tuple[Edge, ...]
    seen: Mapping[str, Happened]
    gaps: tuple[Gap, ...] = ()
    related: tuple[tuple[str, str, str], ...] = ()
    owned: tuple[Owned, ...] = ()
    cut: bool = False
    more_roots: bool = False
    finding: Finding | None = None
    members: frozenset[str] = frozenset()
    lost: int = 0

    @property
    def asked(self) -> frozenset[str]:
        """The nodes that were asked about."""
        return self.members if self.finding is not None else frozenset({self.node})

    @property
    def nodes(self) -> list[str]:
        """All nodes, earliest first; what was never seen comes by name at the end."""
        last = (1 << 63, "")
        return sorted(
            {*self.up, *self.down},
            key=lambda n: (self.seen[n].first_at, n) if n in self.seen else (last[0], n),
        )


def around(
    nodes: Collection[str], edges: Iterable[Edge]
) -> tuple[dict[str, int], dict[str, int], list[Edge]]:
    """Return how many links up and down from `nodes` each node is, and the edges between them.

    >>> up, down, _ = around(["b"], [Edge("b", "a", "declared", "", 1), Edge("c", "b", "", "", 1)])
    >>> up, down
    ({'b': 0, 'a': 1}, {'b': 0, 'c': 1})
    """
    every = sorted(set(edges))
    causes: dict[str, list[str]] = {}
    effects: dict[str, list[str]] = {}
    for edge in every:
        causes.setdefault(edge.effect, []).append(edge.cause)
        effects.setdefault(edge.cause, []).append(edge.effect)
    up, down = reached(nodes, causes), reached(nodes, effects)
    kept = [
        edge
        for edge in every
        if (edge.effect in up and edge.cause in up) or (edge.effect in down and edge.cause in down)
    ]
    return up, down, kept


def possible_gaps(edges: Iterable[Edge], seen: Mapping[str, Happened]) -> list[Gap]:
    """Return the spans between causes and effects that are long enough to be gaps."""
    found = set()
    for edge in edges:
        cause, effect = seen.get(edge.cause), seen.get(edge.effect)
        if cause is None or effect is None or not effect.agent:
            continue
        if effect.first_at - cause.last_at >= GAP_SECONDS * 1_000_000:
            agent = effect.agent
            found.add(Gap(edge.cause, edge.effect, agent, cause.last_at, effect.first_at))
    return sorted(found, key=lambda gap: (gap.start, gap.end, gap.agent))
