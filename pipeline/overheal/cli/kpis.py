"""`overheal kpis` and `overheal services`: numbers over a span of time."""

from __future__ import annotations

import enum
import json
import sys
from typing import Annotated

import typer

from overheal.cli.options import (
    As,
    ConfigOption,
    NowOption,
    OutOption,
    OutputOption,
    ServerOption,
    ServiceOption,
    SinceOption,
    StoreOption,
    UntilOption,
    the_present,
)
from overheal.cli.output import write_text
from overheal.cli.progress import Progress
from overheal.cli.terminal import wants_color, width
from overheal.cli.usage import usage
from overheal.report.kpi.text import render_kpis, render_services
from overheal.run.kpis import asked, kpi_document, services_document
from overheal.run.stored import stored

KPIS_EPILOG = """Examples:

  overheal kpis --store ./store

  overheal kpis --config overheal.toml --service checkout --since 7d --compare previous

  overheal kpis --server http://clickhouse:8123/overheal --as-of 2026-11-01T00:00:00Z -o json

docs/kpis.md has the formula of each. Unknown is not success: an outcome that nobody told is outside
the rate and stands beside it."""

SERVICES_EPILOG = """Examples:

  overheal services --store ./store

  overheal services --config overheal.toml --since 7d --output json"""


class Compare(enum.StrEnum):
    """What a span can be compared with."""

    PREVIOUS = "previous"


EnvironmentOption = Annotated[
    str, typer.Option("--environment", metavar="NAME", help="Only this environment.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Count what was known then; default: now."),
]


def kpis_command(  # noqa: PLR0917 - typer reads the options from the arguments
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    service: ServiceOption = "",
    environment: EnvironmentOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    now: NowOption = None,
    as_of: AsOfOption = None,
    compare: Annotated[
        Compare | None, typer.Option("--compare", help="Beside it, the span just before.")
    ] = None,
    output: OutputOption = As.TEXT,
    out: OutOption = None,
) -> None:
    """Show how well automation recovers, what it hides, and what the numbers rest on."""
    with usage():
        what = asked(the_present(now), since, until, as_of, (service, environment))
    with stored(store, server, config) as opened, Progress(sys.stderr, "settling") as progress:
        document = kpi_document(opened, what, progress, compare=compare is not None)
    if output is As.JSON:
        text = json.dumps(document.model_dump(mode="json"), indent=1) + "\n"
    else:
        text = render_kpis(document, width=width(), color=wants_color(to_file=out is not None))
    write_text(text, out)


def services_command(  # noqa: PLR0917 - typer reads the options from the arguments
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    service: ServiceOption = "",
    environment: EnvironmentOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    now: NowOption = None,
    output: OutputOption = As.TEXT,
    out: OutOption = None,
) -> None:
    """List services by how often automation recovers them, with owner, trend and last finding."""
    with usage():
        moment = the_present(now)
        what = asked(moment, since, until, None, (service, environment))
    with stored(store, server, config) as opened, Progress(sys.stderr, "settling") as progress:
        document = services_document(opened, what, told=progress)
    if output is As.JSON:
        text = json.dumps(document.model_dump(mode="json"), indent=1) + "\n"
    else:
        color = wants_color(to_file=out is not None)
        text = render_services(document, now=moment, width=width(), color=color)
    write_text(text, out)
