"""The two ways to reach the engine: in this process on a folder, or a server over HTTP."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import Any, Protocol

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from overheal.errors import StoreBusy, StoreError, StoreUnavailable
from overheal.store.failures import code, disk_full, explained, full
from overheal.store.owner import busy, engine_holder
from overheal.store.place import ServerAddress

UNKNOWN_DATABASE = 81
ALLOCATOR = "background_thread:true,dirty_decay_ms:20,muzzy_decay_ms:0"
"""The engine shares a process with what judges: what an insert needed goes back at once."""

# What the driver logs is raised too, and told as a sentence: nothing of it goes to a bare stderr.
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())


class Connection(Protocol):
    """How an `Engine` gets its clients, and what their errors mean."""

    @property
    def name(self) -> str:
        """The store as messages show it."""

    @property
    def alone(self) -> bool:
        """Whether nobody outside this process asks the same engine."""

    def client(self) -> Any:
        """Return a new client of the driver; raises `StoreError`."""

    def explained(self, error: Exception) -> StoreError:
        """Return what an error of the driver means."""


class Embedded:
    """chDB on a folder that this process owns."""

    alone = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def client(self) -> Any:
        """Return a client; raises `StoreBusy` where another process has the folder open."""
        # Read once, when the engine is loaded (https://jemalloc.net/jemalloc.3.html#tuning).
        os.environ.setdefault("JE_MALLOC_CONF", ALLOCATOR)
        try:
            return clickhouse_connect.get_client(interface="chdb", path=self.name)
        except ClickHouseError as error:
            holder = engine_holder(self._folder)
            if holder is not None:
                raise StoreBusy(busy(self._folder, f"process {holder}")) from None
            if "different path" in str(error) or "already initialized" in str(error):
                raise StoreError(
                    f"{self._folder} cannot be opened: this process has another store open; "
                    "close that first"
                ) from None
            raise self.explained(error) from error

    def explained(self, error: Exception) -> StoreError:
        """Return what an error means; a file that cannot be written is one for large sorts."""
        if isinstance(error, OSError) and disk_full(error):
            return StoreUnavailable(full(tempfile.gettempdir()))
        return explained(self.name, error)


class Server:
    """A ClickHouse server over HTTP; its clients share a pool of connections."""

    alone = False

    def __init__(self, address: ServerAddress) -> None:
        self._address = address
        self.name = address.name

    def client(self) -> Any:
        """Return a client for one database; its requests are independent of each other."""
        return self._client(self._address.parts()["database"])

    def make_database(self) -> None:
        """Make the database where it does not exist."""
        name = self._address.parts()["database"]
        try:
            self._client(name).close()
        except StoreError as error:
            if code(error) != UNKNOWN_DATABASE:
                raise
            client = self._client(None)
            try:
                quoted = name.replace("\\", "\\\\").replace("`", "\\`")
                client.command(f"CREATE DATABASE IF NOT EXISTS `{quoted}`")
            except ClickHouseError as refused:
                raise self.explained(refused) from None
            finally:
                client.close()

    def explained(self, error: Exception) -> StoreError:
        """Return what an error means, without the password whatever the server says."""
        found = explained(self.name, error)
        password = self._address.password.reveal()
        if password and password in str(found):
            return type(found)(str(found).replace(password, "***"))
        return found

    def _client(self, database: str | None) -> Any:
        address = self._address
        parts = address.parts()
        options: dict[str, Any] = {"ca_cert": address.ca_file} if address.ca_file else {}
        try:
            return clickhouse_connect.get_client(
                interface=parts["interface"],
                host=parts["host"],
                port=parts["port"],
                database=database,
                username=address.username,
                password=address.password.reveal(),
                verify=address.verify,
                connect_timeout=address.connect_timeout,
                send_receive_timeout=address.timeout,
                autogenerate_session_id=False,
                compress="lz4",
                client_name="overheal",
                **options,
            )
        except (ClickHouseError, OSError) as error:
            raise self.explained(error) from error
