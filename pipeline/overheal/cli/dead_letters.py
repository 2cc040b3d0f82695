"""`overheal dead-letters`: what was refused, why, and sending it again, repaired or not."""

from __future__ import annotations

import contextlib
import enum
import getpass
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.counting import Counting
from overheal.clock import SystemClock
from overheal.errors import InputError, OutputError
from overheal.report.words import clean
from overheal.run import config as configuration
from overheal.run.letters import Letter, Listed, fetch, index, resolve
from overheal.run.replaying import Choice, Repair, Replayer, chosen, moment

REASON_WIDTH = 100

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
    choice = Choice(code, moment(since, SystemClock().now()), origin)
    letters, left_out = _index(config)
    found = chosen(letters, choice)
    if output is ListOutput.JSON:
        typer.echo(json.dumps([_row(letter) for letter in found], indent=1, ensure_ascii=False))
        return
    for letter in found:
        mark = f" [replayed {letter.replayed}x]" if letter.replayed else ""
        typer.echo(f"{letter.id}  {letter.received_at}  {clean(letter.code)}{mark}")
        typer.echo(f"    {_short(letter.reason)}")
    typer.echo(f"{len(found):,} dead letters", err=True)
    if left_out:
        typer.echo(f"overheal: {left_out:,} older ones were left out", err=True)


@dead_letters_app.command("show", epilog=SHOW_EPILOG)
def show_command(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="An id, or its unambiguous end.")],
    config: ConfigOption = None,
) -> None:
    """Show one dead letter whole."""
    letters, _ = _index(config)
    letter = _fetched(config, [resolve(letters, letter_id)])[0]
    typer.echo(f"id:       {clean(letter.id)}")
    typer.echo(f"refused:  {letter.received_at}  {clean(letter.code)}")
    typer.echo(f"reason:   {clean(letter.reason)}")
    typer.echo(
        f"position: {clean(letter.origin)}, partition {letter.partition}, offset {letter.offset}, "
        f"item {letter.item}, epoch {clean(letter.epoch) or 'unknown'}"
    )
    typer.echo(f"key:      {clean(letter.key.decode('utf-8', 'backslashreplace')) or '(none)'}")
    for name, text in letter.headers.items():
        typer.echo(f"header:   {clean(name)}: {clean(text)}")
    for note in letter.replayed:
        typer.echo(f"replayed: {note.at} by {clean(note.by)}")
    if letter.is_cut:
        typer.echo("payload:  only its beginning was kept")
    if letter.is_redacted:
        typer.echo("payload:  a secret was cut out of it")
    typer.echo("")
    for line in letter.payload.decode("utf-8", "backslashreplace").split("\n"):
        typer.echo(clean(line))


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
    letters, _ = _index(config)
    if ids:
        wanted = [resolve(letters, one) for one in dict.fromkeys(ids)]
    else:
        wanted = chosen(letters, Choice(code, moment(since, SystemClock().now()), origin))
    settings = configuration.load(config, None, os.environ)
    repair = Repair(_headers(header or []), again=again, force=force)
    sent = held = 0
    with Replayer(settings, SystemClock(), getpass.getuser(), repair) as replayer:
        for letter in _fetched(config, wanted):
            payload = _repaired(letter, file, edit=edit)
            problem = replayer.problem(letter, payload)
            if problem:
                held += 1
                typer.echo(f"{clean(letter.id)}: not sent: {clean(problem)}", err=True)
                continue
            if letter.is_redacted and b"[redacted:" in payload:
                typer.echo(
                    f"{clean(letter.id)}: a secret was cut out; the mark is sent in its place",
                    err=True,
                )
            replayer.send(letter, payload)
            sent += 1
            typer.echo(f"{clean(letter.id)}: sent to {clean(letter.origin)}")
    typer.echo(f"{sent:,} sent, {held:,} not", err=True)
    if held or not sent:
        raise typer.Exit(1)


def _index(config: str | None) -> tuple[list[Listed], int]:
    settings = configuration.load(config, None, os.environ)
    with Counting(sys.stderr, "dead letters") as counting:
        return index(settings.kafka, settings.topics.dead_letters, counting)


def _fetched(config: str | None, wanted: Sequence[Listed]) -> list[Letter]:
    settings = configuration.load(config, None, os.environ)
    with Counting(sys.stderr, "dead letters") as counting:
        return list(fetch(settings.kafka, settings.topics.dead_letters, wanted, counting))


def _row(letter: Listed) -> dict[str, object]:
    return {
        "id": letter.id,
        "origin": letter.origin,
        "code": letter.code,
        "reason": letter.reason,
        "received_at": letter.received_at,
        "replayed": letter.replayed,
    }


def _short(reason: str) -> str:
    text = clean(reason)
    return text if len(text) <= REASON_WIDTH else text[: REASON_WIDTH - 1] + "…"


def _headers(written: list[str]) -> dict[str, str]:
    found = {}
    for one in written:
        name, sign, text = one.partition("=")
        if not sign or not name:
            raise typer.BadParameter(f"{one!r} is not NAME=TEXT", param_hint="--header")
        found[name] = text
    return found


def _repaired(letter: Letter, file: Path | None, *, edit: bool) -> bytes:
    if file is not None:
        try:
            return file.read_bytes()
        except OSError as error:
            raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    return _edited(letter) if edit else letter.payload


def _edited(letter: Letter) -> bytes:
    """Return what the user's editor leaves of the payload; JSON is laid out for reading first."""
    text = letter.payload
    with contextlib.suppress(ValueError, RecursionError):  # it may be broken as it is
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False).encode() + b"\n"
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.NamedTemporaryFile(suffix=".json") as draft:
        draft.write(text)
        draft.flush()
        try:
            done = subprocess.run([*command, draft.name], check=False)  # noqa: S603 - the user's editor
        except OSError as error:
            raise OutputError(f"{command[0]}: {error.strerror}; set EDITOR") from None
        if done.returncode:
            raise OutputError(f"{command[0]} ended with {done.returncode}: nothing was sent")
        return Path(draft.name).read_bytes().strip()
