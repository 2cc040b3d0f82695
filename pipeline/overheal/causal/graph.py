"""Roots and how far they are, over a graph that may have several roots and may run in circles.

A root is a node without a cause. Nodes that cause each other in a circle, and have no cause
outside it, are one root together, called by the smallest of their names. The depth of a node under
a root is the fewest links between them. A node keeps the `ROOTS_KEPT` nearest of its roots (the
smaller name where two are as near): whatever is among the nearest of a node is among the nearest of
one of its causes, so that they can be worked out node by node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

ROOTS_KEPT = 64

Causes = Mapping[str, Iterable[str]]
Roots = dict[str, int]


def roots_of(causes: Causes, known: Mapping[str, Roots] | None = None) -> dict[str, Roots]:
    """Return root → depth for each node that `causes` (node → its direct causes) names.

    `known` holds what is settled of causes outside; a cause that is in neither is a root itself.
    Time grows with links times roots kept. Cycles do no harm.
    """
    settled = known or {}
    inside = {node: tuple(dict.fromkeys(causes[node])) for node in sorted(causes)}
    effects: dict[str, list[str]] = {}
    for node, its in inside.items():
        for cause in its:
            effects.setdefault(cause, []).append(node)
    arriving: dict[int, list[tuple[str, str]]] = {}
    for cause in sorted(effects.keys() - inside.keys()):
        for root, depth in settled.get(cause, {cause: 0}).items():
            arriving.setdefault(depth + 1, []).extend((root, node) for node in effects[cause])
    for root in own_roots(inside):
        arriving.setdefault(0, []).append((root, root))
    return _spread(arriving, effects, inside)


def _spread(
    arriving: dict[int, list[tuple[str, str]]],
    effects: Mapping[str, list[str]],
    inside: Mapping[str, tuple[str, ...]],
) -> dict[str, Roots]:
    """Let every root reach its effects, the nearest first."""
    found: dict[str, Roots] = {node: {} for node in inside}
    while arriving:
        depth = min(arriving)
        for root, node in sorted(arriving.pop(depth)):
            roots = found[node]
            if root in roots or len(roots) >= ROOTS_KEPT:
                continue
            roots[root] = depth
            onward = [(root, effect) for effect in effects.get(node, ()) if effect in inside]
            if onward:
                arriving.setdefault(depth + 1, []).extend(onward)
    return found


def own_roots(inside: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the roots among the nodes: those without causes, and one of each closed circle."""
    return [
        min(circle)
        for circle in circles(inside)
        if all(cause in circle for node in circle for cause in inside[node])
    ]


def circles(causes: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """Return the strongly connected parts of a graph (Tarjan 1972), a lone node being one too.

    Causes that are no node of the graph are left out.
    """
    walk = _Walk(causes)
    for start in causes:
        if start not in walk.index:
            walk.follow(start)
    return walk.found


class _Walk:
    """Tarjan's walk with a path of its own, so that depth is no matter."""

    def __init__(self, causes: Mapping[str, Iterable[str]]) -> None:
        self.causes = causes
        self.index: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.stack: list[str] = []
        self.held: set[str] = set()
        self.path: list[tuple[str, Iterator[str]]] = []
        self.found: list[set[str]] = []

    def follow(self, start: str) -> None:
        self._enter(start)
        while self.path:
            node, left = self.path[-1]
            for cause in left:
                if cause in self.held:
                    self.low[node] = min(self.low[node], self.index[cause])
                elif cause in self.causes and cause not in self.index:
                    self._enter(cause)
                    break
            else:
                self._leave(node)

    def _enter(self, node: str) -> None:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.held.add(node)
        self.path.append((node, iter(self.causes[node])))

    def _leave(self, node: str) -> None:
        self.path.pop()
        if self.path:
            above = self.path[-1][0]
            self.low[above] = min(self.low[above], self.low[node])
        if self.low[node] != self.index[node]:
            return
        part: set[str] = set()
        while node not in part:
            part.add(one := self.stack.pop())
            self.held.discard(one)
        self.found.append(part)


def reached(starts: Iterable[str], onward: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return node → fewest links for all that is reached from `starts`, themselves included."""
    found = dict.fromkeys(starts, 0)
    ring = list(found)
    while ring:
        following: list[str] = []
        for node in ring:
            for other in onward.get(node, ()):
                if other not in found:
                    found[other] = found[node] + 1
                    following.append(other)
        ring = following
    return found
