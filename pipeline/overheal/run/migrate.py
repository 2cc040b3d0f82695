"""`overheal migrate`: a server's database and tables, brought to this version."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from overheal.errors import ConfigError
from overheal.run import config as configuration
from overheal.store import ServerAddress, migrate_server


@dataclass(frozen=True)
class Migrated:
    """What was done: the store's address, and the numbers of the migrations applied."""

    store: str
    applied: list[int]


def migrate(
    config_path: str | None,
    server: str | None,
    retention_days: int | None,
    said: Callable[[str], None] | None = None,
) -> Migrated:
    """Migrate the server that is named, or else the configuration's, with its credentials.

    `retention_days` None leaves what is set, or sets 400; `said` is told for whom it waits. Raises
    `ConfigError` where no server is named, and `StoreError` where it refuses.
    """
    address = _address(config_path, server)
    return Migrated(address.name, migrate_server(address, retention_days, said))


def _address(config_path: str | None, server: str | None) -> ServerAddress:
    environment = dict(os.environ)
    if server:
        environment |= {"OVERHEAL_STORE__SERVER": server, "OVERHEAL_STORE__PATH": ""}
    place = configuration.load(config_path, None, environment).store
    if isinstance(place, ServerAddress):
        return place
    if isinstance(place, Path):
        raise ConfigError(
            f"the store {place} is a folder, which is migrated whenever it is opened; "
            "name a server with --server URL"
        )
    raise ConfigError("no server is named; give --server URL, or set [store] server")
