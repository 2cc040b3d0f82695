"""The process: an HTTP server over the engine, told what to do by lines on standard input."""

from __future__ import annotations

import argparse
import json
import os
import socket
import ssl
import sys
from contextlib import suppress
from dataclasses import fields
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from tests.support.front.access import Access
from tests.support.front.engine import Engine
from tests.support.front.faults import Fault, Faults
from tests.support.front.handler import Handler, Parts


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; closing it cuts what is open."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, parts: Parts, context: ssl.SSLContext | None) -> None:
        self.parts = parts
        self._context = context
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self._context is not None:
            connection = self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def cut(self) -> None:
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Door:
    """The server while it is open; shut, the port refuses connections."""

    def __init__(self, port: int, parts: Parts, context: ssl.SSLContext | None) -> None:
        self.port = port
        self._parts = parts
        self._context = context
        self._server: Server | None = None

    def open(self) -> None:
        if self._server is None:
            self._server = Server(self.port, self._parts, self._context)
            self.port = self._server.server_address[1]
            Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def shut(self) -> None:
        if self._server is not None:
            self._server.cut()
            self._server = None


def obey(line: bytes, door: Door, faults: Faults) -> int:
    """Do what one line says and return a number for it."""
    told = json.loads(line)
    match told.pop("do"):
        case "fail" if told["kind"] == "down":
            door.shut()
        case "fail":
            names = {each.name for each in fields(Fault)}
            faults.add(Fault(**{name: to for name, to in told.items() if name in names}))
        case "heal":
            faults.heal()
            door.open()
        case "seen":
            return faults.seen(told["match"])
        case "spent":
            return faults.spent(told["kind"])
    return door.port


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--backups", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    parser.add_argument("--certificate", type=Path, help="PEM with key and certificate")
    given = parser.parse_args()
    context = None
    if given.certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate)
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    faults = Faults()
    parts = Parts(Engine(given.folder, given.backups), Access(given.user, given.password), faults)
    door = Door(given.port, parts, context)
    door.open()
    print(door.port, file=replies)
    for line in sys.stdin.buffer:
        print(obey(line, door, faults), file=replies)
    # The engine's threads may be at work; what was acknowledged is on disk.
    os._exit(0)


if __name__ == "__main__":
    main()
