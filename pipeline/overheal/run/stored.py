"""Opening the store that a person names: a folder, a server, or what the configuration says."""

from __future__ import annotations

import os
from pathlib import Path

from overheal.errors import ConfigError, StoreError
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.store import Store, open_store


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
    return open_store(folder)
