"""`overheal fleet`: the command and its options."""

from __future__ import annotations

from typing import Annotated

import typer

from overheal.cli.needed import kafka_part

FLEET_EPILOG = """Examples:

  overheal fleet --config overheal.toml --catalog services.toml

  OVERHEAL_KAFKA__BOOTSTRAP=kafka:9092 overheal fleet --config overheal.toml

One acts, any others stand by and take over. It judges by the rules that the workers tell it;
its own configuration says where everything is."""


def fleet_command(
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    catalog: Annotated[
        str | None, typer.Option(metavar="FILE", help="Service catalog, TOML or YAML.")
    ] = None,
) -> None:
    """Judge what crosses scopes: agents in conflict over many targets, and what explains what."""
    kafka_part("overheal.run.fleet.wiring").fleet(config, catalog)
