"""Every earlier version's store comes to this one with its rows, wherever it is cut off."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager

import pytest

from overheal.errors import ConfigError, StoreError
from overheal.store import migrate_server, open_store
from overheal.store.connection import Embedded, Server
from overheal.store.engine import Engine
from overheal.store.migrate import migrate
from overheal.store.sql import migrations
from tests.integration.store.conftest import address
from tests.support.versions import FILE, filled, made, record, rows_of

VERSIONS = [migration.version for migration in migrations()]
HOUR = 1_795_132_800_000_000
"""The first of a day, in microseconds UTC."""

PARTS = f"""
INSERT INTO kpi_parts VALUES
(
    'production', 'shop/ledger', toDateTime({HOUR // 1_000_000}, 'UTC'), [false, true, false],
    [true, true, false], [false, false, true], [true, true, false], [true, false, false],
    [true, true, false], ['succeeded', 'failed', ''], ['p', '', 'p'], [3, -1, 3], [2, 1, 1],
    [5, 1, 0], [5, 1, 1], [4, 0, 0], [8e6, 0, 0], [3, 0, 0], [9e6, 0, 0], now64(6)
)
"""
LEVELS = f"""
INSERT INTO kpi_levels VALUES
(
    'production', 'shop/ledger', toDateTime({HOUR // 1_000_000}, 'UTC'), ['healer'], [3],
    [{HOUR + 1_000_000}], [1], now64(6)
)
"""


@pytest.fixture
def engine(clickhouse):
    opened = Engine(Server(address(clickhouse.url)))
    yield opened
    opened.close()


@contextmanager
def embedded(folder):
    opened = Engine(Embedded(folder))
    try:
        yield opened
    finally:
        opened.close()


def schema(engine):
    return engine.rows(
        "SELECT table, name, type, default_kind FROM system.columns"
        " WHERE database = currentDatabase() ORDER BY table, position"
    ) + engine.rows(
        "SELECT name, engine_full, replaceAll(as_select, concat(database, '.'), '')"
        " FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )


def same(before, after):
    """Whether each table's rows are those from before, as to the columns there were."""
    for table, rows in before.items():
        names = rows[0].keys() if rows else ()
        kept = sorted(({name: row[name] for name in names} for row in after[table]), key=repr)
        assert kept == rows, table


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_a_version_keeps_its_rows_and_can_be_read(tmp_path, version):
    with embedded(tmp_path) as engine:
        before = keeps_its_rows(engine, version)
    can_be_read(tmp_path, before)


@pytest.mark.parametrize("version", VERSIONS[:2])
def test_a_server_s_store_of_a_version_too(engine, clickhouse, version):
    can_be_read(address(clickhouse.url), keeps_its_rows(engine, version))


def keeps_its_rows(engine, version):
    before = made(engine, version)
    assert all(before.values()), "rows.json lacks a table; python -m tests.support.versions"
    assert migrate(engine) == [later for later in VERSIONS if later > version]
    same(before, rows_of(engine))
    return before


def can_be_read(place, before):
    with open_store(place) as store:
        assert len([one for batch in store.history() for one in batch]) == store.counts().events > 0
        store.hourly()
        if "findings" in before:
            assert [one.id for one in store.findings()] == ["thrashing-1"]


def test_what_version_16_settled_is_counted_by_hours_and_days(engine, clickhouse):
    made(engine, 16)
    for table in ("kpi_parts", "kpi_levels", "kpi_touched", "kpi_settlings", "action_facts"):
        engine.command(f"TRUNCATE TABLE {table}")
    until = HOUR + 40 * 3_600_000_000
    settled = f"SELECT now64(6), fromUnixTimestamp64Micro({until}, 'UTC'), now64(6)"
    for statement in (PARTS, LEVELS, f"INSERT INTO kpi_settlings {settled}"):
        engine.command(statement)
    migrate(engine)
    with open_store(address(clickhouse.url)) as store:
        for end in (until, HOUR + 3_600_000_000):
            found = store.kpis(HOUR, end)
            rate, cost = found.get("auto_recovery_success"), found.get("automation_cost", "seconds")
            assert (rate.value, rate.denominator) == (1, 5)
            assert found.get("recoveries", "human").value == 1
            assert (cost.value, cost.numerator, cost.unknown) == (8, 4, 1)
            assert found.get("automation_cost", "replica seconds").value == 9
            assert found.get("unnecessary", "p").numerator == 1
            assert found.get("autonomy", "3").numerator == 2
            assert found.get("autonomy_time", "3").value == (end - HOUR) / 1_000_000 - 1


def test_a_migration_cut_off_after_any_statement_is_completed(tmp_path):
    with embedded(tmp_path / "cut") as engine:
        made(engine, 1)
        for migration in migrations()[1:]:
            before = filled(engine)
            for end in range(len(migration.statements)):
                for statement in migration.statements[: end + 1]:
                    engine.command(statement)
            same(before, rows_of(engine))
            record(engine, migration.version, migration.name)
        assert migrate(engine) == []
        found = schema(engine)
    with embedded(tmp_path / "whole") as engine:
        migrate(engine)
        assert schema(engine) == found


def test_of_two_migrations_at_once_one_waits_and_finds_nothing_to_do(clickhouse):
    place = address(clickhouse.url)
    said: list[str] = []
    done: list[list[int]] = []

    def run():
        done.append(migrate_server(place, said=said.append))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [[], [], VERSIONS]
    assert all("is being migrated by process" in text for text in said)


def test_a_turn_whose_holder_fell_silent_is_taken_over(engine, clickhouse):
    engine.command("CREATE TABLE migrating (holder String, at DateTime64(3)) ENGINE = Memory")
    engine.command("INSERT INTO migrating VALUES ('process 1 on gone', now64(3) - 600)")
    said: list[str] = []
    assert migrate_server(address(clickhouse.url), said=said.append) == VERSIONS
    assert said[0].endswith("is being migrated by process 1 on gone; waiting until that ends")


def test_a_migration_that_fails_gives_its_turn_back(own_clickhouse):
    place = address(f"{own_clickhouse.url}/overheal")
    own_clickhouse.fail("error", match="findings", times=-1, code=48, message="no. (NOT_IMPL)")
    with pytest.raises(StoreError, match=r"refused: no"):
        migrate_server(place)
    own_clickhouse.heal()
    assert migrate_server(place)[0] == 2


def test_too_short_a_retention_is_refused_before_anything_is_made(own_clickhouse):
    place = address(f"{own_clickhouse.url}/overheal")
    with pytest.raises(ConfigError, match="90 or more"):
        migrate_server(place, 89)
    with pytest.raises(StoreError, match="lacks tables"):
        open_store(place)


def test_the_rows_that_are_kept_are_few_and_readable():
    assert FILE.stat().st_size < 100_000
    assert set(json.loads(FILE.read_text())) >= {"action_events", "findings", "ingest_ranges"}
