"""`overheal store`: what a store takes, whether it is whole, backup and restore."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.options import As, ConfigOption, ServerOption, StoreOption
from overheal.cli.terminal import width
from overheal.cli.usage import told_if_interrupted
from overheal.clock import SystemClock
from overheal.report.table import render_table
from overheal.report.words import plural
from overheal.run.moments import rfc3339
from overheal.run.stored import server_address, stored
from overheal.run.upkeep.archive import backup_folder, restore_folder
from overheal.run.upkeep.looking import (
    Stats,
    as_document,
    check,
    repair,
    spanned,
    stats,
)
from overheal.store import migrate_server, open_store
from overheal.store.backup import backup_server, restore_server

store_app = typer.Typer(
    name="store",
    help="See what a store takes and whether it is whole; back it up and restore it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

STATS_EPILOG = """Examples:

  overheal store stats --store ./store

  overheal store stats --config overheal.toml --output json"""

CHECK_EPILOG = """Examples:

  overheal store check --store ./store

  overheal store check --repair --store ./store

Compares every file with its checksum, the ledger with what is stored, findings with the events they name, and the narrow tables (causes, fields, KPIs) with the events they are filled from. Exits with 1 where something is wrong.

A process or server that dies in the midst of an insert may leave rows of the narrow tables out; --repair writes them from the events. It writes nothing else, and can be run while others write."""  # noqa: E501 - the terminal wraps it

BACKUP_EPILOG = """Examples:

  overheal store backup --store ./store --out store-monday.tar

  overheal store backup --config overheal.toml --to "Disk('backups', 'overheal-monday')"

A folder is held while it is written to the file, so nothing changes meanwhile. A server writes by itself, to a place that its administrator allows."""  # noqa: E501 - the terminal wraps it

RESTORE_EPILOG = """Examples:

  overheal store restore store-monday.tar --store ./restored

  overheal store restore --config overheal.toml --from "Disk('backups', 'overheal-monday')"

The folder must not exist; on a server the database must be empty."""


OutputOption = Annotated[As, typer.Option("--output", "-o", help="What to write.")]


@store_app.command("stats", epilog=STATS_EPILOG)
def stats_command(
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    output: OutputOption = As.TEXT,
) -> None:
    """Show what a store takes on disk, table by table and per event."""
    with stored(store, server, config) as opened:
        found = stats(opened)
    if output is As.JSON:
        typer.echo(json.dumps(as_document(found), indent=1))
    else:
        sys.stdout.write(_page(found))


@store_app.command("check", epilog=CHECK_EPILOG)
def check_command(
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    mend: Annotated[
        bool,
        typer.Option("--repair", help="First write what narrow tables lack of stored events."),
    ] = False,
    output: OutputOption = As.TEXT,
) -> None:
    """Check files, ledger and references; exits with 1 where something is wrong."""
    with stored(store, server, config) as opened:
        mended = repair(opened) if mend else []
        found = check(opened)
    if output is As.JSON:
        document = as_document(found)
        typer.echo(json.dumps(document | {"repaired": mended} if mend else document, indent=1))
    else:
        for line in mended:
            typer.echo(f"repaired {line}")
        for complaint in found.complaints:
            typer.echo(f"wrong    {complaint.check}: {complaint.text}")
        for note in found.notes:
            typer.echo(f"note     {note}")
        typer.echo("the store is whole" if found.whole else "the store is not whole")
    if not found.whole:
        raise typer.Exit(1)


@store_app.command("backup", epilog=BACKUP_EPILOG)
def backup_command(
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A new file, of a folder.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="PLACE", help="Where a server writes.")
    ] = None,
) -> None:
    """Back up a folder to a file, or let a server back up its database."""
    if store is not None and server is None:
        if out is None or to is not None:
            raise typer.BadParameter("a folder is written to a file", param_hint="--out")
        with told_if_interrupted(f"{out} was not written, and {store} is as it was; run it again"):
            size = backup_folder(store, out, rfc3339(SystemClock().now()) or "")
        typer.echo(f"{out}: {size:,} bytes")
        return
    if to is None or out is not None:
        raise typer.BadParameter(
            "a server writes by itself; say where, like Disk('backups', 'monday')",
            param_hint="--to",
        )
    backup_server(server_address(server, config), to)
    typer.echo(f"{to}: written")


@store_app.command("restore", epilog=RESTORE_EPILOG)
def restore_command(
    archive: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="What `store backup` wrote of a folder.")
    ] = None,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    place: Annotated[
        str | None, typer.Option("--from", metavar="PLACE", help="Where a server wrote.")
    ] = None,
) -> None:
    """Make a store anew from a backup, and bring it to this version."""
    if store is not None and server is None:
        if archive is None or place is not None:
            raise typer.BadParameter("name the file of the backup", param_hint="FILE")
        with told_if_interrupted(f"{store} was not made; run it again"):
            made_at = restore_folder(archive, store)
        with open_store(store) as opened:
            events = opened.counts().events
        typer.echo(f"{store}: {plural(events, 'event')}, as of {made_at}")
        return
    if place is None or archive is not None:
        raise typer.BadParameter(
            "say where the server wrote, like Disk('backups', 'monday')", param_hint="--from"
        )
    address = server_address(server, config)
    restore_server(address, place)
    migrate_server(address)
    typer.echo(f"{address.name}: restored")


def _page(found: Stats) -> str:
    rows = [
        [
            one.table,
            f"{one.rows:,}",
            f"{one.bytes:,}",
            f"{one.plain_bytes / one.bytes:.1f}" if one.bytes else "",
            f"{one.bytes / one.rows:,.0f}" if one.rows else "",
            f"{one.parts:,}",
            f"{one.expires_days} days" if one.expires_days else "",
        ]
        for one in found.tables
    ]
    names = ["table", "rows", "bytes", "compressed", "bytes a row", "parts", "expires"]
    table = render_table(names, rows, [False, *[True] * 6])
    expiry = f"{found.retention_days} days" if found.retention_days else "never"
    each = f", {found.per_event:,.0f} bytes each" if found.per_event is not None else ""
    said = (
        f"{plural(found.events, 'event')} in {found.bytes:,} bytes{each}; {spanned(found)}",
        f"events expire: {expiry}; tables at version {found.schema_version}",
    )
    return "\n".join([table, *(textwrap.fill(line, width()) for line in said)]) + "\n"
