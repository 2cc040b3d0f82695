"""Importing what only some commands need, when one of them is run."""

from __future__ import annotations

import importlib
from types import ModuleType

from overheal.errors import ConfigError


def kafka_part(name: str) -> ModuleType:
    """Return a module that needs Kafka's driver; raises `ConfigError` where that is missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("overheal"):
            raise
        raise ConfigError(
            f"{error.name} is not installed; this command needs: pip install 'overheal[kafka]'"
        ) from None
