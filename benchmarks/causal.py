"""How fast causes are found among many edges on disk: python -m benchmarks.causal [--edges N].

Edges are made inside the engine, in the tables that `Store.settle` fills: trees of twenty links,
every other one a chain, the rest with two effects a cause; one tree of two thousand for the blast;
as many writes of ten thousand fields. Ids are hashes, so that neighbours in a tree lie anywhere.
Then, with all merges done, each question is asked of random nodes: p50 and p95 by wall, and the CPU
of the process, which merges that still run would add to. Last, two large trees are
joined by one edge that is declared afterwards.
"""

# ruff: noqa: S608 - the statements are made here, of numbers
from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from overheal.run.asking import last_writer
from overheal.run.causes import chain
from overheal.store import Store, open_store

LINKS, BLAST, FIELDS = 20, 2_000, 10_000
START = 1_767_225_600
NAME = "concat('action-', lower(hex(sipHash64('{salt}', toUInt64({tree}), toUInt64({place})))))"


def name(tree: str, place: str) -> str:
    """Return the SQL of a node's id."""
    return NAME.format(salt="n", tree=tree, place=place)


def fill(store: Store, edges: int) -> None:
    run, trees = store._engine.command, edges // LINKS  # noqa: SLF001
    cause = f"if(tree % 2 = 0, {name('tree', 'place - 1')}, {name('tree', 'intDiv(place - 1, 2)')})"
    depth = "if(tree % 2 = 0, place, toUInt32(floor(log2(place + 1))))"
    step = 100_000
    for first in range(0, trees, step):
        rows = (min(first + step, trees) - first) * (LINKS + 1)
        each = (
            f"SELECT {first} + intDiv(number, {LINKS + 1}) AS tree, number % {LINKS + 1} AS place, "
            f"{name('tree', 'place')} AS node, {cause} AS cause FROM numbers({rows})"
        )
        run(
            "INSERT INTO causal_roots SELECT node, "
            f"{name('tree', '0')}, {depth}, if(place = 0, [], [cause]), "
            "if(place = 0, [], ['declared']), if(place = 0, [], ['caused_by']), "
            f"if(place = 0, [], [1]), false, 1 FROM ({each})"
        )
        run(
            "INSERT INTO causal_edges SELECT node, cause, 'declared', 'caused_by', 1, false, 1 "
            f"FROM ({each}) WHERE place > 0"
        )
        run(
            "INSERT INTO event_names SELECT node, node, concat('e-', node), 'bench', "
            f"toDateTime64({START} + tree % 2592000 + place * 20, 6, 'UTC'), "
            "concat('service-', toString(sipHash64(tree, place) % 10000)), 'production', "
            "concat('agent-', toString(place)), 'restart', 'finished', '', '', '', 'succeeded', "
            f"toDateTime64({START}, 6, 'UTC') FROM ({each})"
        )
        print(f"  {min(first + step, trees) * LINKS:,} edges", flush=True)
    fill_blast(store)
    for first in range(0, edges, 2_000_000):
        run(
            f"INSERT INTO field_writes SELECT concat('target-', toString(number % {FIELDS})), "
            f"'replicas', toDateTime64({START} + {first} + number, 6, 'UTC'), "
            f"hex(sipHash64(number + {first})), 'bench', hex(sipHash64(number + {first})), "
            "'Deployment', 'shop', '', concat('service-', toString(number % 10000)), 'shop', "
            "'production', concat('agent-', toString(number % 7)), 'autoscaler', 'scale', "
            f"toString(number % 9), toString(number % 10), toDateTime64({START}, 6, 'UTC') "
            f"FROM numbers({min(2_000_000, edges - first)})"
        )
    for table in ("causal_roots", "causal_edges", "event_names", "field_writes"):
        run(f"OPTIMIZE TABLE {table} FINAL")
    now = "now64(6, 'UTC')"
    run(f"INSERT INTO causal_settled SELECT 0, {now}")


