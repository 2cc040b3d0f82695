"""The front keeps what ClickHouse promises, and breaks the wire where it is told to."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from tests.support.chdb_front import ChdbFront
from tests.support.servers import Database

TABLE = """
CREATE TABLE {name} (number UInt64, word LowCardinality(String), labels Map(String, String))
ENGINE = MergeTree ORDER BY number SETTINGS non_replicated_deduplication_window = 1000
"""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbFront]:
    front = ChdbFront(tmp_path_factory.mktemp("clickhouse"))
    front.start()
    yield front
    front.kill()


@pytest.fixture
def client(front: ChdbFront) -> Iterator[Any]:
    front.heal()
    client = front.client(autogenerate_session_id=False)
    client.command("DROP TABLE IF EXISTS t SYNC")
    client.command(TABLE.format(name="t"))
    yield client
    front.heal()
    client.close()


def insert(client: Any, token: str, numbers: range = range(3)) -> Any:
    rows = [[number, "word", {"a": "b"}] for number in numbers]
    settings = {"insert_deduplication_token": token, "async_insert": 0}
    return client.insert("t", rows, ["number", "word", "labels"], settings=settings)


def count(client: Any) -> int:
    return int(client.query("SELECT count() FROM t").first_row[0])


def raw_insert(front: ChdbFront, sent: bytes, length: int) -> None:
    """Send the beginning of an insert and break off."""
    with socket.create_connection(("127.0.0.1", front.port)) as wire:
        head = f"POST /?query=INSERT+INTO+t+(number)+FORMAT+TSV HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
        wire.sendall(head.encode() + sent)
        wire.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            assert wire.recv(1) == b""


def test_a_database_per_test_is_there_and_empty(clickhouse: Database):
    client = clickhouse.client()
    assert client.query("SHOW TABLES").result_rows == []
    assert client.command("SELECT currentDatabase()") == clickhouse.name
    client.close()


@pytest.mark.parametrize("compress", [False, "gzip", "lz4", "zstd"])
def test_a_token_repeated_inserts_nothing_however_the_body_is_packed(front, client, compress):
    packing = front.client(compress=compress)
    assert insert(packing, "a").written_rows == 3
    insert(packing, "a", range(100, 103))
    assert count(client) == 3
    insert(packing, "b")
    assert count(client) == 6
    packing.close()


def test_rows_come_back_as_they_went_in(client):
    columns = pa.table(
        {
            "number": pa.array([7, 8], pa.uint64()),
            "word": pa.array(["p", "q"]).dictionary_encode(),
            "labels": pa.array([[("k", "v")], []], pa.map_(pa.string(), pa.string())),
        }
    )
    for _ in range(2):
        client.insert_arrow("t", columns, settings={"insert_deduplication_token": "arrow"})
    found = client.query("SELECT * FROM t ORDER BY number").result_rows
    assert found == [(7, "p", {"k": "v"}), (8, "q", {})]
    asked = client.query(
        "SELECT word FROM t WHERE number = {n:UInt64}",
        parameters={"n": 8},
        settings={"max_threads": 1},
    )
    assert asked.result_rows == [("q",)]
    assert client.query_arrow("SELECT number FROM t ORDER BY number")["number"].to_pylist() == [
        7,
        8,
    ]
    with client.query_column_block_stream("SELECT number FROM t") as blocks:
        assert sum(len(block[0]) for block in blocks) == 2


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("SELECT * FROM nowhere", 60, "UNKNOWN_TABLE"),
        ("SELECT * FROM nowhere.t", 81, "UNKNOWN_DATABASE"),
        ("SELEC", 62, "SYNTAX_ERROR"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
    ],
)
def test_a_refusal_has_clickhouses_code_and_words(client, statement, code, words):
    with pytest.raises(DatabaseError, match=words) as caught:
        client.command(statement)
    assert caught.value.code == code
    assert not isinstance(caught.value, OperationalError)


def test_an_unknown_setting_and_an_unknown_database_are_refused(front, client):
    url = f"http://127.0.0.1:{front.port}/?"
    for query, status, code in (("no_such_setting=1", 404, "115"), ("database=nowhere", 404, "81")):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url + query, b"SELECT 1", timeout=10)
        assert caught.value.code == status
        assert caught.value.headers["X-ClickHouse-Exception-Code"] == code
        caught.value.close()


def test_a_setting_of_one_request_does_not_reach_the_next(front, client):
    read = "SELECT getSetting('max_threads')"
    before = client.query(read).first_row[0]
    assert client.query(read, settings={"max_threads": 77}).first_row[0] == 77
    assert client.query(read).first_row[0] == before
    client.query("SELECT 1", settings={"readonly": 1})
    insert(client, "after-readonly")
    assert count(client) == 3


def test_a_statement_may_come_in_every_way_that_clickhouse_takes(front, client):
    client.command("INSERT INTO t (number) VALUES (1), (2)")
    client.command("INSERT INTO t (number) SELECT number + 3 FROM t SETTINGS max_threads = 1")
    client.command("INSERT INTO t (number) FORMAT JSONEachRow", data='{"number": 6}')
    client.command("INSERT INTO t (`number`) SETTINGS max_threads = 1 FORMAT CSV\n7\n8")
    assert [row[0] for row in client.query("SELECT number FROM t ORDER BY 1").result_rows] == [
        1,
        2,
        4,
        5,
        6,
        7,
        8,
    ]
    long = front.client(form_encode_query_params=True)
    asked = long.query("SELECT {n:UInt8}, {s:String}", parameters={"n": 3, "s": "tab\t'\\ü"})
    assert asked.result_rows == [(3, "tab\t'\\ü")]
    assert client.command("SELECT 1 WHERE 0") == ""
    assert client.query("SELECT 1 AS x WHERE 0").result_rows == []
    assert client.ping()
    long.close()


def test_a_session_keeps_what_it_was_told_and_others_do_not_see_it(front, client):
    one = front.client(session_id="one")
    one.command("SET max_threads = 3")
    one.command("CREATE TEMPORARY TABLE mine (a UInt8)")
    read = "SELECT getSetting('max_threads')"
    assert one.query(read, settings={"max_threads": 5}).first_row[0] == 5
    assert one.query(read).first_row[0] == 3
    assert one.query("SELECT count() FROM mine").first_row[0] == 0
    assert client.query(read).first_row[0] != 3
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query("SELECT count() FROM mine")
    one.close()


def test_an_asynchronous_insert_is_there_when_it_is_acknowledged(client):
    for wait in (0, 1):
        client.insert(
            "t", [[wait, "w", {}]], settings={"async_insert": 1, "wait_for_async_insert": wait}
        )
        assert count(client) == wait + 1


def test_a_request_cut_in_the_middle_inserts_nothing(front, client):
    raw_insert(front, b"1\n2\n", length=6)
    raw_insert(front, b"", length=6)
    front.fail("reset_body", match="INSERT INTO t")
    with pytest.raises(ClickHouseError):
        client.raw_insert("t", ["number"], iter([b"1\n" * 1000] * 50), fmt="TSV")
    front.fail("reset_body", match="INSERT INTO", times=2)  # the driver tries it twice
    with pytest.raises(OperationalError):
        client.raw_insert("t", ["number"], b"1\n" * 100_000, fmt="TSV")
    assert front.struck("reset_body") == 3
    assert count(client) == 0
    front.heal()
    client.raw_insert("t", ["number"], b"1\n2\n3", fmt="TSV")
    assert count(client) == 3


def test_a_lost_answer_leaves_the_rows_and_the_token_makes_the_repetition_harmless(front, client):
    front.fail("lost_answer", match="INSERT INTO", times=2)
    for _ in range(2):
        with pytest.raises(OperationalError):
            client.raw_insert(
                "t", ["number"], iter([b"1\n2\n"]), {"insert_deduplication_token": "x"}, fmt="TSV"
            )
    before = front.requests("INSERT INTO")
    client.raw_insert("t", ["number"], b"1\n2\n", {"insert_deduplication_token": "x"}, fmt="TSV")
    assert front.requests("INSERT INTO") == before + 1
    assert front.struck("lost_answer") == 2
    assert count(client) == 2


def test_a_connection_reset_before_the_work_leaves_nothing(front, client):
    front.fail("reset", match="INSERT INTO")
    with pytest.raises(OperationalError):
        client.raw_insert("t", ["number"], iter([b"1\n2\n"]), fmt="TSV")
    assert count(client) == 0


def test_503_is_said_to_matching_requests_alone(front, client):
    front.fail("unavailable", match="INSERT INTO", times=-1)
    for _ in range(3):
        with pytest.raises(OperationalError, match="503"):
            insert(client, "a")
        assert count(client) == 0
    front.heal()
    insert(client, "a")
    assert count(client) == 3


def test_a_full_disk_and_any_other_code_are_said_as_clickhouse_says_them(front, client):
    front.fail("disk_full", match="INSERT INTO")
    front.fail(
        "error", match="INSERT INTO", code=252, message="Too many parts (300). (TOO_MANY_PARTS)"
    )
    for code, words in ((243, "NOT_ENOUGH_SPACE"), (252, "Too many parts")):
        with pytest.raises(DatabaseError, match=words) as caught:
            insert(client, "a")
        assert caught.value.code == code
    assert count(client) == 0
    insert(client, "a")
    assert count(client) == 3


@pytest.mark.parametrize(("kind", "rows"), [("hang", 0), ("hang_after", 2)])
def test_a_server_that_hangs_does_so_before_or_after_the_work(front, client, kind, rows):
    impatient = front.client(send_receive_timeout=1)
    front.fail(kind, match="INSERT INTO")
    with pytest.raises(OperationalError):
        impatient.raw_insert("t", ["number"], iter([b"1\n2\n"]), fmt="TSV")
    assert front.struck(kind) == 1
    assert count(client) == rows
    impatient.close()


def test_a_slow_server_inserts_after_the_client_has_gone_and_the_token_still_holds(front, client):
    impatient = front.client(send_receive_timeout=1)
    front.fail("slow", match="INSERT INTO", seconds=2)
    with pytest.raises(OperationalError):
        impatient.raw_insert(
            "t", ["number"], iter([b"1\n2\n"]), {"insert_deduplication_token": "s"}, fmt="TSV"
        )
    assert count(client) == 0
    client.raw_insert("t", ["number"], b"1\n2\n", {"insert_deduplication_token": "s"}, fmt="TSV")
    front.heal()  # Lets the slow one go on.
    end = time.monotonic() + 1
    while time.monotonic() < end:
        assert count(client) == 2
        time.sleep(0.1)
    impatient.close()


def test_a_server_that_is_down_refuses_connections_until_it_is_healed(front, client):
    insert(client, "a")
    front.fail("down")
    with pytest.raises(OperationalError):
        insert(client, "b")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", front.port), 1)
    front.heal()
    insert(client, "b")
    assert count(client) == 6


def test_clients_work_side_by_side(front, client):
    failures: list[Exception] = []

    def work(worker: int) -> None:
        own = front.client()
        try:
            for step in range(10):
                insert(own, f"{worker}-{step}")
                count(own)
        except Exception as error:
            failures.append(error)
        own.close()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert count(client) == 4 * 10 * 3


def test_a_slow_request_does_not_hold_up_the_others(front, client):
    front.fail("slow", match="INSERT INTO", seconds=30)
    own = front.client()
    thread = threading.Thread(target=insert, args=(own, "slow"))
    thread.start()
    begin = time.monotonic()
    while front.struck("slow") == 0 and time.monotonic() < begin + 20:
        assert count(client) == 0
    front.heal()
    thread.join(20)
    assert count(client) == 3
    own.close()


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(own_clickhouse: ChdbFront):
    client = own_clickhouse.client(autogenerate_session_id=False)
    client.command(TABLE.format(name="t"))

    def strike(done: threading.Event) -> None:
        own_clickhouse.kill()
        done.set()

    acknowledged = 0
    for kill in range(3):
        done = threading.Event()
        killer = threading.Timer(0.3, strike, [done])
        killer.start()
        while not done.is_set():
            try:
                insert(client, f"{kill}-{acknowledged}", range(1000))
            except ClickHouseError:
                break
            acknowledged += 1
        killer.join(30)
        own_clickhouse.start()
        client.close_connections()
        stored = count(client)
        assert stored % 1000 == 0
        # What was under way may have been stored without an answer.
        assert acknowledged * 1000 <= stored <= (acknowledged + 1) * 1000
        insert(client, f"{kill}-{acknowledged}", range(1000))
        acknowledged += 1
        assert count(client) == acknowledged * 1000
    client.close()


def test_name_and_password_are_checked_and_tls_is_spoken(
    local_clickhouse: Callable[..., ChdbFront],
):
    front = local_clickhouse(user="worker", password="right", tls=True)
    client = front.client()
    assert client.command("SELECT 1") == 1
    client.close()
    for name, word in (("worker", "wrong"), ("default", ""), ("stranger", "right")):
        with pytest.raises(DatabaseError, match="Authentication failed") as caught:
            front.client(username=name, password=word)
        assert caught.value.code == 516
    with pytest.raises(OperationalError, match="certificate verify failed"):
        clickhouse_connect.get_client(
            interface="https",
            host="127.0.0.1",
            port=front.port,
            username="worker",
            password="right",
        )
