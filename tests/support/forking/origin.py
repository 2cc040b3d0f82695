"""The process that others are forked from.

A message on its socket asks for one, and brings along a socket, which is told `pid` at once and
`code` at the end, and the three streams.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from overheal.cli import analyze as _analyze
from overheal.cli.app import app
from overheal.cli.entry import main
from overheal.run.fleet import wiring as _fleet
from overheal.run.ingest import wiring as _ingest
from overheal.run.worker import wiring as _worker
from tests.support import doomed

READY = (app, _analyze, _fleet, _ingest, _worker)
"""What is here for being imported before the first fork."""
_LONGEST = 1 << 20
_DEATH_SIGNAL = 1
_C = ctypes.CDLL(None)


def run(front: socket.socket) -> None:
    """Serve in a process that has just begun, and be what was asked for in those forked from it."""
    sys.path.remove("")
    threads = len([*Path("/proc/self/task").iterdir()])
    assert threads == 1, f"a process with {threads} threads cannot be forked"
    gc.collect()
    gc.freeze()
    _serve(front)()


def _serve(front: socket.socket) -> Callable[[], None]:
    """Fork for whoever asks until nobody can; return, in each process, what it has to do."""
    watched = select.poll()
    watched.register(front, select.POLLIN)
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for number, _ in watched.poll():
            if number != front.fileno():
                watched.unregister(number)
                _ended(number, *running.pop(number))
                continue
            message, handles, _, _ = socket.recv_fds(front, _LONGEST, 4)
            if not message:
                return lambda: None
            told, *streams = handles
            wire, origin, pid = socket.socket(fileno=told), os.getpid(), os.fork()
            if pid == 0:
                _forget([front, wire, *(other for _, other in running.values())], [*running])
                return lambda: _become(json.loads(message), streams, origin)
            for stream in streams:
                os.close(stream)
            with suppress(OSError):
                os.setpgid(pid, pid)
            wire.send(json.dumps({"pid": pid}).encode())
            handle = os.pidfd_open(pid)
            running[handle] = pid, wire
            watched.register(handle, select.POLLIN)


def _ended(handle: int, pid: int, wire: socket.socket) -> None:
    os.close(handle)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(OSError):
        wire.send(json.dumps({"code": code}).encode())
    wire.close()


def _forget(sockets: list[socket.socket], handles: list[int]) -> None:
    """Close what only the origin needs."""
    for each in sockets:
        each.close()
    for handle in handles:
        os.close(handle)


def _become(asked: dict[str, Any], streams: list[int], origin: int) -> None:
    """Be the command that was asked for."""
    with suppress(OSError):
        os.setpgid(0, 0)
    _C.prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != origin:
        return
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["overheal", *asked["arguments"]]
    if asked["dies"]:
        doomed.arm(asked["dies"])
    main()
