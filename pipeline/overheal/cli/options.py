"""Options that are alike in every command that has them: which store, what to write and where."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


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
