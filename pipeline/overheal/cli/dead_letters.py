"""`overheal dead-letters`: what was refused, why, and sending it again, repaired or not."""

from __future__ import annotations

import enum
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from overheal.cli.needed import kafka_part

dead_letters_app = typer.Typer(
    name="dead-letters",
    help="Look at refused records, repair them, send them again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

LIST_EPILOG = """Examples:

  overheal dead-letters list --since 2h

  overheal dead-letters list --code missing_field --output json"""

SHOW_EPILOG = """Examples:

  overheal dead-letters show overheal.actions.v1/3/1042/0

  overheal dead-letters show 3/1042"""

REPLAY_EPILOG = """Examples:

  overheal dead-letters replay 3/1042 --edit

  overheal dead-letters replay 3/1042 --file fixed.json

  overheal dead-letters replay --code ambiguous_service --since 1d"""


class ListOutput(enum.StrEnum):
    """What a list can be written as."""

    TEXT = "text"
    JSON = "json"


ConfigOption = Annotated[str | None, typer.Option("--config", metavar="FILE", help="Settings.")]
CodeOption = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help="Only letters refused with this code.")
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only letters since a time, or for 30m, 2h, 7d."),
]
OriginOption = Annotated[
    str | None, typer.Option("--origin", metavar="TOPIC", help="Only letters of this topic.")
]


@dead_letters_app.command("list", epilog=LIST_EPILOG)
def list_command(
    code: CodeOption = None,
    since: SinceOption = None,
    origin: OriginOption = None,
    output: Annotated[ListOutput, typer.Option("--output", "-o")] = ListOutput.TEXT,
    config: ConfigOption = None,
) -> None:
    """List dead letters, oldest first, without what they hold."""
    desk = _desk()
    wanted = desk.Wanted(code, since, origin)
    desk.list_letters(config, wanted, as_json=output is ListOutput.JSON)


@dead_letters_app.command("show", epilog=SHOW_EPILOG)
def show_command(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="An id, or its unambiguous end.")],
    config: ConfigOption = None,
) -> None:
    """Show one dead letter whole."""
    _desk().show_letter(config, letter_id)


@dead_letters_app.command("replay", epilog=REPLAY_EPILOG)
def replay_command(  # noqa: PLR0917 - typer reads the options from the arguments
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Ids, or unambiguous ends.")
    ] = None,
    code: CodeOption = None,
    since: SinceOption = None,
    origin: OriginOption = None,
    edit: Annotated[bool, typer.Option("--edit", help="Repair each in $EDITOR first.")] = False,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Send this file's bytes instead.")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME=TEXT", help="Set a header; NAME= removes it."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was replayed before.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also what would be refused for the same reason.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Send records again to the topic they came from, with their keys and headers."""
    if bool(ids) == (code is not None):
        raise typer.BadParameter("name the letters by ID, or all of one kind with --code")
    if file is not None and (edit or len(ids or ()) != 1):
        raise typer.BadParameter("--file repairs exactly one ID, without --edit")
    desk = _desk()
    repair = desk.Repair(_headers(header or []), again=again, force=force)
    wanted = desk.Wanted(code, since, origin)
    if not desk.replay_letters(config, ids or [], wanted, repair, file, edit=edit):
        raise typer.Exit(1)


def _headers(written: list[str]) -> dict[str, str]:
    found = {}
    for one in written:
        name, sign, text = one.partition("=")
        if not sign or not name:
            raise typer.BadParameter(f"{one!r} is not NAME=TEXT", param_hint="--header")
        found[name] = text
    return found


def _desk() -> ModuleType:
    return kafka_part("overheal.cli.letters_desk")
