"""A store behind a server: what goes wrong on the way, who may, and several at once."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from overheal.errors import ConfigError, StoreError, StoreNewer, StoreUnavailable
from overheal.model import DAY, HOUR, MICROSECOND
from overheal.secret import Secret
from overheal.store import ServerAddress, StoredEvent, migrate_server, open_store
from overheal.store.connection import Server
from overheal.store.engine import Engine
from overheal.store.migrate import migrate, retention, verify
from overheal.store.sql import migrations
from tests.integration.store.conftest import address, empty
from tests.integration.store.made import counted, event
from tests.support.chdb_front import ChdbFront
from tests.support.migrated import migrated

EVENTS = "INSERT INTO"


def made(front, **changes):
    place = address(front.url + "/overheal", **changes)
    migrated(place)
    return place


@pytest.fixture(scope="module")
def broken_store(tmp_path_factory):
    """A store, and the front it is behind, for tests that break and heal it one after another."""
    front = ChdbFront(tmp_path_factory.mktemp("front"))
    try:
        front.start()
        with open_store(made(front)) as store:
            yield store, front
    finally:
        front.kill()


@pytest.fixture
def broken(broken_store):
    store, front = broken_store
    empty(store)
    yield store, front
    front.heal()


def count(store):
    return store._engine.rows("SELECT count() FROM action_events")[0][0]


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "reset_body", "unavailable", "disk_full"])
def test_an_insert_that_failed_is_written_once_by_writing_it_again(broken, kind):
    store, front = broken
    front.fail(kind, match=EVENTS, times=-1)
    rows = counted([event(n) for n in range(500)])
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            store.write_events(rows, f"block of {kind}")
    front.heal()
    store.write_events(rows, f"block of {kind}")
    assert count(store) == 500


def test_an_answer_that_got_lost_repeats_nothing_without_a_token(broken):
    store, front = broken
    struck = front.struck("lost_answer")
    front.fail("lost_answer", match=EVENTS, times=1)
    rows = counted([event(n) for n in range(500)])
    try:
        store.write_events(rows)
    except StoreUnavailable:
        store.write_events(rows)
    assert front.struck("lost_answer") == struck + 1
    assert count(store) == 500


@pytest.mark.parametrize("code", [241, 252, 202, 243, 242, 159, 209, 210, 999, 225])
def test_a_refusal_that_passes_may_be_tried_again(broken, code):
    store, front = broken
    front.fail("error", match=EVENTS, code=code, message="no. (SOME_NAME)")
    with pytest.raises(StoreUnavailable):
        store.write_events(counted([event(1)]))
    front.heal()
    store.write_events(counted([event(1)]))
    assert count(store) == 1


@pytest.mark.parametrize("code", [60, 53, 516, 497, 62])
def test_a_refusal_that_stays_stops(broken, code):
    store, front = broken
    front.fail("error", match=EVENTS, code=code, message="no. (SOME_NAME)")
    with pytest.raises(StoreError) as raised:
        store.write_events(counted([event(1)]))
    assert not isinstance(raised.value, StoreUnavailable)


def test_a_server_that_is_down_is_unavailable_and_comes_back(own_clickhouse):
    place = made(own_clickhouse, timeout=5.0, connect_timeout=2.0)
    with open_store(place) as store:
        own_clickhouse.kill()
        with pytest.raises(StoreUnavailable, match=r"cannot be reached: .*refused.*is it running"):
            store.counts()
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            open_store(place)
        own_clickhouse.start()
        assert store.counts().events == 0


def test_a_server_that_hangs_is_unavailable_after_the_time_out(own_clickhouse):
    with open_store(made(own_clickhouse, timeout=1.0)) as store:
        own_clickhouse.fail("hang", match=EVENTS)
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"cannot be reached: .*timed out"):
            store.write_events(counted([event(1)]))
        assert time.monotonic() - started < 10
        own_clickhouse.heal()


def test_a_wrong_password_stops_and_is_not_told(local_clickhouse):
    front = local_clickhouse(user="worker", password="correct-horse")
    place = made(front)
    assert "correct-horse" not in repr(place) + str(place)
    for wrong in ("hunter2hunter2", ""):
        with pytest.raises(StoreError, match="does not let this user in") as raised:
            open_store(address(front.url + "/overheal", password=Secret(wrong)))
        assert not isinstance(raised.value, StoreUnavailable)
        assert "hunter2" not in str(raised.value)
    front.fail("error", code=60, message="no table, but correct-horse", match="SELECT", times=-1)
    with pytest.raises(StoreError, match="but \\*\\*\\*"):
        open_store(place).counts()


def test_a_certificate_must_be_trusted(local_clickhouse):
    front = local_clickhouse(tls=True)
    with pytest.raises(StoreError, match="set ca_file") as raised:
        migrate_server(address(front.url + "/overheal"))
    assert not isinstance(raised.value, StoreUnavailable)
    place = made(front, ca_file=str(front.authority))
    with open_store(place) as store:
        assert store.counts().events == 0


def test_a_password_in_the_address_is_refused_and_not_told():
    with pytest.raises(ConfigError, match="holds a user or a password") as raised:
        ServerAddress("http://user:hunter2@x:1/y")
    assert "hunter2" not in str(raised.value)


def test_tables_of_another_version_are_refused_with_the_remedy(clickhouse):
    place = address(clickhouse.url)
    remedy = f"run: overheal migrate --server {place.name}"
    with pytest.raises(StoreError, match=remedy):
        open_store(place)
    with pytest.raises(StoreError, match=f"{remedy}_missing"):
        open_store(address(clickhouse.url + "_missing"))
    assert migrate_server(place) == [item.version for item in migrations()]
    open_store(place).close()
    engine = Engine(Server(place))
    engine.command(
        "ALTER TABLE schema_migrations DELETE WHERE version = 3 SETTINGS mutations_sync = 2"
    )
    with pytest.raises(StoreError, match=remedy):
        verify(engine)
    assert migrate(engine) == [3]
    engine.command("INSERT INTO schema_migrations (version, name) VALUES (99, 'future')")
    engine.close()
    with pytest.raises(StoreNewer, match="upgrade overheal"):
        open_store(place)
    with pytest.raises(StoreNewer, match="upgrade overheal"):
        migrate_server(place)


def test_several_processes_may_migrate_at_once(clickhouse):
    place = address(clickhouse.url)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate_server(place), range(4)))
    with open_store(place) as store:
        store.write_events(counted([event(1)]))
        assert store.counts().events == 1
        names = store._engine.rows("SELECT DISTINCT version FROM schema_migrations ORDER BY 1")
    assert [version for (version,) in names] == [item.version for item in migrations()]


def test_events_expire_by_the_time_of_receipt(clickhouse):
    place = address(clickhouse.url)
    migrate_server(place)
    with open_store(place) as store:
        assert retention(store._engine) == 400
        migrate_server(place, 120)
        migrate_server(place)
        assert retention(store._engine) == retention(store._engine, "observations") == 120
        with pytest.raises(ConfigError, match="90 or more"):
            migrate_server(place, 89)
        now = int(time.time()) * MICROSECOND
        store.write_events(
            [
                StoredEvent(event(1), received_at=now - 121 * DAY),
                StoredEvent(event(2, time=now - 3_000 * DAY), received_at=now - 119 * DAY),
                StoredEvent(event(3, time=now - 3_000 * DAY), received_at=0),
            ]
        )
        store._engine.command("OPTIMIZE TABLE action_events FINAL")
        kept = store._engine.rows("SELECT id FROM action_events ORDER BY id")
    assert kept == [("e-2",), ("e-3",)]


def test_what_is_worked_out_from_events_expires_with_them_and_counts_stay(clickhouse):
    place = address(clickhouse.url)
    migrate_server(place, 120)
    now = int(time.time()) * MICROSECOND
    received = dict.fromkeys(range(3), now - 200 * DAY) | dict.fromkeys(range(3, 6), now)
    with open_store(place) as store:
        store.write_events(
            [
                StoredEvent(event(n, time=now - 300 * DAY + n * HOUR), received_at=at, counted=1)
                for n, at in received.items()
            ]
        )
        store.settle_hours()
        store._engine.command("TRUNCATE TABLE kpi_touched")  # as after a quarter of an hour
        for table, node in (("causal_edges", "effect"), ("causal_roots", "node")):
            for name, at in (("old", now - 121 * DAY), ("young", now - 119 * DAY)):
                store._engine.command(
                    f"INSERT INTO {table} ({node}, version) VALUES ('{name}', {at})"
                )
        before = store.kpis(now - 400 * DAY, now)
        left = {
            table: _after_merges(store, table, column)
            for table, column in (
                ("field_writes", "action_id"),
                ("action_facts", "action_id"),
                ("causal_edges", "effect"),
                ("causal_roots", "node"),
            )
        }
        assert store.kpis(now - 400 * DAY, now) == before
        expiry = {one.table: one.expires_days for one in store.sizes()}
    assert left["field_writes"] == left["action_facts"] == ["a-3", "a-4", "a-5"]
    assert left["causal_edges"] == left["causal_roots"] == ["young"]
    assert [expiry[table] for table in left] == [120, 127, 120, 120]
    assert expiry["kpi_settlings"] is None


def _after_merges(store, table, column):
    store._engine.command(f"OPTIMIZE TABLE {table} FINAL")
    return [row[0] for row in store._engine.rows(f"SELECT {column} FROM {table} ORDER BY 1")]


def test_two_threads_use_a_handle_each(module_store):
    errors = []

    def write(store, start):
        try:
            for block in range(10):
                numbers = range(start + block * 100, start + block * 100 + 100)
                store.write_events(counted([event(n) for n in numbers]), f"{start}-{block}")
                keys = [event(n).key for n in numbers]
                assert store.known([*keys, ("urn:test", "none")]) == set(keys)
        except BaseException as error:
            errors.append(error)

    second = module_store.another()
    threads = [
        threading.Thread(target=write, args=(module_store, 10_000)),
        threading.Thread(target=write, args=(second, 20_000)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    second.close()
    assert errors == []
    assert module_store.counts().events >= 2_000


def test_workers_that_ask_at_once_do_not_disturb_each_other(clickhouse):
    place = address(clickhouse.url)
    migrated(place)
    with open_store(place) as store:
        store.write_events(counted([event(n) for n in range(1_000)]))

    def ask(number):
        with open_store(place) as asking:
            keys = [("urn:test", f"e-{n}") for n in range(number, 2_000, 4)]
            return [
                asking.known(keys) == {k for k in keys if int(k[1][2:]) < 1_000} for _ in range(8)
            ]

    with ThreadPoolExecutor(4) as pool:
        assert all(all(found) for found in pool.map(ask, range(4)))


def test_a_server_that_dies_in_the_middle_of_a_long_answer_is_unavailable(own_clickhouse):
    with open_store(made(own_clickhouse, timeout=10.0)) as store:
        rows = [
            StoredEvent(event(n, document=random.randbytes(9_000)), topic="t", offset=n)
            for n in range(12_000)
        ]
        store.write_events(rows)
        batches = store.stored_after("t", "", 0, -1, 20_000, 0)
        assert next(batches)
        own_clickhouse.kill()
        with pytest.raises(StoreUnavailable):
            list(batches)


def test_recoveries_of_settled_days_outlive_their_events(clickhouse):
    place = address(clickhouse.url)
    migrated(place)
    with open_store(place) as store:
        now = int(time.time() * MICROSECOND)
        rows = [
            StoredEvent(event(n), scope="shop", counted=1, received_at=now - age * DAY)
            for n, age in enumerate((1, 20, 50, 50, 200))
        ]
        store.write_events(rows)
        before = store.hourly()
        assert sum(row.recoveries for row in before) == 5
        settle(store)
        assert store._engine.rows("SELECT sum(recoveries) FROM recoveries_settled FINAL") == [(3,)]
        assert store.hourly() == before
        settle(store)
        assert store.hourly() == before
        store._engine.command(
            "ALTER TABLE action_events DELETE WHERE received_at < now() - INTERVAL 45 DAY"
            " SETTINGS mutations_sync = 2"
        )
        assert count(store) == 2
        assert store.hourly() == before


def settle(store):
    for words in ("REFRESH", "WAIT"):
        store._engine.command(f"SYSTEM {words} VIEW recoveries_settling")
