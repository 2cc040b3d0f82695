"""Options that are alike in every command that has them: which store, what to write and where."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from overheal.clock import SystemClock
from overheal.run.moments import moment


class As(enum.StrEnum):
    """What most answers can be written as."""

    TEXT = "text"
    JSON = "json"


StoreOption = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="An embedded store's folder.")
]
ServerOption = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="A ClickHouse server and database.")
]
ConfigOption = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="Settings that name the store.")
]
OutputOption = Annotated[As, typer.Option("--output", "-o", help="What to write.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="PATH", help="Where to write; default: stdout.")
]
ServiceOption = Annotated[
    str, typer.Option("--service", metavar="NAME", help="Only this service, full or short name.")
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="From when: RFC 3339, or 2h, 7d; default: 30 days."
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Until when: RFC 3339, or 2h; default: now."),
]
NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="TIME", help="The present, for a recorded history; RFC 3339."),
]


def the_present(now: str | None) -> int:
    """Return the moment of `--now`, by default that of the clock (microseconds UTC).

    Raises `OptionError` for what is no moment.
    """
    return SystemClock().now() if now is None else moment("--now", now)
