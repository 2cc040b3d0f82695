"""Working claims into edges, and edges into roots: what has to be written, from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from overheal.causal.graph import Roots, roots_of


class Claim(NamedTuple):
    """What was said by name, and the nodes those names stand for; "": nobody has that name.

    Without confidence it was said once, and whether it still is other claims tell.
    """

    effect: str
    cause: str
    kind: str
    reason: str
    confidence: float
    effect_node: str
    cause_node: str


class Edge(msgspec.Struct, frozen=True, order=True, gc=False):
    """One thing led to another; `confidence` is a probability, 1 where it was declared."""

    effect: str
    cause: str
    kind: str
    reason: str
    confidence: float


class Rooted(msgspec.Struct, frozen=True, order=True, gc=False):
    """How far a node is from one of its roots, and its direct causes."""

    node: str
    root: str
    depth: int
    causes: tuple[Edge, ...]


def edges_of(claims: Iterable[Claim]) -> tuple[dict[tuple[str, str], Edge], set[tuple[str, str]]]:
    """Return the edges that claims mean, and the pairs that they no longer mean.

    A name that nobody has stands for itself: what it names may come later, or never. A span that is
    nobody's name is no cause. Of two claims about one pair the declared one counts, else the surer.
    A pair that has none but claims without confidence is no longer meant.
    """
    found: dict[tuple[str, str], Edge] = {}
    gone: set[tuple[str, str]] = set()
    for claim in claims:
        pair = effect, cause = _pair(claim)
        for old in ((a, b) for a in (claim.effect, effect) for b in (claim.cause, cause)):
            if old != pair:
                gone.add(old)
        if not claim.confidence:
            gone.add(pair)
            continue
        if effect == cause or (claim.reason == "trace" and not claim.cause_node):
            continue
        edge = Edge(effect, cause, claim.kind, claim.reason, claim.confidence)
        known = found.get(pair)
        if known is None or _strength(edge) > _strength(known):
            found[pair] = edge
    return found, gone - found.keys()


def retold(claims: Iterable[Claim]) -> set[tuple[str, str]]:
    """Return the pairs of which all is said anew that findings infer."""
    return {_pair(claim) for claim in claims if claim.kind == "inferred"}


def stronger(one: Edge, other: Edge | None) -> Edge:
    """Return the one of two edges that counts."""
    return one if other is None or _strength(one) > _strength(other) else other


def rooted(edges: Iterable[Edge], nodes: Iterable[str], known: Mapping[str, Roots]) -> set[Rooted]:
    """Return the rows of nodes, given all edges that lead to them and the roots of what is outside.

    A cause outside of which nothing is known is a root itself, and gets a row too.
    """
    into: dict[str, list[Edge]] = {node: [] for node in nodes}
    for edge in sorted(edges):
        into.setdefault(edge.effect, []).append(edge)
        if edge.cause not in known:
            into.setdefault(edge.cause, [])
    found = roots_of({node: [edge.cause for edge in its] for node, its in into.items()}, known)
    return {
        Rooted(node, root, depth, tuple(into[node]))
        for node, its in found.items()
        for root, depth in its.items()
    }


def _pair(claim: Claim) -> tuple[str, str]:
    return claim.effect_node or claim.effect, claim.cause_node or claim.cause


def _strength(edge: Edge) -> tuple[bool, float]:
    return (edge.kind == "declared", edge.confidence)
