"""Opening the store that a person names: a folder, a server, or what the configuration says."""

from __future__ import annotations

import os
from pathlib import Path

from overheal.errors import ConfigError, StoreError
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.store import ServerAddress, Store, open_store
from overheal.store.owner import OWNER_FILE


def stored(folder: Path | None, server: str | None, config_path: str | None) -> Store:
    """Return the store in `folder`, behind the URL `server`, or of the configuration.

    Raises `ConfigError` where two are named or none, and what `open_store` raises; unlike that it
    makes no folder.
    """
    if folder is not None:
        if server is not None:
            raise ConfigError("--store and --server exclude each other: name one of them")
        return in_folder(folder)
    named = {} if server is None else {"OVERHEAL_STORE__SERVER": server}
    config = configuration.load(config_path, None, {**os.environ, **named})
    if config.store is None:
        raise ConfigError(
            "no store is named; use --store DIR, --server URL, or --config with a [store]"
        )
    return opened(config)


def server_address(server: str | None, config_path: str | None) -> ServerAddress:
    """Return the server that is named, or the configuration's, with its credentials.

    Raises `ConfigError` where there is none.
    """
    named = {"OVERHEAL_STORE__SERVER": server, "OVERHEAL_STORE__PATH": ""} if server else {}
    place = configuration.load(config_path, None, {**os.environ, **named}).store
    if isinstance(place, ServerAddress):
        return place
    raise ConfigError("no server is named; give --server URL, or set [store] server")


def opened(config: Config) -> Store:
    """Return the store that the configuration names; raises `ConfigError` where it names none."""
    if config.store is None:
        raise ConfigError(
            'no store is named; set `server` of [store], like "https://clickhouse:8443/overheal", '
            "or OVERHEAL_STORE__SERVER"
        )
    return open_store(config.store)


def in_folder(folder: Path) -> Store:
    """Return the store in a folder that is there; raises as `open_store` does."""
    if not folder.exists():
        raise StoreError(
            f"{folder} does not exist; name the folder that `overheal analyze --store` made"
        )
    if _foreign(folder):
        inside = [path for path in folder.iterdir() if (path / "metadata").is_dir()]
        remedy = "name the folder that `overheal analyze --store` made"
        if len(inside) == 1:
            remedy = f"did you mean {inside[0]}?"
        raise StoreError(f"{folder} holds no store, but other things; {remedy}")
    return open_store(folder)


def _foreign(folder: Path) -> bool:
    """Whether a folder holds something, and no store."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError:
        return False
    return bool(names - {OWNER_FILE}) and "metadata" not in names
