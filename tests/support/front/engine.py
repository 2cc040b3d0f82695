"""Statements on the embedded engine, each with its database, settings and parameters."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import chdb

from tests.support.front.statement import format_of, insert_of, joined

_SET = re.compile(r"\s*SET\s+(.*)", re.IGNORECASE | re.DOTALL)
_SERVED = "SET implicit_select = 0, max_threads = 1, max_insert_threads = 1"
"""The embedded engine takes an expression for a statement; a server does not.

The few rows of tests are read and written sooner by one thread than by many that wait for another.
"""
_PAIR = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s,]+)")


class RefusedError(Exception):
    """The engine's refusal, as ClickHouse words it; `code` is ClickHouse's number."""

    def __init__(self, text: str) -> None:
        found = re.search(r"Code: (\d+)\..*", text, re.DOTALL)
        self.code = int(found[1]) if found else 1002
        super().__init__(found[0] if found else f"Code: 1002. DB::Exception: {text}")


@dataclass(frozen=True)
class Request:
    """What a client asks: a statement in `query`, in `body`, or both, and how it is to run."""

    query: bytes
    body: bytes
    database: str = ""
    session: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A result; no format where the statement returns none."""

    body: bytes
    format: str
    summary: str


@dataclass
class Session:
    """A connection that outlives a request: temporary tables, and what `SET` said."""

    connection: Any
    lock: Lock = field(default_factory=Lock)
    said: dict[str, str] = field(default_factory=dict)


class Engine:
    """The store in a folder. Requests of any threads run side by side.

    Backups go to their folder, and nowhere else.
    """

    def __init__(self, folder: Path, backups: Path) -> None:
        self._path = f"{folder / 'data'}?backups.allowed_path={backups}"
        self._bodies = folder / "bodies"
        self._bodies.mkdir(parents=True, exist_ok=True)
        for left in self._bodies.iterdir():
            left.unlink()
        self._open: Callable[[str], Any] = chdb.connect
        self._keeps_open = self._open(self._path)
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def run(self, request: Request) -> Answer:
        """Run a request; raises `RefusedError`."""
        with self._connection(request) as connection:
            if request.database:
                name = request.database.replace("\\", "\\\\").replace("`", "\\`")
                _query(connection, f"USE `{name}`")
            if request.settings:
                pairs = (f"{_name(key)} = {_quoted(to)}" for key, to in request.settings.items())
                _query(connection, "SET " + ", ".join(pairs))
            insert = insert_of(request.query, request.body)
            if insert is None:
                return self._statement(connection, request)
            with tempfile.NamedTemporaryFile(dir=self._bodies) as file:
                file.write(insert.data)
                file.flush()
                done = _query(connection, insert.reading(file.name))
            return Answer(b"", "", _summary(done, "written"))

    def _statement(self, connection: Any, request: Request) -> Answer:
        statement = joined(request.query, request.body)
        asked = format_of(statement)
        text = statement.decode(errors="surrogateescape")
        done = _query(connection, text, asked or "TabSeparatedWithNames", request.parameters)
        said = _SET.match(text)
        session = self._sessions.get(request.session)
        if said and session is not None:
            session.said.update((pair[1], pair[2]) for pair in _PAIR.finditer(said[1]))
        body = done.bytes() or b""
        if asked or not body:
            return Answer(body, asked, _summary(done, "read"))
        # Only a statement with a result writes the line of names.
        return Answer(body[body.find(b"\n") + 1 :], "TabSeparated", _summary(done, "read"))

    @contextmanager
    def _connection(self, request: Request) -> Iterator[Any]:
        """Yield a connection that has seen no other request, or the one of the session."""
        if not request.session or "readonly" in request.settings:
            connection = self._connect()
            try:
                yield connection
            finally:
                connection.close()
            return
        session = self._session(request.session)
        if not session.lock.acquire(blocking=False):
            raise RefusedError(
                f"Code: 373. DB::Exception: Session {request.session} is locked by a concurrent "
                "client. (SESSION_IS_LOCKED)"
            )
        try:
            yield session.connection
        finally:
            back = (f"{key} = {session.said.get(key, 'DEFAULT')}" for key in request.settings)
            if request.settings:
                _query(session.connection, "SET " + ", ".join(back))
            session.lock.release()

    def _connect(self) -> Any:
        connection = self._open(self._path)
        _query(connection, _SERVED)
        return connection

    def _session(self, name: str) -> Session:
        with self._lock:
            if name not in self._sessions:
                if len(self._sessions) >= 200:
                    self._forget_one()
                self._sessions[name] = Session(self._connect())
            return self._sessions[name]

    def _forget_one(self) -> None:
        for name, session in self._sessions.items():
            if session.lock.acquire(blocking=False):
                del self._sessions[name]
                session.connection.close()
                return


def _query(
    connection: Any,
    sql: str,
    form: str = "TabSeparated",
    parameters: Mapping[str, str] | None = None,
) -> Any:
    try:
        return connection.query(sql, form, params=dict(parameters) if parameters else None)
    except RuntimeError as error:
        raise RefusedError(str(error)) from None


def _summary(done: Any, kind: str) -> str:
    counts = {f"{name}_{unit}": "0" for name in ("read", "written") for unit in ("rows", "bytes")}
    counts[f"{kind}_rows"] = str(done.rows_read())
    counts[f"{kind}_bytes"] = str(done.bytes_read())
    return json.dumps({**counts, "elapsed_ns": str(int(done.elapsed() * 1e9))})


def _name(setting: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", setting):
        raise RefusedError(
            f"Code: 115. DB::Exception: Unknown setting '{setting}'. (UNKNOWN_SETTING)"
        )
    return setting


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
