"""A TCP proxy on 127.0.0.1 whose wire a test may cut, silence, or slow down."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from threading import Condition, Thread
from time import sleep

_RESET = struct.pack("ii", 1, 0)
_SIZE = 65_536


class Proxy:
    """Forwards connections on `port` to `target`; `close` it after use.

    What is held back by `blackhole` or `mute` goes on after `heal`, as resent packets would,
    unless the connection was cut meanwhile.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self._change = Condition()
        self._requests_pass = self._answers_pass = True
        self._delay = 0.0
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._listen()

    def blackhole(self) -> None:
        """Let nothing through either way; connections stay open, and new ones are taken."""
        self._set(requests=False, answers=False)

    def mute(self) -> None:
        """Let requests through and hold answers back: what is asked is done, and nobody learns it."""
        self._set(requests=True, answers=False)

    def delay(self, seconds: float) -> None:
        """Hold every piece back for that long, each way."""
        self._delay = seconds

    def cut(self) -> None:
        """Reset all open connections; new ones are taken."""
        with self._change:
            for wire in self._open:
                _reset(wire)
            self._open.clear()
            self._change.notify_all()

    def refuse(self) -> None:
        """Reset all open connections and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def heal(self) -> None:
        """Let everything through again."""
        self._delay = 0.0
        self._set(requests=True, answers=True)
        if self._listener is None:
            self._listen()

    def close(self) -> None:
        """End all connections for good."""
        self.refuse()
        self._set(requests=True, answers=True)

    def _set(self, *, requests: bool, answers: bool) -> None:
        with self._change:
            self._requests_pass, self._answers_pass = requests, answers
            self._change.notify_all()

    def _listen(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self._listener = listener
        Thread(target=self._take, args=(listener,), daemon=True).start()

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self._change:
                self._open |= {client, server}
            for source, to, answers in ((client, server, False), (server, client, True)):
                Thread(target=self._pump, args=(source, to, answers), daemon=True).start()

    def _pump(self, source: socket.socket, to: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_SIZE):
                sleep(self._delay)
                with self._change:
                    self._change.wait_for(
                        lambda: (
                            source not in self._open
                            or (self._answers_pass if answers else self._requests_pass)
                        )
                    )
                    if source not in self._open:
                        break
                to.sendall(piece)
        with self._change:
            for wire in (source, to):
                if wire in self._open:
                    self._open.discard(wire)
                    _end(wire)
            self._change.notify_all()


def _reset(wire: socket.socket) -> None:
    """Close so that the other side sees a reset; a thread that reads here wakes up."""
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    _end(wire)


def _end(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
