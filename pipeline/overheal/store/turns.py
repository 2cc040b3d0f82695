"""One migration of a server's store at a time: whoever comes second waits for the first.

A server has no lock to take, but it makes a table once: who made `migrating` has the turn. Its
holder says that it lives by writing to it; a turn whose holder has been silent for a minute, by the
server's clock, is taken over.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pyarrow as pa

from overheal.errors import StoreError
from overheal.store.engine import Engine
from overheal.store.failures import code

SILENT_SECONDS = 60
BEAT_SECONDS = 5.0
_EXISTS, _UNKNOWN = 57, 60
_MAKE = "CREATE TABLE migrating (holder String, at DateTime64(3) DEFAULT now64(3)) ENGINE = Memory"
_HOLDER = "SELECT any(holder), dateDiff('second', max(at), now64(3)) FROM migrating"


@contextmanager
def turn(engine: Engine, said: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the one turn to migrate, having waited for whoever has it; tell `said` who that is.

    Raises `StoreError` where the server refuses the table for another reason.
    """
    holder = f"process {os.getpid()} on {socket.gethostname()} ({uuid.uuid4().hex[:8]})"
    _taken(engine, holder, said)
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=(engine.another(), holder, over), daemon=True)
    beats.start()
    try:
        yield
    finally:
        over.set()
        beats.join()
        if _who(engine)[0] == holder:
            engine.command("DROP TABLE IF EXISTS migrating")


def _taken(engine: Engine, holder: str, said: Callable[[str], None] | None) -> None:
    told = ""
    empty_since: float | None = None
    while not _made(engine):
        other, silent = _who(engine)
        if other != told and said is not None and other:
            said(f"{engine.connection.name} is being migrated by {other}; waiting until that ends")
        told = other or told
        # Between making the table and the first beat there is no holder yet.
        empty_since = None if other else empty_since or time.monotonic()
        stuck = empty_since is not None and time.monotonic() - empty_since > SILENT_SECONDS
        if (other and silent > SILENT_SECONDS) or stuck:
            stale = f"migrating_{uuid.uuid4().hex}"
            # Only one of many who wait can rename it.
            with suppress(StoreError):
                engine.command(f"RENAME TABLE migrating TO {stale}")
                engine.command(f"DROP TABLE IF EXISTS {stale}")
            continue
        time.sleep(0.5)
    _say(engine, holder)


def _made(engine: Engine) -> bool:
    try:
        engine.command(_MAKE)
    except StoreError as error:
        if code(error) != _EXISTS:
            raise
        return False
    return True


def _who(engine: Engine) -> tuple[str, int]:
    try:
        ((holder, silent),) = engine.rows(_HOLDER)
    except StoreError as error:
        if code(error) != _UNKNOWN:
            raise
        return "", 0
    return str(holder), int(silent) if holder else 0


def _say(engine: Engine, holder: str) -> None:
    engine.insert("migrating", pa.table({"holder": [holder]}))


def _beat(engine: Engine, holder: str, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS):
            with suppress(StoreError):
                if _who(engine)[0] == holder:
                    _say(engine, holder)
    finally:
        engine.close()
