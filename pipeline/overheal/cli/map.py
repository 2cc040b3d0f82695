"""`overheal map`: agents, fields and services of a scope."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from overheal.cli.causal import (
    CatalogOption,
    span_of_options,
    tell_behind,
)
from overheal.cli.options import (
    ConfigOption,
    NowOption,
    OutOption,
    ServerOption,
    SinceOption,
    StoreOption,
    UntilOption,
)
from overheal.cli.output import write_text
from overheal.cli.terminal import width
from overheal.run.catalogs import catalog_of
from overheal.run.mapping import service_map
from overheal.run.stored import stored

MAP_EPILOG = """Examples:

  overheal map --store ./store

  overheal map shop --config overheal.toml --output html --out shop.html

  overheal map --store ./store --catalog catalog.toml

  overheal map shop --store ./store --output json --no-counts > map.json && git diff --exit-code

Without counts the JSON changes only when who writes what does, so that it can be compared in CI."""


class MapAs(enum.StrEnum):
    """What a map can be written as."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def map_command(  # noqa: PLR0917 - typer reads the options from the arguments
    scope: Annotated[
        str, typer.Argument(metavar="SCOPE", help="A scope or a service; default: everything.")
    ] = "",
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    catalog: CatalogOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    now: NowOption = None,
    counts: Annotated[
        bool, typer.Option("--counts/--no-counts", help="How often and when last (JSON).")
    ] = True,
    output: Annotated[MapAs, typer.Option("--output", "-o", help="What to write.")] = MapAs.TEXT,
    out: OutOption = None,
) -> None:
    """Show who writes which fields of a scope, and which services depend on which.

    Dependencies are those that were seen and those of the catalog, each told apart.
    """
    from overheal.report.causal import who  # noqa: PLC0415 - jinja is slow

    span = span_of_options(since, until, now)
    needs = catalog_of(catalog)
    with stored(store, server, config) as opened:
        found = service_map(opened, scope, span, needs)
        tell_behind(opened)
    if output is MapAs.JSON:
        text = who.render_map_json(found, counts=counts)
    elif output is MapAs.HTML:
        text = who.render_map_page(found)
    else:
        text = who.render_map_text(found, width=width())
    write_text(text, out)
