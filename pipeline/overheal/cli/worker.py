"""`overheal worker`: the command and its options."""

from __future__ import annotations

from typing import Annotated

import typer

from overheal.cli.needed import kafka_part

WORKER_EPILOG = """Examples:

  overheal worker --config overheal.toml --catalog services.toml

  OVERHEAL_KAFKA__BOOTSTRAP=kafka:9092 overheal worker --config overheal.toml

As many as there are partitions share the work. SIGTERM stores and commits what was read, a second
one stops at once; SIGHUP reads configuration and catalog again."""


def worker_command(
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    catalog: Annotated[
        str | None, typer.Option(metavar="FILE", help="Service catalog, TOML or YAML.")
    ] = None,
) -> None:
    """Judge the events of Kafka and store them in ClickHouse, nothing lost and nothing twice."""
    kafka_part("overheal.run.worker.wiring").work(config, catalog)
