"""Causes: settling what was claimed into edges and roots, and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

import pyarrow as pa

from overheal.causal.settling import Claim, Edge, Rooted, edges_of, retold, rooted, stronger
from overheal.causal.tree import Happened
from overheal.errors import StoreError
from overheal.model import MINUTE
from overheal.store import columns as column
from overheal.store.engine import Engine
from overheal.store.failures import MAY_NOT_WRITE, code
from overheal.store.inferring import Inferring
from overheal.store.sql import LONG_STATEMENT, filled, listed, query, quoted
from overheal.store.unwritten import Unwritten

NARROW = {**LONG_STATEMENT, "max_threads": 1}
"""For questions that read a few rows, where threads cost more than they do."""

BY_KEY = {**NARROW, "optimize_use_projections": 0}
"""For questions by the table's own order: weighing its projections takes longer than reading."""

NAMES_PER_QUESTION = 5_000
NODES_READ = 50_000
"""A tree beyond this many rows is not read as a whole."""

_Version = tuple[Rooted, bool, int]
"""A row, whether it is gone, and which version of it that is."""


class CausalReader:
    """Reads causes and works them out; see `docs/causal.md` for what the words mean."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _inferring(self) -> Inferring:
        return Inferring(self._engine)

    @cached_property
    def _unwritten(self) -> Unwritten:
        return Unwritten()

    @property
    def settled_until(self) -> int | None:
        """Until when (µs UTC) causes are settled, where this user may not write what came since.

        None where the store has it all. The methods here answer all the same, from memory; what
        is asked in SQL (`answered`) is as of then.
        """
        return self._unwritten.since if self._unwritten else None

    def settle(self) -> int:
        """Work what was claimed since the last time into edges and roots; return how many edges.

        Before, what led to what declares no cause is inferred (`inferring.Inferring`).

        A function of what is stored: it may be cut off anywhere, repeated, or run by two processes
        at once. What others wrote in the minute before the last time is looked at again, since it
        may have become visible after it. Where this user may only read, what would be written is
        kept in memory.
        """
        overlap = 0 if self._engine.connection.alone else MINUTE
        done = self._engine.rows(query("causal_settled"), BY_KEY)[0][0]
        since = max(0, done - overlap)
        now, inferring, *fresh = self._engine.rows(query("causal_fresh"), NARROW, since=since)[0]
        if not any(fresh):
            return 0
        if not self._unwritten:
            self._inferring.infer(since, now)
            inferring = True
        rows = self._engine.rows(query("causal_claimed"), since=since)
        found = [Claim(*row) for row in rows]
        if inferring:
            found += self._inferred(since)
        if found:
            self._work_in(found, now)
        if self._unwritten:
            self._unwritten.since = done
        else:
            self._put("causal_settled", pa.table({"until": column.moment([now])}))
        return len(found)

    def _inferred(self, since: int) -> list[Claim]:
        """Return links that may have changed, those of no confidence first, then what stands."""
        told = [Claim(*row) for row in self._engine.rows(query("causal_retold"), since=since)]
        for part in _parts({claim.effect_node or claim.effect for claim in told}):
            told += (Claim(*row) for row in self._listed("causal_inferred", nodes=part))
        return told

    def _work_in(self, claims: Sequence[Claim], version: int) -> None:
        wanted, gone = edges_of(claims)
        effects = {effect for effect, _ in (*wanted, *gone)}
        known = {(e.effect, e.cause): e for e in self.causes_of(effects)}
        again = retold(claims)
        kept = {pair: e for pair, e in known.items() if e.kind == "declared" or pair not in again}
        fresh = {pair: stronger(edge, kept.get(pair)) for pair, edge in wanted.items()}
        written = [edge for pair, edge in fresh.items() if known.get(pair) != edge]
        gone = {pair for pair in gone & known.keys() if pair not in again or pair not in kept}
        voided = [known[pair] for pair in gone]
        self._write_edges(written, voided, version)
        nodes = self._closure({*effects, *(cause for _, cause in gone)})
        edges = list(self.causes_of(nodes))
        outside = {edge.cause for edge in edges} - nodes
        roots: dict[str, dict[str, int]] = {}
        for row in self.roots_of(outside):
            roots.setdefault(row.node, {})[row.root] = row.depth
        now = rooted(edges, nodes, roots) if edges or nodes else set()
        before = set(self.roots_of(nodes))
        lone = {row.node for row in now if not row.causes and row.depth == 0}
        idle = lone - {edge.cause for edge in edges} - self._causing(lone)
        now = {row for row in now if row.node not in idle}
        self._write_roots(now - before, _voided(before, now), version)

    def _causing(self, nodes: set[str]) -> set[str]:
        return {edge.cause for edge in self.effects_of(nodes)}

    def _closure(self, nodes: set[str]) -> set[str]:
        """Return nodes with everything that they lead to."""
        found, ring = set(nodes), set(nodes)
        while ring:
            ring = {edge.effect for edge in self.effects_of(ring)} - found
            found |= ring
        return found

    def causes_of(self, nodes: Iterable[str]) -> Iterator[Edge]:
        """Return the edges that lead to nodes."""
        return self._edges("causal_causes", 0, nodes)

    def effects_of(self, nodes: Iterable[str]) -> Iterator[Edge]:
        """Return the edges that lead away from nodes."""
        return self._edges("causal_effects", 1, nodes)

    def roots_of(self, nodes: Iterable[str]) -> Iterator[Rooted]:
        """Return the roots of nodes and how far they are."""
        for part in _parts(nodes):
            rows = self._listed("causal_roots_of", BY_KEY, nodes=part)
            yield from _newest_roots(_versions([*rows, *self._unwritten.roots(0, part)]))

    def under(self, roots: Iterable[str]) -> list[Rooted] | None:
        """Return all that stands under roots; None where it is more than `NODES_READ` rows."""
        wanted = sorted(roots)
        sql = filled("causal_under", roots=listed(map(quoted, wanted)))
        rows = self._engine.rows(sql, NARROW, most=NODES_READ + 1)
        found = [*_versions_by_cause(rows), *_versions(self._unwritten.roots(1, wanted))]
        return None if len(found) > NODES_READ else list(_newest_roots(found))

    def happened(self, nodes: Iterable[str]) -> dict[str, Happened]:
        """Return what is stored of nodes; nothing for a name that nobody has."""
        found = {}
        for part in _parts(nodes):
            for row in self._listed("causal_events", BY_KEY, nodes=part):
                found[row[0]] = Happened._make((*row[:-1], tuple(sorted(row[-1]))))
        return found

    def named(self, beginning: str) -> dict[str, str]:
        """Return name → node for names that begin so, at most 20."""
        return {
            row[0]: row[1]
            for row in self._engine.rows(query("event_named"), NARROW, beginning=beginning)
        }

    def nodes_of(self, names: Iterable[str]) -> dict[str, str]:
        """Return name → node for those names that somebody has."""
        found: dict[str, str] = {}
        for part in _parts(set(names)):
            found.update(self._listed("causal_nodes", BY_KEY, names=part))  # type: ignore[arg-type]
        return found

    def near(self, name: str) -> list[str]:
        """Return up to three names like this one."""
        return [row[0] for row in self._engine.rows(query("event_near"), name=name)]

    def related(self, node: str) -> list[tuple[str, str, str]]:
        """Return (node, what they share, how) of what is related to a node and no cause of it."""
        return [(*row,) for row in self._engine.rows(query("causal_related"), node=node)]

    def told_between(self, service: str, agent: str, start: int, end: int) -> int:
        """Return how many events an agent told of a service between two moments (µs UTC)."""
        found: int = self._engine.rows(
            query("agent_between"), service=service, agent=agent, start=start, end=end
        )[0][0]
        return found

    def answered(self, question: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows that a question of `queries/` has as its answer."""
        return [tuple(row) for row in self._engine.rows(query(question), **parameters)]

    def _listed(
        self, name: str, settings: Mapping[str, Any] = NARROW, **lists: Iterable[str]
    ) -> Sequence[Sequence[Any]]:
        written = {key: listed(map(quoted, values)) for key, values in lists.items()}
        return self._engine.rows(filled(name, **written), settings)

    def _edges(self, name: str, end: int, nodes: Iterable[str]) -> Iterator[Edge]:
        for part in _parts(nodes):
            newest: dict[tuple[str, str], Sequence[Any]] = {}
            for row in [*self._listed(name, nodes=part), *self._unwritten.edges(end, part)]:
                known = newest.get((row[0], row[1]))
                if known is None or row[6] > known[6]:
                    newest[row[0], row[1]] = row
            yield from (Edge(*row[:5]) for row in newest.values() if not row[5])

    def _write_edges(self, edges: list[Edge], voided: list[Edge], version: int) -> None:
        rows = [*edges, *voided]
        if not rows:
            return
        table = {
            name: column.text([getattr(row, name) for row in rows])
            for name in ("effect", "cause", "kind", "reason")
        }
        table["confidence"] = pa.array([row.confidence for row in rows], pa.float32())
        table["gone"] = column.flag([False] * len(edges) + [True] * len(voided))
        table["version"] = column.whole([version] * len(rows))
        self._put("causal_edges", pa.table(table))

    def _write_roots(self, fresh: set[Rooted], voided: list[Rooted], version: int) -> None:
        ordered = [*sorted(fresh), *voided]
        for start in range(0, len(ordered), 50_000):
            rows = ordered[start : start + 50_000]
            live = len(fresh) - start
            table = {
                "node": column.text([row.node for row in rows]),
                "root": column.text([row.root for row in rows]),
                "depth": pa.array([row.depth for row in rows], pa.uint32()),
                "confidences": pa.array(
                    [[edge.confidence for edge in row.causes] for row in rows],
                    pa.list_(pa.float32()),
                ),
                "gone": column.flag([at >= live for at in range(len(rows))]),
                "version": column.whole([version] * len(rows)),
            }
            for name, part in (("causes", "cause"), ("kinds", "kind"), ("reasons", "reason")):
                table[name] = column.texts([[getattr(e, part) for e in r.causes] for r in rows])
            self._put("causal_roots", pa.table(table))

    def _put(self, table: str, columns: pa.Table) -> None:
        """Write rows, or keep them in memory where this user may not."""
        if not self._unwritten:
            try:
                self._engine.insert(table, columns)
            except StoreError as error:
                if code(error) not in MAY_NOT_WRITE:
                    raise
            else:
                return
        self._unwritten.take(table, columns)


