"""Importing what only some commands need, when one of them is run."""

from __future__ import annotations

import gc
import importlib
from types import ModuleType

from overheal.errors import ConfigError


def embedded_part(name: str) -> ModuleType:
    """Return a module of a command; raises `ConfigError` where a package for it is missing."""
    return _part(name, "overheal[embedded]")


def kafka_part(name: str) -> ModuleType:
    """Return a module that needs Kafka's driver; raises `ConfigError` where that is missing."""
    return _part(name, "overheal[kafka]")


def _part(name: str, extra: str) -> ModuleType:
    # What modules make while they load stays; looking for garbage in it is a sixth of the time.
    gc.disable()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("overheal"):
            raise
        raise ConfigError(
            f"{error.name} is not installed; this command needs: pip install '{extra}'"
        ) from None
    finally:
        gc.enable()
