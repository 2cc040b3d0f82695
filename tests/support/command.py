"""Running the installed `overheal` command as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def says(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what was said on standard error; there must never be a traceback."""
    text = done.stderr.decode()
    assert "Traceback" not in text, text
    return text
