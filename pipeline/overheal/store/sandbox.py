"""Questions of strangers: one SELECT about the store's own tables, within limits.

Five walls, each enough for most of what can go wrong: the engine's parser takes the statement
apart and writes it anew (one statement, none hidden behind a comment); its syntax tree is held
against short lists (`guard`); it must parse as a subquery, which has no INTO OUTFILE, no FORMAT;
it runs on a client of its own that may only read and change no setting; limits on rows, memory and
time hold there. On a server a user of its own with `readonly` is the sixth (docs/store.md).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError

from overheal.errors import QuestionRefused, StoreError, StoreUnavailable
from overheal.store.connection import Connection
from overheal.store.failures import DENIED, code, sentence
from overheal.store.guard import SETTINGS, judge
from overheal.store.rows import Found
from overheal.store.sql import quoted

KNOWN = """
SELECT
    currentDatabase(),
    (SELECT groupArray(lower(name)) FROM system.functions WHERE origin != 'System'),
    (
        SELECT groupArray(name)
        FROM system.tables
        WHERE database = currentDatabase() AND engine = 'View'
            AND name NOT IN (SELECT name FROM system.table_functions)
    )
"""
"""The database, functions that somebody added, the store's views: in one row, because the limit of
rows holds for this question too."""

_READONLY = 164
_TIMEOUT, _MEMORY, _RESULT = 159, 241, 396
_SYNTAX = 62
_POSITION = re.compile(r"failed at position (\d+)")
_NAMED = re.compile(r"[`'\"]([^`'\"]+)[`'\"]")
_NOISE = re.compile(
    r":? ?\(?In scope .*|: while (?:processing|executing) .*", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True)
class Limits:
    """What one question may take: rows that come back, seconds, bytes of memory."""

    rows: int = 10_000
    seconds: float = 60.0
    memory: int = 2_000_000_000


class Sandbox:
    """Asks questions on a client of its own; use as a context. `stop` may come from any thread."""

    def __init__(self, connection: Connection, limits: Limits) -> None:
        """Open the client; raises as `open_store` does."""
        self._connection = connection
        self._limits = limits
        self._mark = f"overheal-sql-{uuid.uuid4().hex}"
        self._client = connection.client()
        with _told(connection, "", limits):
            self._settings = self._close_doors()

    def ask(self, text: str) -> Found:
        """Return what a question finds, cut after the limit of rows.

        Raises `QuestionRefused`, a sentence with the place, for what is no question, asks for what
        it may not, or takes too much; else what any question raises.
        """
        sql = self._checked(text)
        with _told(self._connection, text, self._limits):
            found = self._client.query(sql, settings=self._settings)
            if not found.column_names:
                return Found(*self._described(sql), [], more=False)
        rows = list(map(tuple, found.result_rows))
        return Found(
            list(found.column_names),
            [kind.name for kind in found.column_types],
            rows[: self._limits.rows],
            len(rows) > self._limits.rows,
        )

    def columns(self, text: str) -> tuple[pa.Table, bool]:
        """Return what `ask` finds as Arrow columns, and whether there was more."""
        sql = self._checked(text)
        with _told(self._connection, text, self._limits):
            found = self._client.query_arrow(sql, settings=self._settings)
        return found.slice(0, self._limits.rows), found.num_rows > self._limits.rows

    def stop(self) -> None:
        """End the question that runs, as far as the engine lets this user."""
        with suppress(ClickHouseError, OSError, StoreError):
            client = self._connection.client()
            try:
                client.command(
                    f"KILL QUERY WHERE positionCaseInsensitive(query, '{self._mark}') > 0"
                    " AND query NOT ILIKE 'KILL%' ASYNC"
                )
            finally:
                client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(ClickHouseError, OSError):
            self._client.close()

    def _close_doors(self) -> dict[str, Any]:
        """Let this client only read from now on; return the settings that each question brings."""
        limits = self._limits
        settings: dict[str, Any] = {
            "max_execution_time": limits.seconds,
            "timeout_overflow_mode": "throw",
            "max_memory_usage": limits.memory,
            "limit": limits.rows + 1,
            "max_result_bytes": limits.memory,
            "implicit_select": 0,
            "allow_introspection_functions": 0,
            "allow_ddl": 0,
        }
        if self._connection.alone:
            written = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
            self._client.command(f"SET {written}")
            self._client.command("SET readonly = 1")
            return {}
        (readonly,) = self._client.query("SELECT getSetting('readonly')").result_rows[0]
        if int(readonly) == 1:
            return {}
        settings |= {"cancel_http_readonly_queries_on_client_close": 1}
        return settings if int(readonly) else {**settings, "readonly": 1}

    def _described(self, sql: str) -> tuple[list[str], list[str]]:
        """Return names and types of columns where there are no rows to tell them."""
        rows = self._client.query(f"DESCRIBE TABLE ({sql})", settings=self._settings).result_rows
        return [row[0] for row in rows], [row[1] for row in rows]

    def _checked(self, text: str) -> str:
        """Return the question as the engine's parser writes it, or raise `QuestionRefused`."""
        if not text.strip():
            raise QuestionRefused("the question is empty; write a SELECT")
        ask = self._client.query
        with _told(self._connection, text, self._limits):
            written = ask(f"SELECT formatQuery({quoted(text)})").result_rows[0][0]
        if not re.match(r"\s*[(\s]*(?:SELECT|WITH|FROM)\b", written):
            raise QuestionRefused(
                f"this only reads: {written.split(maxsplit=1)[0]} is not allowed; ask with a SELECT"
            )
        # Some settings are gone from the tree; the parser writes the clause on a line of its own.
        if re.search(r"^\s*SETTINGS ", written, re.MULTILINE):
            raise QuestionRefused(SETTINGS)
        with _told(self._connection, text, self._limits, "FORMAT and INTO OUTFILE"):
            tree = ask(f"EXPLAIN AST SELECT * FROM (\n{written}\n)").result_rows  # noqa: S608 - only parsed
        with _told(self._connection, text, self._limits):
            (known,) = ask(KNOWN).result_rows
        database, added, views = known
        judge([row[0] for row in tree], database, frozenset(added), frozenset(views))
        return f"/* {self._mark} */ {written}"


