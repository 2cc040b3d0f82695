"""What `overheal expect` and `overheal drill` share: where to declare, when it is, how to list."""

from __future__ import annotations

import enum
import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.needed import kafka_part
from overheal.clock import SystemClock
from overheal.errors import OptionError
from overheal.run import config as configuration
from overheal.run.control.desk import Desk, FolderDesk
from overheal.run.moments import moment

KAFKA = "OVERHEAL_KAFKA__"
TEXT_LIMIT = 400

StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The folder of an embedded store."),
]
ConfigOption = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Settings of a running fleet, TOML."),
]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now", metavar="TIME", help="The present, for a recorded history; with --store only."
    ),
]


class ListOutput(enum.StrEnum):
    """What a list can be written as."""

    TEXT = "text"
    JSON = "json"


OutputOption = Annotated[ListOutput, typer.Option("--output", "-o", help="What to write.")]


def desk(store: Path | None, config: str | None) -> Desk:
    """Return where to declare: the folder, or the fleet that configuration or environment name.

    Raises `OptionError` where neither or both are named.
    """
    if store is not None and config is not None:
        raise OptionError("--store", "a folder or a fleet, not both; leave --store or --config out")
    if store is not None:
        return FolderDesk(store)
    if config is None and not any(name.startswith(KAFKA) for name in os.environ):
        raise OptionError(
            "--store",
            "say where: --store DIR for the folder of a store, or --config FILE (or "
            f"{KAFKA}BOOTSTRAP) for a running fleet",
        )
    found: Desk = kafka_part("overheal.run.control.topic").TopicDesk(
        configuration.load(config, None, os.environ)
    )
    return found


def present(now: str | None, store: Path | None) -> int:
    """Return the present in microseconds UTC; raises `OptionError` where it cannot be chosen."""
    if now is None:
        return SystemClock().now()
    if store is None:
        raise OptionError(
            "--now", "a running fleet has the present it has; leave it out, or name a --store"
        )
    return moment("--now", now)


def needed(option: str, text: str | None, remedy: str) -> str:
    """Return a text that must be there; raises `OptionError` with the remedy where it is not."""
    found = (text or "").strip()
    if not found:
        raise OptionError(option, remedy)
    return told(option, found)


def told(option: str, text: str) -> str:
    """Return a text that is fit to be shown; raises `OptionError` for any other."""
    if not text.isprintable() or len(text) > TEXT_LIMIT:
        raise OptionError(option, f"write one line of at most {TEXT_LIMIT} printable characters")
    return text


def counted(number: int, what: str) -> str:
    """Return how many there are."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def author() -> str:
    """Return who runs the command, as far as the system knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
