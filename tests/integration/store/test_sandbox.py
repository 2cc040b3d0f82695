"""Strangers ask the store in SQL: they read its tables, and reach nothing else."""

from __future__ import annotations

import threading
import time

import pytest

from overheal.errors import QuestionRefused, StoreError, StoreUnavailable
from overheal.store.guard import TABLE_FUNCTIONS
from overheal.store.sandbox import Limits
from tests.integration.store.conftest import empty
from tests.integration.store.made import counted, event

DOORS = (
    "INSERT INTO findings (id) VALUES ('x')",
    "INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'a String') SELECT 'a'",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE FUNCTION f AS x -> x",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(1)",
    "DROP TABLE findings",
    "TRUNCATE TABLE findings",
    "RENAME TABLE findings TO x",
    "EXCHANGE TABLES findings AND drills",
    "ALTER TABLE findings DELETE WHERE 1",
    "DELETE FROM findings WHERE 1",
    "OPTIMIZE TABLE findings",
    "DETACH TABLE findings",
    "ATTACH TABLE findings",
    "UNDROP TABLE findings",
    "SYSTEM FLUSH LOGS",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "SET readonly = 0",
    "USE system",
    "BACKUP TABLE findings TO File('/tmp/x')",
    "RESTORE TABLE findings FROM File('/tmp/x')",
    "GRANT ALL ON *.* TO default",
    "CREATE USER x",
    "SHOW CREATE TABLE findings",
    "DESCRIBE TABLE file('/etc/passwd')",
    "EXPLAIN ESTIMATE SELECT * FROM file('/etc/passwd')",
    "CHECK TABLE findings",
    "SELECT 1; DROP TABLE findings",
    "SELECT 1 /* ; */; SELECT 2",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO OUTFILE '/tmp/x' TRUNCATE FORMAT CSV",
    "SELECT 1 FORMAT Null",
    "(SELECT 1) UNION ALL (SELECT 2 SETTINGS readonly = 0)",
    "SELECT * FROM findings SETTINGS max_execution_time = 0",
    "SELECT * FROM (SELECT 1 SETTINGS limit = 0)",
    "SELECT * FROM system.tables",
    "SELECT * FROM `system`.`one`",
    "SELECT * FROM information_schema.tables",
    "SELECT (SELECT count() FROM system.one)",
    "WITH x AS (SELECT * FROM system.one) SELECT * FROM x",
    "SELECT 1 FROM findings WHERE id IN system.one",
    "SELECT 1 FROM findings WHERE in(id, system.one)",
    "SELECT 1 FROM findings WHERE (id, 1) NOT IN (system.one)",
    "SELECT * FROM findings JOIN system.one ON 1",
    "SELECT * FROM view(SELECT * FROM system.one)",
    "SELECT * FROM (EXPLAIN SELECT 1)",
    "SELECT file('/etc/passwd')",
    "SELECT FILE('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT apply('/etc/passwd', file)",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
    "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/passwd')",
    "SELECT COLUMNS('a') APPLY file FROM (SELECT '/etc/passwd' AS a)",
    "SELECT sum(length(file('/etc/passwd'))) OVER () FROM findings",
    "SELECT 1 ORDER BY file('/etc/passwd') LIMIT 1",
    "SELECT 1 GROUP BY file('/etc/passwd') HAVING 1",
    "SELECT 1 LIMIT length(file('/etc/passwd'))",
    "SELECT joinGet('system.x', 'a', 1)",
    "SELECT dictGet('d', 'a', 1)",
    "SELECT sleepEachRow(3)",
    "SELECT getServerSetting('path')",
    "SELECT getMacro('shard')",
    "SELECT hostName()",
    "SELECT aiGenerate('hello')",
    "SELECT * FROM loop(system.one)",
    "SELECT * FROM findings, url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM executable('ls', 'TSV', 'a String')",
    "SELECT * FROM python('x')",
    "SELECT * FROM Python(x)",
    "SELECT * FROM merge('system', '^one$')",
    "SELECT * FROM merge(REGEXP('system'), 'one')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM {name:Identifier}",
    "SELECT 1 AS `x\nTableIdentifier system.one`",
)
OUTWARD = ("Dictionary", "Embedded Dictionary", "AI", "Introspection", "Machine Learning")


