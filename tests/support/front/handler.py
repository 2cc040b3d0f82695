"""One request after the other, as ClickHouse answers them, or as the faults want it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from time import sleep
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.front import wire
from tests.support.front.access import Access, status_of
from tests.support.front.engine import Answer, Engine, RefusedError, Request
from tests.support.front.faults import Fault, Faults

# Parameters of the interface; every other one is a setting of the statement.
_INTERFACE = {
    "buffer_size", "client_protocol_version", "compress", "database", "decompress",
    "default_format", "enable_http_compression", "password", "query", "query_id", "quota_key",
    "role", "send_progress_in_http_headers", "http_headers_progress_interval_ms", "session_check",
    "session_id", "session_timeout", "stacktrace", "user", "wait_end_of_query",
}  # fmt: skip
_HEAD = 2000


class _BrokenError(Exception):
    """The connection is to be broken without an answer."""


class _UnavailableError(Exception):
    """The answer is to be that of a balancer without a server behind it."""


@dataclass(frozen=True)
class Parts:
    """What all requests share."""

    engine: Engine
    access: Access
    faults: Faults


class Handler(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "ClickHouse"
    disable_nagle_algorithm = True
    server: Any

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/ping":
            self._send(200, b"Ok.\n", {})
        elif path in ("", "/"):
            self._guarded(self._request)
        else:
            self._send(404, b"There is no such resource.\n", {})

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except RefusedError as refused:
            headers = {"X-ClickHouse-Exception-Code": str(refused.code)}
            self._send(status_of(refused.code), f"{refused}\n".encode(errors="replace"), headers)
        except _UnavailableError:
            self._send(503, b"Service Unavailable", {})
        except (_BrokenError, wire.HalfSentError, OSError):
            self.close_connection = True
            with suppress(OSError):
                wire.reset(self.connection)

    def _request(self) -> None:
        parts: Parts = self.server.parts
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body(query, parts.faults)
        if (self.headers.get("Content-Type") or "").startswith("multipart/form-data"):
            query |= wire.form(body, self.headers["Content-Type"])
            body = b""
        parts.access.check(self.headers, query)
        statement = _head(query.get("query", ""), body)
        parts.faults.see(statement)
        self._before(parts.faults, statement)
        answer = parts.engine.run(_asked(query, body))
        self._after(parts.faults, statement)
        self._answer(answer, query)

    def _body(self, query: dict[str, str], faults: Faults) -> bytes:
        encoding = self.headers.get("Content-Encoding") or ""
        body = wire.Body(self.rfile, self.headers)
        first = body.half()
        readable = b"" if encoding else first
        if faults.take(("reset_body",), _head(query.get("query", ""), readable)):
            raise _BrokenError
        whole = wire.unpacked(body.whole(), encoding)
        if faults.take(("reset_body",), _head(query.get("query", ""), whole)):
            raise _BrokenError
        return whole

    def _before(self, faults: Faults, statement: str) -> None:
        """Fail as told before anything is done."""
        if slow := faults.take(("slow",), statement):
            slow.healed.wait(slow.seconds)
        if faults.take(("reset",), statement):
            raise _BrokenError
        if hang := faults.take(("hang",), statement):
            self._hang(hang)
        if error := faults.take(("error",), statement):
            raise RefusedError(f"Code: {error.code}. DB::Exception: {error.message}")
        if faults.take(("unavailable",), statement):
            raise _UnavailableError

    def _after(self, faults: Faults, statement: str) -> None:
        """Fail as told although all is done."""
        if faults.take(("lost_answer",), statement):
            raise _BrokenError
        if hang := faults.take(("hang_after",), statement):
            self._hang(hang)

    def _hang(self, fault: Fault) -> None:
        while not fault.healed.is_set() and not wire.gone(self.connection):
            sleep(0.05)
        raise _BrokenError

    def _answer(self, answer: Answer, query: dict[str, str]) -> None:
        headers = {"X-ClickHouse-Summary": answer.summary, "X-ClickHouse-Timezone": "UTC"}
        headers["X-ClickHouse-Query-Id"] = query.get("query_id") or str(uuid.uuid4())
        if answer.format:
            headers["X-ClickHouse-Format"] = answer.format
        self._send(200, answer.body, headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/plain; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def _asked(query: dict[str, str], body: bytes) -> Request:
    return Request(
        query=query.get("query", "").encode(errors="surrogateescape"),
        body=body,
        database=query.get("database", ""),
        session=query.get("session_id", ""),
        settings={
            name: value
            for name, value in query.items()
            if name not in _INTERFACE and not name.startswith("param_")
        },
        parameters={
            name.removeprefix("param_"): value
            for name, value in query.items()
            if name.startswith("param_")
        },
    )


def _head(query: str, body: bytes) -> str:
    """Return the beginning of a request, in which its statement stands."""
    return f"{query}\n{body[:_HEAD].decode(errors='replace')}"
