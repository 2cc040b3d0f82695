"""`overheal topics create|check|add-partitions`."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated

import typer

from overheal.errors import ConfigError

topics_app = typer.Typer(
    name="topics",
    help="Make and check the Kafka topics that the configuration names.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ConfigOption = Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")]

CREATE_EPILOG = """Examples:

  overheal topics create --config overheal.toml

  OVERHEAL_KAFKA__BOOTSTRAP=kafka-1:9092 overheal topics create"""

CHECK_EPILOG = """Examples:

  overheal topics check --config overheal.toml

  overheal topics check --sample 10000"""

ADD_EPILOG = """Examples:

  overheal topics add-partitions overheal.events.v1 24

Every key may move to another partition, so nothing may be under way: stop ingest, let the worker
finish, stop the worker, add, start both."""


@topics_app.command("create", epilog=CREATE_EPILOG)
def create_command(config: ConfigOption = None) -> None:
    """Make the topics that are missing; leave the others as they are."""
    differs = False
    for made in _topics().create(config):
        typer.echo(f"{made.state:<8} {made.topic}")
        for problem in made.problems:
            differs = True
            typer.echo(f"overheal: {problem}", err=True)
    if differs:
        raise typer.Exit(1)


@topics_app.command("check", epilog=CHECK_EPILOG)
def check_command(
    config: ConfigOption = None,
    sample: Annotated[
        int, typer.Option(min=0, help="How many of the newest events to look at; 0: none.")
    ] = 1000,
) -> None:
    """Say where topics are not as they must be; exit with 1 if anywhere."""
    problems = _topics().check(config, sample)
    for problem in problems:
        typer.echo(f"overheal: {problem}", err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo("all topics are as they must be")


@topics_app.command("add-partitions", epilog=ADD_EPILOG)
def add_partitions_command(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The topic's full name.")],
    count: Annotated[int, typer.Argument(min=1, metavar="COUNT", help="Partitions in total.")],
    config: ConfigOption = None,
) -> None:
    """Give a topic more partitions, if everything in it has been consumed and nobody reads it."""
    _topics().add_partitions(config, topic, count)
    typer.echo(f"{topic} has {count} partitions")


def _topics() -> ModuleType:
    try:
        from overheal.run import topics  # noqa: PLC0415 - other commands run without the driver
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{error.name} is not installed; this command needs: pip install 'overheal[kafka]'"
        ) from None
    return topics