@pytest.fixture
def store(module_store):
    """A store with four events; written anew only after a test that changed them."""
    if module_store.counts().actions != 4:
        empty(module_store)
        module_store.write_events(counted([event(n) for n in range(4)]))
    return module_store


@pytest.fixture
def sandbox(store):
    with store.sandbox(Limits(rows=10, seconds=20, memory=400_000_000)) as opened:
        yield opened


@pytest.mark.parametrize("sql", DOORS)
def test_a_door_is_shut_and_nothing_has_changed(store, sandbox, sql):
    with pytest.raises(QuestionRefused):
        sandbox.ask(sql)
    assert store.counts().actions == 4
    assert sandbox.ask("SELECT count() AS c FROM findings").rows == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT a.id, b.id, c.id FROM action_events AS a, action_events AS b, findings AS c, system.one",
    ],
)
def test_a_limit_of_one_row_leaves_the_walls_as_they_are(store, sql):
    view = """SELECT count() AS n FROM kpi_first_alerts (start = 0, end = 1, as_of = 1)"""
    with store.sandbox(Limits(rows=1)) as sandbox:
        with pytest.raises(QuestionRefused, match=r"file|system\.one"):
            sandbox.ask(sql)
        assert sandbox.ask(view).rows == [(0,)]


def test_of_all_table_functions_of_the_engine_only_those_that_make_rows_are_allowed(store, sandbox):
    names = [name for (name,) in store._engine.rows("SELECT name FROM system.table_functions")]
    assert {"file", "url", "s3", "remote", "mysql", "executable", "merge"} <= set(names)
    for name in names:
        if name.lower() not in TABLE_FUNCTIONS:
            # Those that take a SELECT do not even parse.
            with pytest.raises(QuestionRefused, match=r"the table function|not understood|allowed"):
                sandbox.ask(f"SELECT * FROM {name}('127.0.0.1:1', 'x', 'y', 'a', 'b')")


def test_functions_that_look_outside_are_refused_whatever_the_engine_calls_them(store, sandbox):
    rows = store._engine.rows(
        "SELECT name FROM system.functions WHERE arrayExists(x -> has(splitByString(', ',"
        f" toString(categories)), x), {list(OUTWARD)}) AND alias_to = ''"
    )
    assert len(rows) > 50
    for (name,) in rows:
        with pytest.raises(QuestionRefused):
            sandbox.ask(f"SELECT {name}('x')")


