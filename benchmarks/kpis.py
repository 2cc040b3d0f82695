"""How long each KPI view takes over 30 days: python benchmarks/kpis.py [MILLIONS] [SERVICES] [DIR].

Fills every table that the views read with what MILLIONS of events (100) of SERVICES (10,000) in 30
days leave there, four fifths of them about actions, half of the actions recoveries, one event in
twenty a symptom, an alert or a page:

* events of the newest three days as rows of `action_facts` and `signal_facts`, made in the engine;
  they are what the insert of the events themselves leaves there;
* what is settled of them by `Store.settle_hours`, and three days of it again and again for the days
  before; sums of days from those of hours, by the statements that settling uses;
* events and settled actions of the first three days, of which the hour is counted that the span
  cuts; signals of all days. Those of the days between are left out: no view reads them.

Then one service's KPIs from settled hours must be those from its facts. Prints p50 and p95 of wall
and processor time of each view at two threads: the first question to a store that was just opened,
and `ROUNDS` more; and what `overheal kpis`, `services` and `report weekly` take to gather what they
show. The events themselves are not there: what the report asks of them is not in it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from overheal.catalog import Catalog, CatalogFile
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE
from overheal.run.kpis import Asked, kpi_document, services_document
from overheal.run.reporting.gathering import gather
from overheal.run.reporting.weeks import chosen
from overheal.store import Store, open_store
from overheal.store.kpis import FOREVER, PLAIN, VIEWS
from overheal.store.sql import query

ROUNDS = 3
PATIENCE = 20
"""A view that took so many seconds in all is asked no more."""

SPAN = 30 * DAY
UNIT = 3 * DAY
FACTS = """
INSERT INTO action_facts
WITH
    intDiv(number, 2) AS nth, sipHash64(nth) AS h, sipHash64(nth, 1) AS g, h % {services} AS who,
    toInt64({start} + nth * {step}) AS began, 1000000 + toInt64(g % 300) * 1000000 AS took,
    number % 2 = 1 AS ends
SELECT
    if(who % 5 = 0, 'staging', 'production'), concat('shop/service-', toString(who)),
    fromUnixTimestamp64Micro(began + if(ends, took, 0), 'UTC') AS time,
    sipHash64(concat('a', toString(nth))), sipHash64('urn:bench', number), if(ends, 5, 4),
    concat('a', toString(nth)), concat('agent-', toString(who % 20)),
    if(g % 20 = 0, 'human', 'platform'), if(g % 3 = 0, 'failover', 'restart'),
    concat('policy-', toString(who % 50)), if(intDiv(h, 10000) % 100 = 0, 2, 3), g % 2 = 0, '', 1,
    if
    (
        ends,
        [
            'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed',
            'ineffective', 'unnecessary', 'unknown'
        ][intDiv(g, 1000) % 10 + 1],
        ''
    ),
    ends AND intDiv(g, 100000) % 5 = 0, if(ends, took, NULL),
    if(ends, toFloat64(1 + who % 10), NULL), g % 53 = 0, false, false, false, time
FROM numbers({first}, {rows})
SETTINGS max_threads = 2, max_partitions_per_insert_block = 0
"""
SIGNALS = """
INSERT INTO signal_facts
WITH sipHash64(number, 2) AS h, sipHash64(number, 3) AS g, h % {services} AS who
SELECT
    ['symptom', 'symptom', 'symptom', 'alert', 'page'][g % 5 + 1] AS kind,
    if(who % 5 = 0, 'staging', 'production'), concat('shop/service-', toString(who)),
    fromUnixTimestamp64Micro(toInt64({start} + number * {step}), 'UTC'),
    sipHash64('urn:bench', 's', number), g % 3 = 0, kind != 'symptom', false, ''
