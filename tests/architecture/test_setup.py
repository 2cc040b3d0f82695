"""The set-up says in one sentence what a machine lacks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.command import ROOT

WITHOUT_VENV = """#!/bin/sh
case "$2" in
    *ensurepip*) exit 1 ;;
    *print*) echo 3.12 ;;
esac
"""
TOO_OLD = """#!/bin/sh
case "$1$2" in
    -V) echo Python 3.9.2 ;;
    *version_info*) exit 1 ;;
esac
"""


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (WITHOUT_VENV, "apt-get install python3.12-venv"),
        (TOO_OLD, "Python 3.11 or newer"),
        (None, "was not found"),
    ],
)
def test_a_python_that_cannot_do_it_is_named_with_the_remedy(tmp_path: Path, script, words):
    python = tmp_path / "python3"
    if script is not None:
        python.write_text(script)
        python.chmod(0o755)
    done = subprocess.run(
        [ROOT / "tools" / "make-venv", str(python), str(tmp_path / "venv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert not (tmp_path / "venv").exists()
