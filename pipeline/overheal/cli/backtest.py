"""`overheal backtest`: what other settings would have found, and whom they would have paged."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.options import ServerOption, StoreOption
from overheal.cli.output import write_text
from overheal.cli.progress import Progress
from overheal.cli.terminal import wants_color, width
from overheal.cli.usage import usage
from overheal.clock import SystemClock
from overheal.errors import OptionError
from overheal.report.backtest_parts import Backtest, Suggestions
from overheal.report.backtest_text import render_backtest, render_suggestions
from overheal.report.document import to_json
from overheal.run.backtest.inforce import Files
from overheal.run.backtest.suggesting import suggest
from overheal.run.backtest.wiring import Request, backtest
from overheal.run.moments import back, moment
from overheal.run.stored import stored

BACKTEST_EPILOG = """Examples:

  overheal backtest --config new.toml --store ./store

  overheal backtest --config new.toml --since 90d --server http://clickhouse:8123/overheal

  overheal backtest --config new.toml --against old.toml --store ./store --output json

  overheal backtest --config new.toml --store ./store --output html --out backtest.html

  overheal backtest --suggest --store ./store

Nothing in the store changes. Label findings first (`overheal label`) to see precision too."""


class BacktestOutput(enum.StrEnum):
    """What a backtest can be written as."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def backtest_command(  # noqa: PLR0917 - typer reads the options from the arguments
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="The new settings, TOML.")
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option("--catalog", metavar="FILE", help="The new catalog; default: as recorded."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="FILE", help="Settings to compare with; default: those in force."
        ),
    ] = None,
    store: StoreOption = None,
    server: ServerOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only events from then on: 90d, RFC 3339."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only events before.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="TIME", help="The present; default: the last event."),
    ] = None,
    suggesting: Annotated[
        bool,
        typer.Option("--suggest", help="Suggest settings that keep useful pages with less noise."),
    ] = False,
    processes: Annotated[
        int, typer.Option("--processes", metavar="N", min=0, help="Default: one for each core.")
    ] = 0,
    output: Annotated[
        BacktestOutput, typer.Option("--output", "-o", help="What to write.")
    ] = BacktestOutput.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="Where to write; default: stdout.")
    ] = None,
) -> None:
    """Replay stored history with other settings, and tell what would have been different."""
    with usage():
        if config is None and catalog is None and not suggesting:
            raise OptionError("--config", "name the file with the new settings")
        present = None if now is None else moment("--now", now)
        clock = present or SystemClock().now()
        request = Request(
            Files(config, against, catalog),
            since=back("--since", since, clock),
            until=back("--until", until, clock),
            now=present,
            processes=processes,
        )
        named = config if store is None and server is None else None
        with (
            stored(store, server, named) as opened,
            Progress(sys.stderr, "judging") as progress,
        ):
            run = suggest if suggesting else backtest
            document = run(opened, request, progress)
    write_text(_rendered(document, output, color=wants_color(to_file=out is not None)), out)


def _rendered(document: Backtest | Suggestions, output: BacktestOutput, *, color: bool) -> str:
    if output is BacktestOutput.JSON:
        return to_json(document) + "\n"
    if output is BacktestOutput.HTML:
        from overheal.report import backtest_page as page  # noqa: PLC0415 - jinja is slow

        if isinstance(document, Backtest):
            return page.render_backtest_page(document)
        return page.render_suggestions_page(document)
    if isinstance(document, Backtest):
        return render_backtest(document, width=width(), color=color)
    return render_suggestions(document, width=width(), color=color)
