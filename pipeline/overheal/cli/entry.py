"""The `overheal` command: starts the application, and turns errors into sentences.

Exit codes: 0 fine, 1 error, 2 usage, 3 `--fail-on` reached, 130 interrupted.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; never shows a traceback for an error that overheal foresees."""
    try:
        _run()
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.stderr.write("\noverheal: interrupted\n")
        sys.exit(130)


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


def _say(error: Exception) -> None:
    from overheal.report.words import clean  # noqa: PLC0415

    sys.stderr.write(f"overheal: {clean(str(error))}\n")
