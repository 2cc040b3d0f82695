"""`overheal` as processes forked from one that has imported everything.

Starting the installed command costs most of a CPU second, which is spent on imports. What is forked
runs the same `main` with arguments, environment, folder, input and output of its own, may be
signalled and killed like any other process, and dies with the tests.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.support import children

ROOT = Path(__file__).resolve().parents[3]
_ALONE = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Settings with which importing numpy and pyarrow starts no threads: a fork would lack them."""

_RUN = """
import socket, sys
from tests.support.forking.origin import run
run(socket.socket(fileno=int(sys.argv[1])))
"""


class Forked:
    """One process; the methods are those of `subprocess.Popen`."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self.pid: int = self._told()["pid"]
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self._wire.settimeout(0)
            with suppress(BlockingIOError):
                self._end()
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for its end, and return the exit code; raises `subprocess.TimeoutExpired`."""
        if self.returncode is None:
            self._wire.settimeout(timeout)
            try:
                self._end()
            except TimeoutError:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout) from None
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to it alone, if it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and its group at once; one that has ended already is fine."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.wait(30)

    def _end(self) -> None:
        self.returncode = self._told()["code"]
        self._wire.close()

    def _told(self) -> dict[str, int]:
        found = self._wire.recv(100)
        if not found:
            raise RuntimeError("the process that others are forked from ended; see its words above")
        told: dict[str, int] = json.loads(found)
        return told


def start(
    arguments: Sequence[str],
    streams: tuple[IO[Any], IO[Any], IO[Any]],
    *,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    dies: str = "",
) -> Forked:
    """Start `overheal` with arguments; `dies` is as `doomed` takes it.

    It reads the first of the open files and writes to the two others.
    """
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asked = {"arguments": [*arguments], "env": {**env}, "cwd": str(cwd), "dies": dies}
    handles = [theirs.fileno(), *(stream.fileno() for stream in streams)]
    origin, _ = _origin()
    with theirs:
        socket.send_fds(origin, [json.dumps(asked).encode()], handles)
    return Forked(mine)


@cache
def _origin() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process that others are forked from, once a test process; return the way to it."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = children.start(
            [sys.executable, "-c", _RUN, str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, **_ALONE},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    atexit.register(mine.close)
    return mine, process
