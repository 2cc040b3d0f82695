"""`overheal check-config`: whether what the configuration names is there, and answers."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from overheal.catalog_checks import warnings
from overheal.clock import SystemClock
from overheal.errors import ConfigError, OverhealError
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.run.config.values import address
from overheal.store import open_store
from overheal.store.place import ServerAddress

SAMPLE = 100


@dataclass(frozen=True)
class Checked:
    """One thing, whether it is fine, and what was found or what to do.

    What `warns` is fine, and may be a mistake.
    """

    what: str
    fine: bool
    text: str
    warns: bool = False


def check_config(config_path: str | None, catalog_path: str | None) -> Iterator[Checked]:
    """Yield one result a thing, in the order in which a process needs them; never raises.

    Each thing takes seconds at most.
    """
    try:
        config = configuration.load(config_path, catalog_path, os.environ)
        config.secrets()
    except ConfigError as error:
        yield Checked("configuration", fine=False, text=str(error))
        return
    yield Checked("configuration", fine=True, text=config_path or "defaults and the environment")
    if catalog_path:
        yield Checked("catalog", fine=True, text=catalog_path)
        for warning in warnings(config.catalog.file, SystemClock().now()):
            yield Checked("catalog", fine=True, text=warning, warns=True)
    yield from _certificates(config)
    yield _tried("store", lambda: _store(config))
    yield _tried("operations", lambda: _listen(config))
    yield from _kafka(config)


def _tried(what: str, attempt: Callable[[], str]) -> Checked:
    try:
        return Checked(what, fine=True, text=attempt())
    except OverhealError as error:
        return Checked(what, fine=False, text=str(error))


def _certificates(config: Config) -> Iterator[Checked]:
    named = {
        name: value for name, value in config.kafka.properties.items() if name.endswith(".location")
    }
    if isinstance(config.store, ServerAddress) and config.store.ca_file:
        named["store.ca_file"] = config.store.ca_file
    for name, path in named.items():
        try:
            text = f"{name}: {len(Path(path).read_bytes())} bytes"
            yield Checked("file", fine=True, text=f"{path}: {text}")
        except OSError as error:
            yield Checked("file", fine=False, text=f"{path}: {error.strerror}; correct {name}")


def _store(config: Config) -> str:
    place = config.store
    if place is None:
        return "none named; the worker needs [store] path or server"
    if isinstance(place, Path):
        return _folder(place)
    with open_store(place):
        return place.name


def _folder(place: Path) -> str:
    above = next((one for one in (place, *place.absolute().parents) if one.exists()), place)
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise ConfigError(f"store.path: {above} cannot be written; choose another folder")
    return f"{place}" if place.exists() else f"{place}: will be made"


def _listen(config: Config) -> str:
    listen = config.operations.listen
    if not listen:
        return "not served"
    host, port = address(listen)
    try:
        with socket.create_server((host, port)):
            return listen
    except OSError as error:
        raise ConfigError(
            f"operations.listen: {listen}: {error.strerror}; stop what listens there, or choose "
            "another port"
        ) from None


def _kafka(config: Config) -> Iterator[Checked]:
    try:
        # These need the extra `kafka`.
        from overheal.kafka import topics  # noqa: PLC0415
        from overheal.kafka.admin import Admin  # noqa: PLC0415
        from overheal.run.topics import specifications  # noqa: PLC0415

        count = Admin(config.kafka).brokers()
        yield Checked("kafka", fine=True, text=f"{config.kafka.bootstrap}: {count} brokers")
        problems = topics.check(config.kafka, specifications(config), SAMPLE)
    except OverhealError as error:
        yield Checked("kafka", fine=False, text=str(error))
        return
    except ModuleNotFoundError as error:
        missing = f"{error.name} is not installed; pip install 'overheal[kafka]'"
        yield Checked("kafka", fine=False, text=missing)
        return
    for problem in problems:
        yield Checked("topic", fine=False, text=str(problem))
    if not problems:
        yield Checked("topics", fine=True, text="all as they must be")
