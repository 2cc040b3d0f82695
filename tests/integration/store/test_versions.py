"""Every earlier version's store comes to this one with its rows, wherever it is cut off."""

from __future__ import annotations

import json
import threading

import pytest

from overheal.errors import ConfigError, StoreError
from overheal.store import migrate_server, open_store
from overheal.store.connection import Server
from overheal.store.engine import Engine
from overheal.store.migrate import migrate
from overheal.store.sql import migrations
from tests.integration.store.conftest import address
from tests.support.versions import FILE, filled, made, record, rows_of

VERSIONS = [migration.version for migration in migrations()]


@pytest.fixture
def engine(clickhouse):
    opened = Engine(Server(address(clickhouse.url)))
    yield opened
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
def test_a_store_of_a_version_keeps_its_rows_and_can_be_read(engine, clickhouse, version):
    before = made(engine, version)
    assert all(before.values()), "rows.json lacks a table; python -m tests.support.versions"
    assert migrate(engine) == [later for later in VERSIONS if later > version]
    same(before, rows_of(engine))
    with open_store(address(clickhouse.url)) as store:
        assert len([one for batch in store.history() for one in batch]) == store.counts().events > 0
        store.hourly()
        if "findings" in before:
            assert [one.id for one in store.findings()] == ["thrashing-1"]


def test_a_migration_cut_off_after_any_statement_is_completed(engine, clickhouse):
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
    engine.command("DROP DATABASE " + clickhouse.url.rsplit("/", 1)[1] + " SYNC")
    migrate_plain(address(clickhouse.url))
    assert schema(engine) == found


def migrate_plain(place):
    server = Server(place)
    server.make_database()
    engine = Engine(server)
    migrate(engine)
    engine.close()


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
