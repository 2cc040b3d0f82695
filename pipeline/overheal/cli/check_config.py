"""`overheal check-config`."""

from __future__ import annotations

from typing import Annotated

import typer

from overheal.run.check_config import Checked, check_config

CHECK_CONFIG_EPILOG = """Examples:

  overheal check-config --config overheal.toml --catalog services.toml

  OVERHEAL_KAFKA__BOOTSTRAP=kafka-1:9092 overheal check-config"""


def check_config_command(
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    catalog: Annotated[
        str | None, typer.Option(metavar="FILE", help="Service catalog, TOML or YAML.")
    ] = None,
) -> None:
    """Read the configuration and try everything it names; exit with 1 if anything fails."""
    failed = False
    for checked in check_config(config, catalog):
        failed = failed or not checked.fine
        typer.echo(f"{_word(checked):<6} {checked.what}: {checked.text}")
    if failed:
        raise typer.Exit(1)


def _word(checked: Checked) -> str:
    if checked.warns:
        return "look"
    return "ok" if checked.fine else "FAILS"
