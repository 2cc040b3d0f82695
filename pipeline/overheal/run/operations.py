"""The operations front: `/metrics`, `/healthz`, `/readyz` over HTTP, on a thread of its own.

It has no authentication and listens on loopback unless told otherwise; it shows counts and names
of topics and detectors, never what events say.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from overheal.errors import ConfigError
from overheal.run.config.values import address
from overheal.run.metrics import Metrics

ALIVE_SECONDS = 60.0
JSON = "application/json"


@dataclass(frozen=True)
class Health:
    """How a process is.

    `last_tick` is `time.monotonic()` of the main loop's last round; `reasons` say, as sentences,
    why it is not ready: none, and it is.
    """

    last_tick: float
    reasons: Sequence[str] = field(default_factory=tuple)


class Operations:
    """Serves within its `with` block; `listen` is `host:port`, "" serves nothing.

    `health` is called from the front's threads. Raises `ConfigError` where the address is taken
    or is none.
    """

    def __init__(self, listen: str, metrics: Metrics, health: Callable[[], Health]) -> None:
        self._health = health
        self._metrics = make_wsgi_app(metrics.registry)
        self._server = self._bound(listen) if listen else None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on; 0 where it does not."""
        return self._server.server_port if self._server else 0

    def __enter__(self) -> Self:
        if self._server is not None:
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(0.1,), name="operations", daemon=True
            )
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            if self._thread is not None:
                self._server.shutdown()
                self._thread.join(5.0)
            self._server.server_close()

    def _bound(self, listen: str) -> WSGIServer:
        host, port = address(listen)
        try:
            return make_server(host, port, self._answer, _Server, _Quiet)
        except OSError as error:
            raise ConfigError(
                f"operations.listen: {listen} cannot be listened on: {error.strerror}; choose "
                'another port (OVERHEAL_OPERATIONS__LISTEN=127.0.0.1:9465), or "" for none'
            ) from None

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answered: Iterable[bytes] = self._metrics(environ, start)
            return answered
        if path == "/healthz":
            alive = time.monotonic() - self._health().last_tick < ALIVE_SECONDS
            return _json(start, {"alive": alive}, ok=alive)
        if path == "/readyz":
            reasons = list(self._health().reasons)
            return _json(start, {"ready": not reasons, "reasons": reasons}, ok=not reasons)
        start("404 Not Found", [("Content-Type", JSON)])
        return [b'{"paths": ["/metrics", "/healthz", "/readyz"]}\n']


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Write nothing: a probe a second would drown the log."""


def _json(start: Callable[..., Any], document: dict[str, Any], *, ok: bool) -> Iterable[bytes]:
    start("200 OK" if ok else "503 Service Unavailable", [("Content-Type", JSON)])
    return [json.dumps(document).encode() + b"\n"]
