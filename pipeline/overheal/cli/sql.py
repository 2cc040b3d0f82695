"""`overheal sql`: a question to the store, in SQL."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.options import ConfigOption, ServerOption, StoreOption
from overheal.cli.output import put
from overheal.report.table import render_table
from overheal.run.questions import as_csv, as_json, as_parquet, cells, interruptible
from overheal.run.stored import stored
from overheal.store import Found, Limits, Sandbox

SQL_EPILOG = """Examples:

  overheal sql --tables --store ./store

  overheal sql "SELECT service, sum(recoveries) FROM recoveries_hourly GROUP BY service" --store ./store

  overheal sql - --config overheal.toml --output parquet --out findings.parquet < question.sql

Only one SELECT, and only about the store's own tables and views; docs/queries.md has twenty to start from."""  # noqa: E501 - the terminal wraps it

_MOST_ROWS = 10_000_000


class As(enum.StrEnum):
    """What an answer can be written as."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def sql_command(  # noqa: PLR0917 - typer reads the options from the arguments
    question: Annotated[
        str | None, typer.Argument(metavar="SQL", help="One SELECT; - reads it from stdin.")
    ] = None,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="List tables, views and their columns instead.")
    ] = False,
    rows: Annotated[
        int, typer.Option("--rows", min=1, max=_MOST_ROWS, help="At most so many rows come back.")
    ] = 10_000,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=86_400, help="Seconds it may take.")
    ] = 60.0,
    memory: Annotated[
        int, typer.Option("--memory", min=16, max=1_000_000, help="Megabytes it may take.")
    ] = 2_000,
    output: Annotated[As, typer.Option("--output", "-o", help="What to write.")] = As.TABLE,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="Where to write; default: stdout.")
    ] = None,
) -> None:
    """Ask the store a question in SQL; it only reads, and reaches nothing but the store."""
    if (question is None) != tables:
        raise typer.BadParameter("write one SELECT in quotes, or --tables", param_hint="SQL")
    if output is As.PARQUET and out is None and sys.stdout.isatty():
        raise typer.BadParameter("a terminal cannot show Parquet; add --out", param_hint="--output")
    text = sys.stdin.read() if question == "-" else question or ""
    with (
        stored(store, server, config) as opened,
        opened.sandbox(Limits(rows, timeout, memory * 1_000_000)) as sandbox,
    ):
        if tables:
            found = opened.columns()
            put(_rendered(found, As.TABLE if output is As.PARQUET else output), out)
        else:
            _answer(sandbox, text, output, out, rows)


def _answer(sandbox: Sandbox, text: str, output: As, out: Path | None, limit: int) -> None:
    if output is As.PARQUET:
        columns, more = interruptible(sandbox, lambda: sandbox.columns(text))
        put(as_parquet(columns), out)
    else:
        found = interruptible(sandbox, lambda: sandbox.ask(text))
        more = found.more
        put(_rendered(found, output), out)
    if more:
        typer.echo(f"overheal: cut off after {limit:,} rows; --rows N gives more", err=True)


def _rendered(found: Found, output: As) -> bytes:
    if output is As.CSV:
        return as_csv(found)
    if output is As.JSON:
        return as_json(found)
    right = [any(word in kind for word in ("Int", "Float", "Decimal")) for kind in found.types]
    right = [
        number and "(" not in kind.removeprefix("Nullable(")
        for number, kind in zip(right, found.types, strict=True)
    ]
    return render_table(found.names, cells(found), right).encode("utf-8", "replace")