def _voided(before: set[Rooted], now: set[Rooted]) -> list[Rooted]:
    kept = {(row.node, row.root) for row in now}
    return sorted(row for row in before if (row.node, row.root) not in kept)


def _newest_roots(versions: Iterable[_Version]) -> Iterator[Rooted]:
    newest: dict[tuple[str, str], _Version] = {}
    for one in versions:
        key = (one[0].node, one[0].root)
        known = newest.get(key)
        if known is None or one[2] > known[2]:
            newest[key] = one
    return (row for row, gone, _ in newest.values() if not gone)


def _versions(rows: Iterable[Sequence[Any]]) -> Iterator[_Version]:
    """Return what rows of `causal_roots` say."""
    for node, root, depth, causes, kinds, reasons, sure, gone, version in rows:
        each = zip(causes, kinds, reasons, sure, strict=True)
        yield Rooted(node, root, depth, tuple(Edge(node, *one) for one in each)), gone, version


def _versions_by_cause(rows: Sequence[Sequence[Any]]) -> Iterator[_Version]:
    """Return what rows say of which each holds one cause, as `causal_under` returns them.

    Thousands of rows with lists in them would make Python look through all its objects.
    """
    begins = [at for at, row in enumerate(rows) if row[5] <= 1]
    for begin, end in pairwise([*begins, len(rows)]):
        node, root, depth, gone, version, place, *_ = rows[begin]
        causes = [Edge(node, *row[6:]) for row in rows[begin:end]] if place else ()
        yield Rooted(node, root, depth, tuple(causes)), gone, version


def _parts(nodes: Iterable[str]) -> Iterator[list[str]]:
    left = iter(sorted(nodes))
    while part := list(islice(left, NAMES_PER_QUESTION)):
        yield part
