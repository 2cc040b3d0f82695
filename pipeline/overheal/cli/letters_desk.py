"""What the commands of `overheal dead-letters` do and print."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from overheal.cli.counting import Counting
from overheal.cli.usage import usage
from overheal.clock import SystemClock
from overheal.contract.letter import Letter
from overheal.errors import InputError, OutputError
from overheal.report.words import clean
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.run.letters import Listed, fetch, index, resolve
from overheal.run.moments import back, rfc3339
from overheal.run.replaying import Choice, Repair, Replayer, chosen

REASON_WIDTH = 100


@dataclass(frozen=True)
class Wanted:
    """Which letters are meant, as the user wrote it."""

    code: str | None = None
    since: str | None = None
    origin: str | None = None

    def choice(self) -> Choice:
        """Return the same with a span of time made a time; raises `typer.BadParameter`."""
        with usage():
            since = rfc3339(back("--since", self.since, SystemClock().now()))
        return Choice(self.code, since, self.origin)


def list_letters(config_path: str | None, wanted: Wanted, *, as_json: bool) -> None:
    """Print the letters that are meant, oldest first."""
    choice = wanted.choice()
    letters, left_out = _index(_load(config_path))
    found = chosen(letters, choice)
    if as_json:
        typer.echo(json.dumps([_row(letter) for letter in found], indent=1, ensure_ascii=False))
    else:
        for letter in found:
            mark = f" [replayed {letter.replayed}x]" if letter.replayed else ""
            typer.echo(f"{clean(letter.id)}  {letter.received_at}  {clean(letter.code)}{mark}")
            typer.echo(f"    {_short(letter.reason)}")
        typer.echo(f"{len(found):,} dead letters", err=True)
    if left_out:
        typer.echo(f"overheal: {left_out:,} older ones were left out", err=True)


def show_letter(config_path: str | None, letter_id: str) -> None:
    """Print one letter whole."""
    config = _load(config_path)
    letters, _ = _index(config)
    for letter in _fetched(config, [resolve(letters, letter_id)]):
        _show(letter)


def replay_letters(
    config_path: str | None,
    ids: Sequence[str],
    wanted: Wanted,
    repair: Repair,
    file: Path | None,
    *,
    edit: bool,
) -> bool:
    """Send letters again; returns whether all that were meant were sent, and any was."""
    config = _load(config_path)
    choice = wanted.choice()
    letters, _ = _index(config)
    if ids:
        meant = [resolve(letters, one) for one in dict.fromkeys(ids)]
    else:
        meant = chosen(letters, choice)
    sent = 0
    with Replayer(config, SystemClock(), getpass.getuser(), repair) as replayer:
        for letter in _fetched(config, meant):
            payload = _repaired(letter, file, edit=edit)
            sent += _replay(replayer, letter, payload)
    typer.echo(f"{sent:,} sent, {len(meant) - sent:,} not", err=True)
    return 0 < sent == len(meant)


def _replay(replayer: Replayer, letter: Letter, payload: bytes) -> bool:
    problem = replayer.problem(letter, payload)
    if problem:
        typer.echo(f"{clean(letter.id)}: not sent: {clean(problem)}", err=True)
        return False
    if letter.is_redacted and b"[redacted:" in payload:
        told = "a secret was cut out; the mark is sent in its place"
        typer.echo(f"{clean(letter.id)}: {told}", err=True)
    replayer.send(letter, payload)
    typer.echo(f"{clean(letter.id)}: sent to {clean(letter.origin)}")
    return True


def _show(letter: Letter) -> None:
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


def _load(config_path: str | None) -> Config:
    return configuration.load(config_path, None, os.environ)


def _index(config: Config) -> tuple[list[Listed], int]:
    with Counting(sys.stderr, "dead letters") as counting:
        return index(config.kafka, config.topics.dead_letters, counting)


def _fetched(config: Config, wanted: Sequence[Listed]) -> Iterator[Letter]:
    """Yield letters whole, one at a time."""
    return fetch(config.kafka, config.topics.dead_letters, wanted, lambda _: None)


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
