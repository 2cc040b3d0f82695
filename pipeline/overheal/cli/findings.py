"""`overheal findings`: what was found, and one finding explained."""

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
    OutputOption,
    ServerOption,
    StoreOption,
    the_present,
)
from overheal.cli.terminal import wants_color, width
from overheal.cli.usage import usage
from overheal.contract.refusal import nearest
from overheal.detect import registry
from overheal.report.explained import render_explained, render_findings
from overheal.run.found import Choice, chosen, explained
from overheal.run.moments import back
from overheal.run.stored import stored

findings_app = typer.Typer(
    name="findings",
    help="Look at what was found, and have one finding explained.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

LIST_EPILOG = """Examples:

  overheal findings list --store ./store

  overheal findings list --config overheal.toml --tier critical --status open

  overheal findings list --server http://clickhouse:8123/overheal --since 7d --output json"""

SHOW_EPILOG = """Examples:

  overheal findings show masked_degradation-1a2b3c --store ./store

  overheal findings show thrashing-77 --config overheal.toml --output json | jq .evidence

The beginning of an id is enough where only one finding begins so."""


class TierName(enum.StrEnum):
    """The tiers, loudest first."""

    CRITICAL = "critical"
    ACTIONABLE = "actionable"
    INFORMATIONAL = "informational"


class StatusName(enum.StrEnum):
    """Where a finding can be in its life."""

    OPEN = "open"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"


@findings_app.command("list", epilog=LIST_EPILOG)
def list_command(  # noqa: PLR0917 - typer reads the options from the arguments
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    tier: Annotated[TierName | None, typer.Option("--tier", help="Only this tier.")] = None,
    status: Annotated[
        StatusName | None,
        typer.Option("--status", help="Only this status, withdrawn ones too."),
    ] = None,
    detector: Annotated[
        str | None, typer.Option("--detector", metavar="NAME", help="Only of this detector.")
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Only about this service.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only what lasted until then: 30m, 2h, 7d."),
    ] = None,
    now: NowOption = None,
    output: OutputOption = As.TEXT,
) -> None:
    """List findings, loudest first, each beneath the one that explains it."""
    if detector is not None:
        known_detector(detector)
    with usage():
        present = the_present(now)
        start = back("--since", since, present) or 0
    choice = Choice(detector or "", tier or "", status or "", service or "", start)
    with stored(store, server, config) as opened:
        found = chosen(opened, choice)
    if output is As.JSON:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=1))
    else:
        sys.stdout.write(render_findings(found, now=present, width=width(), color=wants_color()))


@findings_app.command("show", epilog=SHOW_EPILOG)
def show_command(  # noqa: PLR0917 - typer reads the options from the arguments
    finding: Annotated[str, typer.Argument(metavar="ID", help="The finding's id.")],
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
    output: OutputOption = As.TEXT,
) -> None:
    """Explain one finding to somebody who was asleep."""
    with usage():
        present = the_present(now)
    with stored(store, server, config) as opened:
        told = explained(opened, finding)
    if output is As.JSON:
        document = told.finding.model_dump(mode="json")
        document["explains"] = [one.id for one in told.beneath]
        typer.echo(json.dumps(document, indent=1))
        return
    text = render_explained(
        told.finding,
        told.root,
        told.beneath,
        now=present,
        width=width(),
        color=wants_color(),
    )
    sys.stdout.write(text)


def known_detector(name: str) -> str:
    """Return the name of a detector; raises `typer.BadParameter` naming the nearest."""
    names = registry.names()
    if name not in names:
        near = nearest(name, names)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(names)}"
        raise typer.BadParameter(f"no detector is called {name!r}; {hint}")
    return name
