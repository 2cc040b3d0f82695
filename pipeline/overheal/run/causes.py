"""What led to something, and what it led to: found in a store by an id, or by its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from overheal.catalog import Catalog
from overheal.causal.graph import ROOTS_KEPT
from overheal.causal.settling import Edge
from overheal.causal.tree import Gap, Happened, Owned, Tree, around, possible_gaps
from overheal.errors import InputError
from overheal.run.catalogs import catalog_held, full_names
from overheal.store import Store

NODES_SHOWN = 2_000
"""A tree is told up to this many nodes, the nearest first."""

GAPS_LOOKED_AT = 20


def tree_of(
    store: Store, asked: str, *, related: bool = False, catalog: Catalog | None = None
) -> Tree:
    """Return the tree around an event, an action or a finding, by its id or its beginning.

    With `related` also what is no cause of it, and who owns its services: by `catalog`, or else by
    the one that held at its end.

    Works in first what the store has been told since the last question. Raises `InputError` where
    nothing or several things have that name, naming the nearest.
    """
    store.settle()
    tree = chain(store, node_named(store, asked), related=related)
    return replace(tree, owned=_owned(store, tree, catalog)) if related else tree


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
    """Return the node that an id or its beginning stands for; raises as `tree_of`."""
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
        for member in found[0].members:
            known = store.named(member)
            if member in known:
                return known[member]
        raise InputError(f"no event of the finding {found[0].id} is stored any more")
    near = store.near(asked) if asked else []
    hint = f"the nearest are {', '.join(near)}" if near else "the store holds no event like it"
    raise InputError(f"no event, action or finding is called {asked!r}; {hint}")


def chain(store: Store, node: str, *, related: bool = False) -> Tree:
    """Return the tree around a node that is settled."""
    own = list(store.roots_of([node]))
    roots = tuple(row.root for row in sorted(own, key=lambda row: (row.depth, row.root)))
    rows = store.under(roots) if roots and len(roots) < ROOTS_KEPT else None
    if not own:
        edges: set[Edge] = set()
    elif rows is not None:
        edges = {edge for row in rows for edge in row.causes}
    else:
        edges = _walked(store, node)
    up, down, kept = around(node, edges)
    ranked = sorted(
        {**down, **up}, key=lambda one: (min(up.get(one, 1 << 31), down.get(one, 1 << 31)), one)
    )
    shown = set(ranked[:NODES_SHOWN])
    seen = store.happened(shown)
    told = tuple(edge for edge in kept if edge.effect in shown and edge.cause in shown)
    return Tree(
        node=node,
        roots=roots or (node,),
        up={one: far for one, far in up.items() if one in shown},
        down={one: far for one, far in down.items() if one in shown},
        edges=told,
        seen=seen,
        gaps=tuple(_gaps(store, possible_gaps(told, seen), seen)),
        related=tuple(store.related(node)) if related else (),
        cut=len(ranked) > len(shown) or len(roots) >= ROOTS_KEPT,
    )


def _walked(store: Store, node: str) -> set[Edge]:
    """Return the edges around a node hop by hop, for trees too large to be read as a whole."""
    found: set[Edge] = set()
    for step, upward in ((store.causes_of, True), (store.effects_of, False)):
        ring, past = {node}, {node}
        while ring and len(past) <= NODES_SHOWN:
            edges = list(step(ring))
            found.update(edges)
            ring = {edge.cause if upward else edge.effect for edge in edges} - past
            past |= ring
    return found


def _gaps(store: Store, possible: Iterable[Gap], seen: Mapping[str, Happened]) -> Iterator[Gap]:
    """Return those in which the agent said nothing at all of the service."""
    for gap in list(possible)[:GAPS_LOOKED_AT]:
        if not store.told_between(seen[gap.effect].service, gap.agent, gap.start, gap.end):
            yield gap
