"""The options that name a store, alike in every command that reads one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StoreOption = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="An embedded store's folder.")
]
ServerOption = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="A ClickHouse server and database.")
]
ConfigOption = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="Settings that name the store.")
]