@contextmanager
def _told(connection: Connection, text: str, limits: Limits, instead: str = "") -> Iterator[None]:
    """Turn what the engine says into one sentence with the place in the question."""
    try:
        yield
    except (ClickHouseError, OSError) as error:
        number = code(error)
        if instead and number == _SYNTAX:
            raise QuestionRefused(
                f"{instead} are not allowed; leave them out, and use --output and --out"
            ) from error
        if number == _TIMEOUT:
            raise QuestionRefused(
                f"the question took longer than {limits.seconds:g} s; ask about less time or fewer "
                "services, or allow more with --timeout"
            ) from error
        if number in (_MEMORY, _RESULT):
            raise QuestionRefused(
                f"the question needs more than {limits.memory // 1_000_000} MB of memory; ask "
                "about less, or allow more with --memory"
            ) from error
        if number == _READONLY:
            raise QuestionRefused(
                f"this only reads: {sentence(str(error))}; ask with a SELECT about the store's "
                "tables"
            ) from error
        explained = connection.explained(error)
        if number is None or isinstance(explained, StoreUnavailable) or number in DENIED:
            raise explained from error
        raise QuestionRefused(wrong(text, str(error))) from error


def wrong(text: str, message: str) -> str:
    """Return an engine's complaint about a question as one sentence with line and column."""
    words = re.sub(r"\s*\([A-Z_]+\)$", "", _NOISE.sub("", sentence(message))).strip(" .:")
    at = _POSITION.search(message)
    if at is not None:
        offset = len(text.encode()[: int(at[1]) - 1].decode("utf-8", "ignore"))
        words = _syntax(text, offset, words)
    else:
        named = _NAMED.search(words)
        offset = text.find(named[1]) if named else -1
    if offset < 0:
        return f"SQL: {words}"
    line, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
    return f"SQL, line {line}, column {column}: {words}"


def _syntax(text: str, offset: int, words: str) -> str:
    if "Multi-statements" in words:
        return "only one statement is allowed; ask one question at a time"
    near = text[offset:].split("\n", maxsplit=1)[0].strip()[:30]
    expected = re.search(r"Expected (?:one of: )?(.*)", words)
    hint = f"; expected {', '.join(expected[1].split(', ')[:4]).rstrip('…')}" if expected else ""
    return f"not understood {f'at {near!r}' if near else 'at its end'}{hint}"
