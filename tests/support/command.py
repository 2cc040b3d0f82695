"""Running `overheal` as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import NamedTuple

from typer.testing import CliRunner

from overheal.cli.app import app
from overheal.errors import OverhealError
from overheal.report.words import clean
from tests.support import children, forking
from tests.support.forking import ROOT

OVERHEAL = str(Path(sys.executable).parent / "overheal")


def installed(
    *arguments: str | Path,
    stdin: bytes = b"",
    env: dict[str, str] | None = None,
    cwd: Path = ROOT,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command that is installed to its end and return what it wrote, as `run` does."""
    return subprocess.run(
        [OVERHEAL, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=_environment(env),
        cwd=cwd,
        timeout=children.LONG,
        check=False,
    )


def run(
    *arguments: str | Path,
    stdin: bytes = b"",
    env: dict[str, str] | None = None,
    cwd: Path = ROOT,
) -> subprocess.CompletedProcess[bytes]:
    """Run `overheal` to its end and return what it wrote; the terminal is 80 columns wide.

    The process is one of its own; only its imports are those of another. The interpreter begins
    with the environment of the tests, so settings of Python itself need `installed`.
    """
    words = [*map(str, arguments)]
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as pipe,
        TemporaryFile() as out,
        TemporaryFile() as err,
    ):
        child = forking.start(words, (pipe, out, err), env=_environment(env), cwd=cwd)
        pipe.close()
        feeder = Thread(target=_feed, args=(writing, stdin))
        feeder.start()
        try:
            code = child.wait(children.LONG)
        finally:
            child.kill()
            feeder.join()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([OVERHEAL, *words], code, out.read(), err.read())


def _environment(more: dict[str, str] | None) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "80", **(more or {})}


def _feed(handle: int, data: bytes) -> None:
    """Write to a pipe, as far as anybody reads."""
    with suppress(BrokenPipeError), os.fdopen(handle, "wb") as pipe:
        pipe.write(data)


class Done(NamedTuple):
    """How a command in this process ended, and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes


def here(*arguments: str | Path, env: dict[str, str] | None = None) -> Done:
    """Run a command to its end in this process, as `cli.entry` does: starting one takes a second.

    There is nothing on its standard input.
    """
    done = CliRunner(env={"COLUMNS": "80", **(env or {})}).invoke(app, list(map(str, arguments)))
    code, told = done.exit_code, done.stderr
    if isinstance(done.exception, OverhealError):
        code, told = 1, f"{told}overheal: {clean(str(done.exception))}"
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(code, done.stdout_bytes, told.encode())


def says(done: subprocess.CompletedProcess[bytes] | Done) -> str:
    """Return what was said on standard error; there must never be a traceback."""
    text = done.stderr.decode()
    assert "Traceback" not in text, text
    return text