FROM numbers({rows})
SETTINGS max_threads = 2, max_partitions_per_insert_block = 0
"""
MOVED = {
    "kpi_hours": "* REPLACE (hour - {by} AS hour)",
    "kpi_level_hours": "* REPLACE (hour - {by} AS hour, "
    "arrayMap(one -> one - {by} * 1000000, at) AS at)",
    "kpi_episode_hours": "* REPLACE (hour - {by} AS hour, closes_at - {by} * 1000000 AS closes_at, "
    "arrayMap(one -> tupleConcat(tuple(one.1 - {by} * 1000000), "
    "tuple(one.2, one.3, one.4, one.5, one.6, one.7, one.8, one.9), "
    "tuple(one.10 - {by} * 1000000)), each) AS each, "
    "arrayMap(one -> one - {by} * 1000000, open_until) AS open_until)",
    "kpi_actions": "* REPLACE (hour - {by} AS hour, at - {by} * 1000000 AS at)",
    "signal_facts": "* REPLACE (time - {by} AS time)",
    "action_facts": "* REPLACE (time - {by} AS time)",
}
"""How the rows of a table read so many seconds earlier."""

COPY = """
INSERT INTO {table} SELECT {columns}
FROM
(
    SELECT *
    FROM {table}
    WHERE {moment} >= fromUnixTimestamp64Micro({{since:Int64}}, 'UTC')
        AND {moment} < fromUnixTimestamp64Micro({{until:Int64}}, 'UTC')
)
"""
COPYING = {"max_partitions_per_insert_block": 0, "max_threads": 2}


def fill(store: Store, millions: float, services: int, end: int) -> None:
    """Fill the tables as this module says; the newest event is of `end` (microseconds UTC)."""
    run = store._engine.command  # noqa: SLF001 - the benchmark makes its rows in the engine
    length = UNIT + 6 * HOUR
    start = end - length
    actions = int(millions * 1e6 * 0.4 * length / SPAN)
    signals = actions // 8
    for first in range(0, 2 * actions, 1_000_000):
        rows = min(1_000_000, 2 * actions - first)
        given = {"start": start, "step": length // actions, "services": services}
        run(FACTS.format(first=first, rows=rows, **given))
    run(SIGNALS.format(start=start, step=length // signals, rows=signals, services=services))
    began = time.process_time()
    store.settle_hours()
    asked = "SELECT toUnixTimestamp64Micro(max(until)) FROM kpi_episode_settlings"
    ((until,),) = store._engine.rows(asked)  # noqa: SLF001
    hours = (until - start) // HOUR
    print(f"{hours} hours settled in {time.process_time() - began:.0f} CPU s", flush=True)
    repeat(store, until)


def repeat(store: Store, until: int) -> None:
    """Let the settled days before `until` be those of all days before as well."""
    run = store._engine.command  # noqa: SLF001 - the benchmark copies rows in the engine
    for table, columns in MOVED.items():
        moment = "time" if table.endswith("facts") else "hour"
        for unit in range(1, SPAN // UNIT + 1):
            if table not in ("action_facts", "kpi_actions") or unit == SPAN // UNIT:
                chosen = columns.format(by=unit * UNIT // MICROSECOND)
                run(
                    COPY.format(table=table, columns=chosen, moment=moment),
                    COPYING,
                    since=until - UNIT,
                    until=until,
                )
    first, last = (until - UNIT - SPAN) // DAY * DAY, until // DAY * DAY
    for shape in ("days", "level_days"):
        run(query(f"kpi_settle_{shape}"), COPYING, start=first, end=last, settled=0)
    for day in range(first, last, DAY):
        run(query("kpi_settle_episode_days"), COPYING, start=day, end=day + DAY, until=day)
    # The copies came later than the settling, as if they were late; what is settled has them.
    run("TRUNCATE TABLE kpi_touched")
    run("TRUNCATE TABLE kpi_loose_needed")
    run(
        "ALTER TABLE kpi_loose DELETE WHERE touched_at > "
        "(SELECT max(settled_at) FROM kpi_episode_settlings) SETTINGS mutations_sync = 2"
    )
    counted = "SELECT uniq(day) FROM kpi_days WHERE healed > 0"
    ((days,),) = store._engine.rows(counted)  # noqa: SLF001
    if days < SPAN // DAY:
        raise SystemExit(f"{days} days are settled")


def check(store: Store, end: int) -> None:
    """Raise where a service's figures are others when they are counted from the facts."""
    (settled,) = store._engine.rows(  # noqa: SLF001 - as of a microsecond before nothing is settled
        "SELECT toUnixTimestamp64Micro(max(settled_at)) - 1 FROM kpi_settlings"
    )[0]
    span = (end - 2 * DAY - 1234, end - 20 * HOUR + 77, "shop/service-7", "")
    if store.kpis(*span).readings != store.kpis(*span, settled).readings:
        raise SystemExit("what is settled of shop/service-7 is not what its events say")


