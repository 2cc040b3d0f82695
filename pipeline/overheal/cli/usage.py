"""Options that cannot be, as errors of usage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from overheal.cli.ending import exit_code, told
from overheal.errors import OptionError


@contextmanager
def usage() -> Iterator[None]:
    """Turn an option that cannot be into an error of usage, which exits with 2."""
    try:
        yield
    except OptionError as error:
        raise typer.BadParameter(error.text, param_hint=error.option) from None


@contextmanager
def told_if_interrupted(remedy: str = "") -> Iterator[None]:
    """Say that Ctrl-C or a signal ended what is within, and what to do then; exit as that asks."""
    try:
        yield
    except KeyboardInterrupt as error:
        typer.echo(f"\n{told(error, remedy)}", err=True)
        raise typer.Exit(exit_code(error)) from None
