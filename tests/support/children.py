"""Processes that tests start: each dies with the test process, however that ends."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

# The kernel's death signal comes when the *thread* that started a process ends, so one thread
# that lives as long as the tests starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
_children: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()
_TIED = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own; `options` are those of `subprocess.Popen`."""
    words = [*_TIED, *map(str, command)]

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(words, process_group=0, **options)

    child = _starter.submit(begin).result()
    _children.add(child)
    return child


def kill(child: subprocess.Popen[bytes]) -> None:
    """End a process and its group at once; one that has ended already is fine."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait(30)
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def free_ports(number: int) -> list[int]:
    """Return ports below those that the kernel hands out, so a port stays free for a restart."""
    found: list[int] = []
    while len(found) < number:
        port = random.randrange(12_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                if port not in found:
                    found.append(port)
    return found


LONG = 120.0
"""Seconds within which comes what must come, however busy the machine is."""


def until(holds: Callable[[], bool], what: str, seconds: float = LONG) -> None:
    """Wait until something holds; raises `TimeoutError` with `what` was waited for.

    It is looked at less often the longer it takes: looking costs those who are waited for.
    """
    begun = monotonic()
    while not holds():
        waited = monotonic() - begun
        if waited > seconds:
            raise TimeoutError(f"waited {seconds:.0f} s in vain: {what}")
        sleep(min(max(0.05, waited / 20), 0.25))


@atexit.register
def _end_all() -> None:
    for child in list(_children):
        kill(child)
