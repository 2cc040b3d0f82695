"""What a failure of the store means."""

from __future__ import annotations

import errno

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from urllib3.exceptions import MaxRetryError, ReadTimeoutError, SSLError

from overheal.errors import StoreError, StoreUnavailable
from overheal.store.failures import code, explained, sentence


def driver(text, cause=None, number=None):
    error = OperationalError(text, code=number) if cause else DatabaseError(text, code=number)
    error.__cause__ = cause
    return error


PASSING = [
    DatabaseError("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"),
    driver("no", number=252),
    driver("HTTP driver received HTTP status 503"),
    driver("HTTP driver received HTTP status 502, server response: <html>"),
    driver("Error executing", MaxRetryError(None, "/?x=1", ConnectionRefusedError(111, "refused"))),
    driver("Error executing", ReadTimeoutError(None, "/", "Read timed out.")),
    OSError(errno.ENOSPC, "No space left on device"),
    ConnectionResetError(104, "reset"),
    DatabaseError("Code: 76. DB::ErrnoException: Cannot write: errno: 28, No space left on device"),
]
STAYING = [
    driver("no", number=60),
    driver("no", number=516),
    driver("HTTP driver received HTTP status 404"),
    driver("HTTP driver received HTTP status 401, server response: who?"),
    driver("Error executing", MaxRetryError(None, "/", SSLError("certificate verify failed"))),
    DatabaseError("something else"),
]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_passes_may_be_tried_again(error):
    assert isinstance(explained("x", error), StoreUnavailable)


@pytest.mark.parametrize("error", STAYING, ids=str)
def test_what_stays_stops(error):
    found = explained("x", error)
    assert isinstance(found, StoreError)
    assert not isinstance(found, StoreUnavailable)


def test_a_full_disk_is_named_as_such_whoever_says_it():
    for error in (PASSING[-3], PASSING[-1], driver("no", number=243)):
        assert str(explained("/store", error)).startswith(
            "the disk that holds /store is full; free"
        )


def test_a_connection_that_fails_is_told_without_the_request():
    text = str(explained("http://h:1/d", PASSING[4]))
    assert text == ("the store http://h:1/d cannot be reached: [Errno 111] refused; is it running?")


def test_an_answer_is_told_without_code_version_and_address():
    text = (
        "Received ClickHouse exception, code: 60, server response: Code: 60. DB::Exception: "
        "Unknown table 'a'. (UNKNOWN_TABLE) (version 26.9.2.1 (official build)) (for url http://h)"
    )
    assert sentence(text) == "Unknown table 'a'. (UNKNOWN_TABLE)"


def test_the_number_is_found_behind_what_it_led_to():
    error = StoreError("x")
    error.__cause__ = DatabaseError("Code: 81. DB::Exception: no")
    assert code(error) == 81
    assert code(StoreError("x")) is None
    assert code(ValueError("Code: 81")) is None
