"""The list of commands: quick to show, and true to the modules that it names."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_group

from overheal.cli.app import app
from overheal.cli.commands import COMMANDS, loaded
from overheal.cli.ending import Ended
from tests.support.command import here, says


def ran(script: str) -> subprocess.CompletedProcess[str]:
    """Return how a Python of its own ends, and what it writes."""
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def said(script: str) -> str:
    """Return what a Python of its own writes on both streams."""
    done = ran(script)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_list_says(name):
    command = loaded(name)
    assert command.name == name
    assert command.help
    assert "--help" in command.get_help(typer.Context(command))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_example_of_the_help_is_joined_by_what_no_shell_understands(name):
    command = loaded(name)
    shown = command.get_help(typer.Context(command, max_content_width=80, terminal_width=80))
    assert "\\" not in shown


def test_no_line_of_the_list_is_cut_off():
    group = get_group(app)
    help_text = group.get_help(typer.Context(group, max_content_width=80, terminal_width=80))
    assert all(line in help_text for _, line in COMMANDS.values())


def test_the_list_is_shown_without_loading_what_commands_need():
    heavy = "{'chdb', 'clickhouse_connect', 'jinja2', 'numpy', 'pyarrow', 'pydantic'}"
    script = f"""
import sys
from overheal.cli.entry import main
sys.argv = ["overheal", "--help"]
try:
    main()
finally:
    print(sorted({heavy} & set(sys.modules)))
"""
    assert said(script).endswith("\n[]\n")


def test_pandas_which_no_command_needs_is_not_loaded(tmp_path):
    events = Path(__file__).parents[3] / "docs" / "queries.jsonl"
    script = f"""
import sys
from overheal.cli.entry import main
sys.argv = ["overheal", "analyze", {str(events)!r}, "--store", {str(tmp_path / "store")!r}]
try:
    main()
finally:
    print("pyarrow" in sys.modules, "pandas" in sys.modules)
"""
    assert "\nTrue False\n" in said(script)


def test_a_package_that_a_command_lacks_is_named_with_the_remedy():
    script = """
import sys
from overheal.cli.entry import main
sys.modules["pyarrow"] = None
sys.argv = ["overheal", "kpis"]
main()
"""
    assert said(script) == (
        "overheal: pyarrow is not installed; this command needs: pip install 'overheal[embedded]'\n"
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("services",), "overheal: interrupted\n"),
        (("erase", "--subject", "alice", "--yes"), "overheal: interrupted; run it again: "),
        (("export", "--out", "given"), "overheal: interrupted; given was not written; run it "),
    ],
)
@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (KeyboardInterrupt(), (130, "interrupted")),
        (Ended(signal.SIGTERM), (143, "ended by SIGTERM")),
    ],
)
def test_ctrl_c_and_signals_end_a_command_with_a_sentence(command, words, error, ends, monkeypatch):
    code, by = ends

    def stored(*_: object) -> None:
        raise error

    module = "kpis" if command[0] == "services" else command[0]
    monkeypatch.setattr(f"overheal.cli.{module}.stored", stored)
    done = here(*command)
    assert done.returncode == code
    assert words.replace("interrupted", by) in says(done)


@pytest.mark.parametrize(
    ("number", "ends"),
    [
        (signal.SIGINT, (130, "\noverheal: interrupted\n")),
        (signal.SIGTERM, (143, "\noverheal: ended by SIGTERM\n")),
        (signal.SIGHUP, (129, "\noverheal: ended by SIGHUP\n")),
    ],
)
def test_a_signal_that_comes_before_a_command_began_ends_it_with_a_sentence(number, ends):
    script = f"""
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored
from overheal.cli.commands import LoadedWhenCalled
from overheal.cli.entry import main
LoadedWhenCalled.parse_args = lambda *_: os.kill(os.getpid(), {number.value})
sys.argv = ["overheal", "map"]
main()
"""
    done = ran(script)
    assert (done.returncode, done.stderr) == ends
