"""BACKUP and RESTORE on a server, which writes to a place that its administrator allows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from overheal.errors import ConfigError, StoreError
from overheal.store.connection import Server
from overheal.store.engine import Engine
from overheal.store.failures import sentence
from overheal.store.place import ServerAddress
from overheal.store.sql import quoted

_PLACE = re.compile(
    r"(?:Disk|File|S3|AzureBlobStorage)\s*\(\s*'(?:[^'\\]|\\.)*'(?:\s*,\s*'(?:[^'\\]|\\.)*')*\s*\)"
)
_DONE = {"BACKUP_CREATED", "RESTORED"}
_RUNNING = {"CREATING_BACKUP", "RESTORING"}


def backup_server(
    address: ServerAddress, place: str, waiting: Callable[[float], None] = time.sleep
) -> str:
    """Let a server write its database to `place`, like Disk('backups', 'monday'); return the id.

    Returns once it is done, however long that takes. Raises `ConfigError` for a place that is
    none, and `StoreError` with the server's reason where it refuses.
    """
    return _told(address, "BACKUP", "TO", place, waiting)


def restore_server(
    address: ServerAddress, place: str, waiting: Callable[[float], None] = time.sleep
) -> str:
    """Let a server make the database anew from `place`; return the id. Raises as `backup_server`.

    The database must not be there, or be empty.
    """
    return _told(address, "RESTORE", "FROM", place, waiting)


def _told(
    address: ServerAddress, verb: str, towards: str, place: str, waiting: Callable[[float], None]
) -> str:
    if not _PLACE.fullmatch(place.strip()):
        raise ConfigError(
            f"{place!r} is no place for a backup; write one that the server allows, like "
            "Disk('backups', 'monday') or S3('https://bucket/path', 'key', 'secret')"
        )
    name = address.parts()["database"].replace("`", "\\`")
    server = Server(address)
    server.make_database()
    engine = Engine(server)
    try:
        ((number, _),) = engine.rows(f"{verb} DATABASE `{name}` {towards} {place.strip()} ASYNC")
        return _awaited(engine, verb, str(number), waiting)
    finally:
        engine.close()


def _awaited(engine: Any, verb: str, number: str, waiting: Callable[[float], None]) -> str:
    while True:
        rows = engine.rows(
            f"SELECT status, error FROM system.backups WHERE id = {quoted(number)}"  # noqa: S608 - quoted
        )
        status, error = rows[0] if rows else ("LOST", "the server knows nothing of it any more")
        if status in _DONE:
            return number
        if status not in _RUNNING:
            raise StoreError(
                f"{engine.connection.name} could not {verb.lower()}: {sentence(str(error))}"
            )
        waiting(0.5)
