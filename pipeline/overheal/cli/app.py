"""The `overheal` command and the options that stand before any other command."""

from __future__ import annotations

from typing import Annotated

import typer

import overheal
from overheal.cli.commands import LoadedWhenCalled

app = typer.Typer(
    name="overheal",
    cls=LoadedWhenCalled,
    help="Finds what successful automation hides: recoveries that mask a failure, fields that "
    "thrash, agents that undo each other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def overheal_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Take the options that stand before any command."""
    if version:
        typer.echo(f"overheal {overheal.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
