"""The `overheal` command: starts the application, and turns errors into sentences.

Exit codes: 0 fine, 1 error, 2 usage, 3 `--fail-on` reached, 130 interrupted, 143 ended by SIGTERM.
"""

from __future__ import annotations

import errno
import io
import os
import sys

from overheal.cli.ending import end_by_signals, exit_code, told

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main() -> None:
    """Run the command line; never shows a traceback for an error that overheal foresees."""
    _readable()
    end_by_signals()
    sys.meta_path.insert(0, _WithoutPandas())
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _close_output()
        sys.exit(0)  # whoever read the output has seen enough
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _close_output()
        sys.stderr.write(f"overheal: the output cannot be written: {error.strerror}\n")
        sys.exit(1)
    except KeyboardInterrupt as error:
        sys.stderr.write(f"\n{told(error)}\n")
        sys.exit(exit_code(error))


class _WithoutPandas:
    """Says that pandas is not installed, whether it is or not.

    The engine brings it along, and Arrow loads it to find out whether a list is one of its columns.
    No command has any, and loading it takes 0.2 to 0.4 s and 30 MB.
    """

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name=fullname)


def _readable() -> None:
    """Let no locale stand in the way: files and pipes are UTF-8, a terminal shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _close_output() -> None:
    """Keep the interpreter from complaining at its end about what cannot be written any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run() -> None:
    try:
        from overheal.cli.app import app  # noqa: PLC0415 - the base install lacks what it needs
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("overheal"):
            raise
        sys.stderr.write(
            f"overheal: {error.name} is not installed; the commands need: "
            "pip install 'overheal[embedded]'\n"
        )
        sys.exit(1)
    from overheal.errors import OverhealError  # noqa: PLC0415

    try:
        app()
    except OverhealError as error:
        _say(error)
        sys.exit(1)
    except SystemExit as error:
        # Typer makes an exit of its own of an interrupt that no command took.
        interrupt = error.__context__ and error.__context__.__cause__
        if isinstance(interrupt, KeyboardInterrupt):
            raise interrupt from None
        raise


def _say(error: Exception) -> None:
    from overheal.report.words import clean  # noqa: PLC0415

    sys.stderr.write(f"overheal: {clean(str(error))}\n")
