"""`overheal detectors`: what overheal looks for, and with which settings."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from overheal.cli.findings import known_detector
from overheal.cli.options import As
from overheal.cli.terminal import wants_color, width
from overheal.detect import registry
from overheal.report.detectors import described, render_list, render_one
from overheal.run import config as configuration

DETECTORS_EPILOG = """Examples:

  overheal detectors

  overheal detectors thrashing --config overheal.toml

  overheal detectors --output json | jq '.[].name'"""


def detectors_command(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Tell all about one detector.")
    ] = None,
    config: Annotated[
        str | None, typer.Option(metavar="FILE", help="Settings, TOML: what holds with them.")
    ] = None,
    output: Annotated[As, typer.Option("--output", "-o", help="What to write.")] = As.TEXT,
) -> None:
    """List the detectors, what each asks, and the settings that hold."""
    names = registry.names() if name is None else [known_detector(name)]
    settings = configuration.load(config, None, os.environ).settings
    documents = described(names, settings)
    if output is As.JSON:
        typer.echo(json.dumps(documents if name is None else documents[0], indent=1))
    elif name is None:
        sys.stdout.write(render_list(documents, width=width(), color=wants_color()))
    else:
        sys.stdout.write(render_one(documents[0], width=width(), color=wants_color()))
