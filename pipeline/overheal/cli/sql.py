"""`overheal sql`: a question to the store, in SQL."""

from __future__ import annotations

import enum
import sys
import textwrap
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.options import ConfigOption, ServerOption, StoreOption
from overheal.cli.output import put
from overheal.cli.progress import Progress
from overheal.cli.terminal import width
from overheal.report.table import render_rows, render_table, widest
from overheal.run.questions import as_csv, as_json, as_parquet, cells, interruptible
from overheal.run.stored import stored
from overheal.store import Found, Limits, Sandbox

SQL_EPILOG = """Examples:

  overheal sql --tables --store ./store

  overheal sql "SELECT service, sum(recoveries) FROM recoveries_hourly GROUP BY service" --store ./store

  overheal sql - --config overheal.toml --output parquet --out findings.parquet < question.sql

Only one SELECT, and only about the store's own tables and views; docs/queries.md has twenty to start from.

CSV is exact: a cell that begins with = or @ is what a producer wrote. Let a spreadsheet import it as text."""  # noqa: E501 - the terminal wraps it

_MOST_ROWS = 10_000_000
_LEAST = 24
"""Columns that the meaning of a table's column needs beside it."""


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
    with stored(store, server, config) as opened:
        if tables:
            found = opened.columns()
            if output in (As.CSV, As.JSON):
                put(_rendered(found, output, out), out)
            else:
                put(_tables(found).encode(), out)
            return
        if "kpi_" in text.lower():
            with Progress(sys.stderr, "settling") as progress:
                opened.settle_own(told=progress, small=True)
        with opened.sandbox(Limits(rows, timeout, memory * 1_000_000)) as sandbox:
            _answer(sandbox, text, output, out, rows)


def _answer(sandbox: Sandbox, text: str, output: As, out: Path | None, limit: int) -> None:
    if output is As.PARQUET:
        columns, more = interruptible(sandbox, lambda: sandbox.columns(text))
        put(as_parquet(columns), out)
    else:
        found = interruptible(sandbox, lambda: sandbox.ask(text))
        more = found.more
        put(_rendered(found, output, out), out)
    if more:
        typer.echo(f"overheal: cut off after {limit:,} rows; --rows N gives more", err=True)


def _rendered(found: Found, output: As, out: Path | None = None) -> bytes:
    """Return an answer; on a terminal that is too narrow for it rows stand one beneath another."""
    if output is As.CSV:
        return as_csv(found)
    if output is As.JSON:
        return as_json(found)
    right = [any(word in kind for word in ("Int", "Float", "Decimal")) for kind in found.types]
    right = [
        number and "(" not in kind.removeprefix("Nullable(")
        for number, kind in zip(right, found.types, strict=True)
    ]
    text = render_table(found.names, cells(found), right)
    if out is None and sys.stdout.isatty() and widest(text) > width():
        text = render_rows(found.names, cells(found))
    return text.encode("utf-8", "replace")


def _tables(found: Found) -> str:
    """Return tables with their columns beneath, within the width of the terminal."""
    parts = []
    for name, group in groupby(cells(found), key=itemgetter(0)):
        columns = [row[1:] for row in group]
        first, second = (max(len(row[at]) for row in columns) for at in (0, 1))
        margin = first + second + 6
        beside = width() - margin >= _LEAST
        lines = [name]
        for column, kind, meaning in columns:
            head = f"  {column.ljust(first)}  {kind.ljust(second)}  "
            indent = " " * (margin if beside else 6)
            told = textwrap.wrap(meaning, width(), initial_indent=indent, subsequent_indent=indent)
            if beside and told:
                lines.append(head + told.pop(0).lstrip())
            else:
                lines.append(head.rstrip())
            lines += told
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
