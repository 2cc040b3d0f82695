"""`overheal erase`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from overheal.cli.options import ConfigOption, ServerOption, StoreOption
from overheal.cli.usage import told_if_interrupted, usage
from overheal.clock import SystemClock
from overheal.run.stored import stored
from overheal.run.upkeep.erasing import erase, would_erase

ERASE_EPILOG = """Examples:

  overheal erase --subject alice@example.com --store ./store

  overheal erase --subject alice@example.com --store ./store --yes

Without --yes it only says what it would change. Stop the worker first: what it remembers it would write again. Kafka's topics, backups and exports are not touched."""  # noqa: E501 - the terminal wraps it


def erase_command(  # noqa: PLR0917 - typer reads the options from the arguments
    subject: Annotated[
        str, typer.Option("--subject", metavar="TEXT", help="A name or address, as it is written.")
    ],
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; it cannot be taken back.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change, as without --yes.")
    ] = False,
) -> None:
    """Put a pseudonym in the place of a person's name, in every table, and record that."""
    if yes and dry_run:
        raise typer.BadParameter("--yes and --dry-run exclude each other", param_hint="--yes")
    cut_off = told_if_interrupted("run it again: until that is done, some tables hold the name")
    with cut_off if yes else nullcontext(), stored(store, server, config) as opened, usage():
        done = erase(opened, subject, SystemClock().now()) if yes else would_erase(opened, subject)
    for table, rows in done.rows.items():
        typer.echo(f"{table}: {rows:,} rows")
    if not done.rows:
        typer.echo("nothing in the store holds it as a word of its own")
    elif yes:
        typer.echo(f"erased; {done.instead} stands in its place, and an event records it")
    else:
        typer.echo("nothing was changed; --yes erases it, and cannot be taken back")
