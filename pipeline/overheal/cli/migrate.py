"""`overheal migrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from overheal.run.migrate import migrate

MIGRATE_EPILOG = """Examples:

  overheal migrate --config overheal.toml

  OVERHEAL_STORE__PASSWORD=... overheal migrate --server https://clickhouse:8443/overheal

  overheal migrate --config overheal.toml --retention-days 730"""


def migrate_command(
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="ClickHouse server and database; default: [store] server."
        ),
    ] = None,
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    retention_days: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Let events expire N days after they were received, at least 90; default: as it "
            "is, 400 for a new store.",
        ),
    ] = None,
) -> None:
    """Make a ClickHouse server's database and tables, or bring them to this version."""
    done = migrate(config, server, retention_days, _waiting)
    if done.applied:
        numbers = ", ".join(map(str, done.applied))
        typer.echo(f"{done.store}: applied {numbers}")
    else:
        typer.echo(f"{done.store}: nothing to apply")


def _waiting(text: str) -> None:
    typer.echo(f"overheal: {text}", err=True)
