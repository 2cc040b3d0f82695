"""Options that cannot be, as errors of usage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

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
    """Say that Ctrl-C ended what is within, with what to do then, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        said = f"interrupted; {remedy}" if remedy else "interrupted"
        typer.echo(f"\noverheal: {said}", err=True)
        raise typer.Exit(130) from None
