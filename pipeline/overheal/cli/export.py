"""`overheal export` and `overheal import`."""

from __future__ import annotations

import enum
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.options import ConfigOption, ServerOption, StoreOption
from overheal.cli.terminal import width
from overheal.cli.usage import told_if_interrupted, usage
from overheal.clock import SystemClock
from overheal.run.moments import back, in_order
from overheal.run.stored import stored
from overheal.run.transfer.choice import Choice
from overheal.run.transfer.choice import check as check_choice
from overheal.run.transfer.giving import give
from overheal.run.transfer.keys import VARIABLE, sealing_key
from overheal.run.transfer.manifest import Manifest
from overheal.run.transfer.taking import checked, take
from overheal.store import open_store

EXPORT_EPILOG = """Examples:

  overheal export --store ./store --out ./given

  overheal export --config overheal.toml --since 2026-10-01 --until 2026-11-01 --key-file audit.key --out ./october

  overheal export --store ./store --service checkout --format jsonl --out ./checkout

The folder holds one file a table, and manifest.json with the rows, size and SHA-256 of each."""  # noqa: E501 - the terminal wraps it

IMPORT_EPILOG = """Examples:

  overheal import ./given --store ./another

  overheal import ./october --check --key-file audit.key

What is in the store already stays once; an import that was cut off is run again."""


_IMPORT_AGAIN = "what was written so far stays; run it again, what is there already counts once"


class Format(enum.StrEnum):
    """What tables can be written as."""

    PARQUET = "parquet"
    JSONL = "jsonl"


KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help=f"Key of the manifest's signature (HMAC-SHA256); default: {VARIABLE}.",
    ),
]


def export_command(  # noqa: PLR0917 - typer reads the options from the arguments
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder to write.")],
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From then on: RFC 3339, or 7d.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Before then: RFC 3339, or 7d.")
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Only of this service.")
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ID", help="Only of this action or event.")
    ] = None,
    kind: Annotated[
        Format, typer.Option("--format", help="How tables are written.")
    ] = Format.PARQUET,
    key_file: KeyOption = None,
) -> None:
    """Write what a store holds to files, with a manifest that proves them."""
    now = SystemClock().now()
    with usage():
        start, end = back("--since", since, now), back("--until", until, now)
        if start is not None and end is not None:
            in_order(start, end)
    key = sealing_key(key_file)
    cut_off = told_if_interrupted(f"{out} was not written; run it again")
    with cut_off, stored(store, server, config) as opened:
        choice = Choice(start, end, service or "", action or "")
        check_choice(opened, choice)
        manifest = give(opened, choice, out, kind.value, key, now)
    _say(manifest, f"{out}: ")
    for table, reason in manifest.left_out.items():
        typer.echo(f"overheal: {table} is left out: {reason}", err=True)
    if key is None:
        typer.echo(
            f"overheal: the manifest is not signed; --key-file or {VARIABLE} signs it", err=True
        )


def import_command(  # noqa: PLR0917 - typer reads the options from the arguments
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `overheal export` wrote.")],
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only check files, hashes and signature.")
    ] = False,
    key_file: KeyOption = None,
) -> None:
    """Put an export into a store; nothing is written before all of it is checked."""
    key = sealing_key(key_file)
    if check:
        _say(checked(folder, key), f"{folder}: all files are as they were written; ")
        return
    checked(folder, key)
    opened = (
        open_store(store) if store is not None and server is None else stored(store, server, config)
    )
    with told_if_interrupted(_IMPORT_AGAIN), opened:
        _say(
            take(opened, folder, key).manifest, f"{folder}: ", "; what was there already is one row"
        )


def _say(manifest: Manifest, head: str, tail: str = "") -> None:
    counts = [f"{entry.table} {entry.rows:,}" for entry in manifest.tables if entry.rows]
    seal = f", signed with key {manifest.signature.key}" if manifest.signature else ""
    said = f"{head}{', '.join(counts) or 'no rows'}{seal}{tail}"
    typer.echo(
        textwrap.fill(
            said,
            width(),
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