def measure(store: Store, end: int, rounds: int) -> None:
    """Print how long each view takes over the 30 days before `end`."""
    asked = {"start": end - SPAN, "end": end, "as_of": FOREVER, "service": "", "environment": ""}
    for view in VIEWS:
        wall, cpu = [], []
        for _ in range(rounds):
            began, used = time.perf_counter(), time.process_time()
            store._engine.rows(  # noqa: SLF001 - one view alone
                query("kpi").replace("kpi_view", view),
                {**PLAIN, "max_threads": 2},
                **asked,
                per_service=0,
            )
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - used) * 1000)
            if sum(wall) > PATIENCE * 1000:
                break
        wall.sort()
        cpu.sort()
        half, most = len(wall) // 2, min(round(0.95 * len(wall)), len(wall) - 1)
        print(
            f"{view:28} wall p50 {wall[half]:6.0f} ms, p95 {wall[most]:6.0f} ms; "
            f"processor p50 {cpu[half]:6.0f} ms, p95 {cpu[most]:6.0f} ms",
            flush=True,
        )


def commands(store: Store) -> None:
    """Print how long what commands show takes to be gathered, the 30 days or the week before."""
    end = int(time.time()) * MICROSECOND
    month = Asked(end - SPAN, end, end)
    catalog = Catalog(CatalogFile())
    began, used = time.perf_counter(), time.process_time()
    store.settle_hours()
    print(
        f"{'settling what came':28} wall {time.perf_counter() - began:.1f} s, "
        f"processor {time.process_time() - used:.1f} s",
        flush=True,
    )
    for name, gathers in (
        ("overheal kpis", lambda: kpi_document(store, month)),
        ("overheal services", lambda: services_document(store, month, catalog)),
        (
            "overheal report weekly",
            lambda: gather(store, chosen(None, None, None, end), end, catalog),
        ),
    ):
        began, used = time.perf_counter(), time.process_time()
        gathers()
        print(
            f"{name:28} wall {time.perf_counter() - began:.1f} s, "
            f"processor {time.process_time() - used:.1f} s",
            flush=True,
        )


def main() -> None:
    """Fill a store and measure."""
    given = sys.argv[1:]
    millions = float(given[0]) if given else 100.0
    services = int(given[1]) if len(given) > 1 else 10_000
    place = given[2] if len(given) > 2 else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        # The last actions go on for five minutes.
        end = int(time.time()) * MICROSECOND - 10 * MINUTE
        began = time.process_time()
        with open_store(Path(folder) / "store") as store:
            fill(store, millions, services, end)
            check(store, end)
        took = time.process_time() - began
        size = sum(one.stat().st_size for one in Path(folder).rglob("*") if one.is_file())
        print(f"filled in {took:.0f} CPU s, {size / 1e9:.1f} GB", flush=True)
        with open_store(Path(folder) / "store") as store:
            print("first question", flush=True)
            measure(store, end + 1, 1)
            print(f"{ROUNDS} more", flush=True)
            measure(store, end + 1, ROUNDS)
            commands(store)


if __name__ == "__main__":
    main()