def fill_blast(store: Store) -> None:
    cause = "concat('blast-', toString(intDiv(number - 1, 5)))"
    each = f"FROM numbers({BLAST})"
    store._engine.command(  # noqa: SLF001
        "INSERT INTO causal_roots SELECT concat('blast-', toString(number)), 'blast-0', "
        f"toUInt32(floor(log2(number * 4 + 1) / log2(5))), if(number = 0, [], [{cause}]), "
        "if(number = 0, [], ['declared']), if(number = 0, [], ['caused_by']), "
        f"if(number = 0, [], [1]), false, 1 {each}"
    )


def asked(what: str, ask: Callable[[int], object], times: int, goal: float | None) -> None:
    walls, cpu = [], time.process_time()
    for number in range(times):
        began = time.perf_counter()
        ask(number)
        walls.append(1000 * (time.perf_counter() - began))
    spent = 1000 * (time.process_time() - cpu) / times
    walls.sort()
    wanted = "" if goal is None else f", goal {goal:.0f}"
    print(
        f"{what}: p50 {walls[times // 2]:.1f} ms, p95 {walls[int(times * 0.95)]:.1f} ms{wanted}; "
        f"{spent:.1f} ms CPU each",
        flush=True,
    )


def join(store: Store, size: int) -> None:
    claim = "INSERT INTO causal_claims SELECT {}, {}, 'declared', 'caused_by', 1, now64(6, 'UTC')"
    for tree in ("left", "right"):
        cause = f"concat('{tree}-', toString(intDiv(number, 3)))"
        store._engine.command(  # noqa: SLF001
            claim.format(f"concat('{tree}-', toString(number + 1))", cause)
            + f" FROM numbers({size - 1})"
        )
    for what, sql in (
        (f"settling two trees of {size:,}", ""),
        ("joining them by one edge", claim.format("'right-0'", f"'left-{size - 1}'")),
    ):
        if sql:
            store._engine.command(sql)  # noqa: SLF001
        began, cpu = time.perf_counter(), time.process_time()
        store.settle()
        wall, spent = time.perf_counter() - began, time.process_time() - cpu
        print(f"{what}: {wall:.1f} s, {spent:.1f} s CPU", flush=True)
    rows = list(store.roots_of([f"right-{size - 1}"]))
    assert [row.root for row in rows] == ["left-0"], rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--edges", type=int, default=10_000_000)
    options.add_argument("--asked", type=int, default=200)
    options.add_argument("--join", type=int, default=50_000, help="nodes of each tree")
    options.add_argument("--store", type=Path, help="a folder to keep; filled only where new")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.store or Path(made) / "store"
        new = not folder.exists()
        with open_store(folder) as store:
            if new:
                fill(store, chosen.edges)
            measure(store, chosen.edges, chosen.asked)
            join(store, chosen.join)


def measure(store: Store, edges: int, times: int) -> None:
    dice = random.Random(7)
    nodes = [
        row[0]
        for row in store._engine.rows(  # noqa: SLF001
            "SELECT " + name("number * 2 % {trees:UInt64}", "20") + " FROM numbers({n:UInt64}) "
            "ORDER BY rand()",
            trees=edges // LINKS // 2 * 2,
            n=min(times, edges // LINKS // 2),
        )
    ]
    pick: list[str] = [dice.choice(nodes) for _ in range(times)]

    def links(number: int) -> None:
        roots = [row.root for row in store.roots_of([pick[number]])]
        rows = store.under(roots)
        assert rows is not None
        assert len(rows) == LINKS + 1, len(rows)

    def blast() -> None:
        rows = store.under(["blast-0"])
        assert rows is not None
        assert len(rows) == BLAST

    asked("chain of 20 links, from an id to its root", links, times, 10)
    asked("the same, told with its events and gaps", lambda n: chain(store, pick[n]), times, None)
    asked(f"blast of {BLAST:,}", lambda _: blast(), times, 50)
    asked(
        "last writer of a field",
        lambda n: last_writer(
            store, f"target-{dice.randrange(FIELDS)}", "replicas", (START + edges) * 1_000_000 - n
        ),
        times,
        10,
    )
    asked("an id, looked up", lambda n: store.named(pick[n]), times, None)
    asked("nothing new to settle", lambda _: store.settle(), times, None)


if __name__ == "__main__":
    main()
