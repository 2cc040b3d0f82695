"""What led to something, and what it led to: found in a store by an id, or by its beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from overheal.catalog import Catalog
from overheal.causal.graph import ROOTS_KEPT, own_roots
from overheal.causal.settling import Edge
from overheal.causal.tree import Gap, Happened, Owned, Tree, around, possible_gaps
from overheal.errors import InputError
from overheal.model import Finding
from overheal.run.catalogs import catalog_held, full_names
from overheal.run.found import most_like
from overheal.store import Store

NODES_SHOWN = 2_000
"""A tree is told up to this many nodes, the nearest first."""

GAPS_LOOKED_AT = 20

ROOTS_READ = 1_000
"""A tree with more roots than these is read link by link."""

RELATED_ASKED = 100
"""Of a finding, what is related to so many of its members is told."""


def tree_of(
    store: Store, asked: str, *, related: bool = False, catalog: Catalog | None = None
) -> Tree:
    """Return the tree around an event, an action or a finding, by its id or its beginning.

    Around a finding it is that of all its members. With `related` also what is no cause of it, and
    who owns its services: by `catalog`, or else by the one that held at its end.

    Works in first what the store has been told since the last question. Raises `InputError` where
    nothing or several things have that name, naming the nearest.
    """
    store.settle()
    found = _named(store, asked)
    if isinstance(found, Finding):
        tree = _around_finding(store, found, related=related)
    else:
        tree = chain(store, [found], related=related)
    return replace(tree, owned=_owned(store, tree, catalog)) if related else tree


def _around_finding(store: Store, finding: Finding, *, related: bool) -> Tree:
    nodes = store.nodes_of(finding.members)
    members = sorted(set(nodes.values()))
    tree = chain(store, members, related=related)
    return replace(
        tree,
        node=finding.id,
        finding=finding,
        members=frozenset(members),
        lost=len(set(finding.members) - nodes.keys()),
    )


def _owned(store: Store, tree: Tree, catalog: Catalog | None) -> tuple[Owned, ...]:
    end = max((one.last_at for one in tree.seen.values()), default=0)
    known = catalog or catalog_held(store, end)
    if not known.file.services:
        return ()
    full = full_names(known, store.service_names())
    within = {one.service for one in tree.seen.values()}
    owns: dict[str, set[str]] = {}
    for name, entry in known.file.services.items():
        if entry.owner:
            owns.setdefault(entry.owner, set()).add(full[name])
    return tuple(
        Owned(owner, tuple(sorted(names & within)), tuple(sorted(names - within)))
        for owner, names in sorted(owns.items())
        if names & within
    )


def node_named(store: Store, asked: str) -> str:
    """Return the node that an id or its beginning stands for; raises as `tree_of`.

    A finding stands for the first of its members that is stored.
    """
    found = _named(store, asked)
    if not isinstance(found, Finding):
        return found
    nodes = store.nodes_of(found.members)
    for member in found.members:
        if member in nodes:
            return nodes[member]
    raise InputError(f"no event of the finding {found.id} is stored any more")


def _named(store: Store, asked: str) -> str | Finding:
    """Return the node or the finding that an id or its beginning stands for."""
    named = store.named(asked) if asked else {}
    if asked in named:
        return named[asked]
    nodes = sorted(set(named.values()))
    if len(nodes) == 1:
        return nodes[0]
    if nodes:
        more = f"{', '.join(sorted(named)[:5])}"
        raise InputError(f"{asked} is the beginning of several ids: {more}; write more of it")
    findings = store.findings()
    found = [one for one in findings if asked and one.id.startswith(asked)]
    found = [one for one in found if one.id == asked] or found
    if len(found) > 1:
        names = ", ".join(one.id for one in found[:5])
        raise InputError(f"{asked} is the beginning of {len(found)} findings: {names}; write more")
    if found:
        return found[0]
    alike = most_like(asked, [one.id for one in findings]) if asked else None
    near = [*filter(None, [alike]), *(store.near(asked) if asked else [])]
    verb = "is" if len(near) == 1 else "are"
    hint = f"the nearest {verb} {', '.join(near)}" if near else "the store holds no event like it"
    raise InputError(f"no event, action or finding is called {asked!r}; {hint}")


def chain(store: Store, asked: Sequence[str], *, related: bool = False) -> Tree:
    """Return the tree around nodes that are settled; it is called by the first of them."""
    own = list(store.roots_of(asked))
    nearest: dict[str, int] = {}
    for row in own:
        nearest[row.root] = min(row.depth, nearest.get(row.root, row.depth))
    full = any(count >= ROOTS_KEPT for count in Counter(row.node for row in own).values())
    edges, whole = _edges(store, asked, nearest, full=full) if own else (set(), True)
    up, down, kept = around(asked, edges)
    if full and whole:
        into: dict[str, list[str]] = {node: [] for node in up}
        for edge in kept:
            if edge.effect in up and edge.cause in up:
                into[edge.effect].append(edge.cause)
        nearest = {root: up[root] for root in own_roots(into)}
    known = {edge.effect for edge in kept} | {row.node for row in own}
    nearest |= {node: 0 for node in asked if node not in known}
    ranked = sorted(
        {**down, **up}, key=lambda one: (min(up.get(one, 1 << 31), down.get(one, 1 << 31)), one)
    )
    shown = set(ranked[:NODES_SHOWN])
    seen = store.happened(shown)
    told = tuple(edge for edge in kept if edge.effect in shown and edge.cause in shown)
    return Tree(
        node=asked[0] if asked else "",
        roots=tuple(sorted(nearest, key=lambda one: (nearest[one], one))),
        up={one: far for one, far in up.items() if one in shown},
        down={one: far for one, far in down.items() if one in shown},
        edges=told,
        seen=seen,
        gaps=tuple(_gaps(store, possible_gaps(told, seen), seen)),
        related=tuple(_related(store, asked)) if related else (),
        cut=len(ranked) > len(shown) or not whole,
        more_roots=full and not whole,
    )


def _related(store: Store, asked: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Return what is related to nodes and none of them, each once."""
    told = set(asked)
    for node in asked[:RELATED_ASKED]:
        for row in store.related(node):
            if row[0] not in told:
                told.add(row[0])
                yield row


def _edges(
    store: Store, asked: Sequence[str], roots: Mapping[str, int], *, full: bool
) -> tuple[set[Edge], bool]:
    """Return the edges around nodes, and whether that is all of them."""
    rows = store.under(roots) if not full and len(roots) <= ROOTS_READ else None
    if rows is None:
        return _walked(store, asked)
    return {edge for row in rows for edge in row.causes}, True


def _walked(store: Store, asked: Sequence[str]) -> tuple[set[Edge], bool]:
    """Return the edges around nodes hop by hop, for trees too large to be read as a whole."""
    found: set[Edge] = set()
    whole = True
    for step, upward in ((store.causes_of, True), (store.effects_of, False)):
        ring, past = set(asked), set(asked)
        while ring and len(past) <= NODES_SHOWN:
            edges = list(step(ring))
            found.update(edges)
            ring = {edge.cause if upward else edge.effect for edge in edges} - past
            past |= ring
        whole = whole and not ring
    return found, whole


def _gaps(store: Store, possible: Iterable[Gap], seen: Mapping[str, Happened]) -> Iterator[Gap]:
    """Return those in which the agent said nothing at all of the service."""
    for gap in list(possible)[:GAPS_LOOKED_AT]:
        if not store.told_between(seen[gap.effect].service, gap.agent, gap.start, gap.end):
            yield gap