def test_a_function_that_somebody_added_is_refused(store, sandbox):
    store._engine.command("CREATE OR REPLACE FUNCTION ours AS x -> x + 1")
    try:
        with pytest.raises(QuestionRefused, match="the function ours"):
            sandbox.ask("SELECT ours(1)")
    finally:
        store._engine.command("DROP FUNCTION ours")


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO findings (id) VALUES ('x')",
        "DROP TABLE findings",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM executable('ls', 'TSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1:1', system.one)",
        "SET readonly = 0",
        "SET max_execution_time = 0",
    ],
)
def test_behind_the_lists_the_engine_itself_refuses(store, sandbox, sql):
    with pytest.raises(Exception, match=r"READONLY|readonly"):
        sandbox._client.query(sql, settings=sandbox._settings)
    store.write_events(counted([event(9)]))
    assert store.counts().actions == 5


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT service, count() AS n FROM action_events FINAL GROUP BY ALL", [("checkout", 4)]),
        ("WITH t AS (SELECT id FROM action_events) SELECT count() AS n FROM t", [(4,)]),
        ("SELECT 1 AS a WHERE 1 IN (SELECT 1) -- why not\n;", [(1,)]),
        ("SELECT id FROM action_events WHERE id IN ('e-1', 'x')", [("e-1",)]),
        ("FROM numbers(2) SELECT number", [(0,), (1,)]),
        ("(SELECT 1 AS a) UNION ALL (SELECT 1)", [(1,), (1,)]),
        ("SELECT arrayMap(x -> x + 1, [1]) AS a, version() != '' AS b", [([2], True)]),
        ("SELECT labels['team'] AS t FROM action_events LIMIT 1 BY t", [("payments",)]),
        ("SELECT a.id FROM action_events AS a JOIN action_events AS b USING (id) LIMIT 1", None),
        ("SELECT id, row_number() OVER (ORDER BY time) AS n FROM action_events LIMIT 1", None),
        ("SELECT 'a;b' AS a, '--' AS b, 'it''s \\' /*' AS c", [("a;b", "--", "it's ' /*")]),
        (
            """SELECT count() AS n FROM kpi_on_call
            (start = 0, end = 1, as_of = 1, service = '', environment = '', per_service = 0)""",
            [(0,)],
        ),
        ("SELECT CAST(1 AS String) AS a, toDate('2026-01-01') < now() AS b", [("1", True)]),
    ],
)
def test_what_people_ask_is_answered(sandbox, sql, rows):
    found = sandbox.ask(sql)
    assert found.rows
    if rows is not None:
        assert [tuple(row) for row in found.rows] == rows


def test_an_empty_answer_has_its_columns(sandbox):
    found = sandbox.ask("SELECT id, tier FROM findings")
    assert (found.names, found.types, found.rows) == (["id", "tier"], ["String", "UInt8"], [])


def test_rows_time_and_memory_have_limits(store, sandbox):
    found = sandbox.ask("SELECT number FROM numbers(1000) ORDER BY number DESC")
    assert (len(found.rows), found.rows[0], found.more) == (10, (999,), True)
    assert not sandbox.ask("SELECT number FROM numbers(10)").more
    with pytest.raises(QuestionRefused, match="more than 400 MB of memory"):
        sandbox.ask("SELECT groupArray(number) FROM numbers(10000000000)")
    with (
        store.sandbox(Limits(seconds=0.5)) as hasty,
        pytest.raises(QuestionRefused, match=r"longer than 0\.5 s"),
    ):
        hasty.ask("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)")


def test_recursion_without_end_ends(sandbox):
    with pytest.raises(QuestionRefused, match="depth"):
        sandbox.ask(
            "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT max(n) FROM x"
        )


def test_a_question_can_be_stopped_from_another_thread(store):
    with store.sandbox(Limits(seconds=600)) as slow:
        stopping = threading.Event()

        def stop():
            while not stopping.wait(0.2):
                slow.stop()

        thread = threading.Thread(target=stop)
        thread.start()
        begun = time.monotonic()
        try:
            with pytest.raises((StoreError, StoreUnavailable)):
                slow.ask("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)")
        finally:
            stopping.set()
            thread.join()
        assert time.monotonic() - begun < 300


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT\n  nam\nFROM findings", "SQL, line 2, column 3: Unknown expression identifier"),
        ("SELECT 1 FORM x y", "SQL, line 1, column 15: not understood at 'x y'"),
        ("SELECT 'é', a, FROM x WHER y", "SQL, line 1, column 28: not understood at 'y'"),
        ("SELECT (1", "SQL, line 1, column 10: not understood"),
        ("SELECT 1;\nSELECT 2", "only one statement is allowed"),
        ("SELECT foo(1)", "SQL, line 1, column 8: Function with name"),
        ("SELECT * FROM finding", "Maybe you meant"),
        ("  ", "the question is empty"),
    ],
)
def test_an_error_is_one_sentence_with_its_place(sandbox, sql, told):
    with pytest.raises(QuestionRefused) as error:
        sandbox.ask(sql)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert "DB::" not in str(error.value)
