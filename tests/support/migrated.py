"""Empty stores with this version's tables, copied from one that was migrated: it takes seconds."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
import uuid
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError

from overheal.store import ServerAddress, migrate_server
from overheal.store.connection import Server

_ORIGINAL = f"original_{uuid.uuid4().hex[:12]}"
_RESTORE = "RESTORE DATABASE {} AS {} FROM File('{}.tar')"
_BACKUP = "BACKUP DATABASE {} AS {} TO File('{}.tar')"
_OPEN = """
import pathlib, sys
from overheal.store import open_store
open_store(pathlib.Path(sys.argv[1])).close()
"""


def migrated(address: ServerAddress) -> None:
    """Make a server's database and its tables, as `migrate_server` does.

    Those on fronts are restored from a backup of the first that was migrated in this process; a
    server that lets nobody write backups to its disk migrates each.
    """
    name = address.parts()["database"]
    server = Server(replace(address, timeout=300))
    server.make_database()
    client = server.client()
    try:
        try:
            client.command(_RESTORE.format(_ORIGINAL, name, _ORIGINAL))
        except ClickHouseError:
            migrate_server(address)
            with suppress(ClickHouseError):
                client.command(_BACKUP.format(name, _ORIGINAL, _ORIGINAL))
    finally:
        client.close()


def migrated_folder(folder: Path) -> Path:
    """Make an embedded store in a folder, as `open_store` does, and return the folder."""
    return shutil.copytree(_original_folder(), folder, symlinks=True, dirs_exist_ok=True)


@cache
def _original_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="overheal-store-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # This process may have another store open.
    subprocess.run([sys.executable, "-c", _OPEN, folder], check=True)
    return folder
