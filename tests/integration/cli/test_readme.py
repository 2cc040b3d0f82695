"""The README's commands on a store do what it says, in the order in which they stand there."""

from __future__ import annotations

import re
import shlex

from overheal.recording import FILES
from tests.support.command import ROOT, installed, run, says

COMMANDS = re.findall(
    r"^    \.venv/bin/overheal ((?!demo|analyze).+)$",
    (ROOT / "README.md").read_text(),
    re.MULTILINE,
)


def test_the_commands_on_a_store_run(tmp_path):
    done = installed("analyze", *FILES, "--store", "store", cwd=tmp_path)
    assert done.returncode == 0, says(done)
    assert len(COMMANDS) == 21
    (tmp_path / "other.toml").write_text("[detectors.recovery_frequency]\nper_hour = 5\n")
    for command in COMMANDS:
        done = run(*shlex.split(command, comments=True), cwd=tmp_path)
        assert done.returncode == 0, says(done)
        assert done.stdout
