"""`overheal ingest`: the command and its options."""

from __future__ import annotations

from typing import Annotated

import typer

from overheal.cli.needed import kafka_part

INGEST_EPILOG = """Examples:

  overheal ingest --config overheal.toml --catalog services.toml

  OVERHEAL_KAFKA__BOOTSTRAP=kafka:9092 overheal ingest

SIGTERM finishes what was begun and commits, a second one stops at once; SIGHUP reads configuration
and catalog again."""


def ingest_command(
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    catalog: Annotated[
        str | None, typer.Option(metavar="FILE", help="Service catalog, TOML or YAML.")
    ] = None,
) -> None:
    """Turn what producers wrote to Kafka, in any format, into canonical events keyed by scope."""
    kafka_part("overheal.run.ingest.wiring").ingest(config, catalog)
