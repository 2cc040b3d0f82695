"""Running the installed `overheal` command as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from overheal.cli.app import app
from overheal.errors import OverhealError
from overheal.report.words import clean

OVERHEAL = str(Path(sys.executable).parent / "overheal")
ROOT = Path(__file__).resolve().parents[2]


def run(
    *arguments: str | Path,
    stdin: bytes | None = b"",
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[bytes]:
    """Run `overheal` to its end and return what it wrote; the terminal is 80 columns wide."""
    return subprocess.run(
        [OVERHEAL, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, "COLUMNS": "80", **(env or {})},
        cwd=cwd or ROOT,
        timeout=timeout,
        check=False,
    )


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
