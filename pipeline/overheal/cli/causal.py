"""`overheal causal`: what led to something, what it led to, and who changed what before."""

from __future__ import annotations

import enum
import json
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

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
from overheal.cli.terminal import wants_color, width
from overheal.cli.usage import usage
from overheal.report.causal.answer import render_answer
from overheal.run import asking
from overheal.run.asking import Answer, Span
from overheal.run.catalogs import catalog_of
from overheal.run.causes import tree_of
from overheal.run.moments import back, between, span_of
from overheal.run.stored import stored
from overheal.state.words import clock
from overheal.store import Store

OF_EPILOG = """Examples:

  overheal causal action-7f3 --store ./store

  overheal causal cascade-1a2b --server http://clickhouse:8123/overheal --output html --out map.html

  overheal causal e-17 --config overheal.toml --related --output json | jq .roots

  overheal causal e-17 --store ./store --related --catalog catalog.toml

The beginning of an id is enough where only one thing's begins so."""


LAST_WRITER_EPILOG = """Examples:

  overheal causal last-writer checkout replicas --store ./store

  overheal causal last-writer shop/checkout replicas --at 2026-03-02T02:17:00Z --config overheal.toml"""  # noqa: E501 - the terminal wraps it

VALUES_EPILOG = """Examples:

  overheal causal values checkout replicas --store ./store

  overheal causal values shop/checkout image --since 7d --output json --config overheal.toml"""

BEFORE_EPILOG = """Examples:

  overheal causal before checkout --at 2026-03-02T02:17:00Z --store ./store

  overheal causal before shop/checkout --within 30m --config overheal.toml"""

SIMILAR_EPILOG = """Examples:

  overheal causal similar e-17 --store ./store

  overheal causal similar cascade-1a2b --config overheal.toml --output json

Chains are alike that began with the same kind of action by the same agent."""


class AskedByDefault(TyperGroup):
    """A group whose first word may also be an id: then it is asked what led to that."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the command `of` before anything that is none."""
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["of", *args]
        return super().parse_args(ctx, args)


causal_app = typer.Typer(
    name="causal",
    cls=AskedByDefault,
    help="What led to an event, an action or a finding, and what it led to: overheal causal ID. "
    "And questions about who changed what.",
    epilog=OF_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class TreeAs(enum.StrEnum):
    """What a tree can be written as."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"
    HTML = "html"


AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="At which moment: RFC 3339, or 2h; default: now."),
]
CatalogOption = Annotated[
    Path | None,
    typer.Option(
        "--catalog", metavar="FILE", help="The catalog; default: what the store was told."
    ),
]
TargetArgument = Annotated[
    str, typer.Argument(metavar="TARGET", help="The target: name, or namespace/name.")
]
FieldArgument = Annotated[str, typer.Argument(metavar="FIELD", help="Its field, like replicas.")]
IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="An event's, action's, finding's id.")
]


@causal_app.command("of", epilog=OF_EPILOG)
def of_command(  # noqa: PLR0917 - typer reads the options from the arguments
    ident: IdArgument,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    related: Annotated[
        bool,
        typer.Option("--related", help="Also what is related and no cause, and who owns what."),
    ] = False,
    catalog: CatalogOption = None,
    output: Annotated[TreeAs, typer.Option("--output", "-o", help="What to write.")] = TreeAs.TEXT,
    out: OutOption = None,
) -> None:
    """Show what led to something, up to its roots, and everything it led to."""
    from overheal.report.causal.document import causal_document  # noqa: PLC0415 - pydantic is slow
    from overheal.report.causal.page import render_map  # noqa: PLC0415 - jinja is slow
    from overheal.report.causal.text import render_dot, render_tree  # noqa: PLC0415

    owners = catalog_of(catalog)
    with stored(store, server, config) as opened:
        tree = tree_of(opened, ident, related=related, catalog=owners)
    if output is TreeAs.JSON:
        text = causal_document(tree).model_dump_json(indent=1) + "\n"
    elif output is TreeAs.DOT:
        text = render_dot(tree)
    elif output is TreeAs.HTML:
        text = render_map(tree)
    else:
        text = render_tree(tree, width=width(), color=wants_color(to_file=out is not None))
    write_text(text, out)


@causal_app.command("last-writer", epilog=LAST_WRITER_EPILOG)
def last_writer_command(  # noqa: PLR0917
    target: TargetArgument,
    field: FieldArgument,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    at: AtOption = None,
    now: NowOption = None,
    output: OutputOption = As.TEXT,
    out: OutOption = None,
) -> None:
    """Tell who wrote a field last, at a time."""
    moment = _at(at, now)
    with stored(store, server, config) as opened:
        answer = asking.last_writer(opened, target, field, moment)
    _say(answer, output, out, f"nobody is known to have written {field} of {target} until then")


@causal_app.command("values", epilog=VALUES_EPILOG)
def values_command(  # noqa: PLR0917
    target: TargetArgument,
    field: FieldArgument,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    now: NowOption = None,
    output: OutputOption = As.TEXT,
    out: OutOption = None,
) -> None:
    """Show the values of a field over time, the latest first."""
    span = span_of_options(since, until, now)
    with stored(store, server, config) as opened:
        answer = asking.values(opened, target, field, span)
    _say(answer, output, out, f"nobody is known to have written {field} of {target} in that time")


@causal_app.command("before", epilog=BEFORE_EPILOG)
def before_command(  # noqa: PLR0917
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Full or short name.")],
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    at: AtOption = None,
    within: Annotated[
        str, typer.Option("--within", metavar="SPAN", help="How long before: 30m, 2h.")
    ] = "2h",
    now: NowOption = None,
    output: OutputOption = As.TEXT,
    out: OutOption = None,
) -> None:
    """List what changed on a service and in its scope before a time."""
    moment, length = _at(at, now), span_of(within)
    if length is None:
        raise typer.BadParameter(f"{within!r} is no span like 30m or 2h", param_hint="--within")
    with stored(store, server, config) as opened:
        answer = asking.changed_before(opened, service, moment, length)
    _say(answer, output, out, f"nothing is known to have changed in {within} before then")


@causal_app.command("similar", epilog=SIMILAR_EPILOG)
def similar_command(  # noqa: PLR0917
    ident: IdArgument,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    output: OutputOption = As.TEXT,
    out: OutOption = None,
) -> None:
    """List earlier chains that began alike, the most alike first."""
    with stored(store, server, config) as opened:
        answer = asking.similar(opened, ident)
        tell_behind(opened)
    _say(answer, output, out, "no other chain began like that")


def _spanned(name: str, nothing: str, told: str) -> None:
    """Add a question about a span of time, of one service or of all."""
    ask = {"overrode": asking.overrode, "pages": asking.to_pages, "together": asking.together}[name]

    def command(  # noqa: PLR0917
        store: StoreOption = None,
        server: ServerOption = None,
        config: ConfigOption = None,
        service: ServiceOption = "",
        since: SinceOption = None,
        until: UntilOption = None,
        now: NowOption = None,
        output: OutputOption = As.TEXT,
        out: OutOption = None,
    ) -> None:
        span = span_of_options(since, until, now)
        with stored(store, server, config) as opened:
            answer = ask(opened, service, span)
            tell_behind(opened)
        _say(answer, output, out, nothing)

    epilog = (
        f"Examples:\n\n  overheal causal {name} --store ./store\n\n"
        f"  overheal causal {name} --service shop/checkout --since 7d --config overheal.toml"
    )
    causal_app.command(name, help=f"{told}.", epilog=epilog)(command)


_spanned(
    "overrode",
    "nobody overrode anybody in that time",
    "Tell which agent overrode which other's values",
)
_spanned(
    "pages",
    "no chain that is known ended in a page in that time",
    "List chains of actions that ended in a page",
)
_spanned(
    "together", "no services recovered together in that time", "List services that recover together"
)


def span_of_options(since: str | None, until: str | None, now: str | None) -> Span:
    """Return the span that options name; raises a usage error where it ends before it begins."""
    with usage():
        present = the_present(now)
        return Span(*between(since, until, present))


def tell_behind(store: Store) -> None:
    """Say on stderr what an answer lacks since this user may only read."""
    until = store.settled_until
    if until is not None:
        lacks = f"causes told since {clock(until)} are" if until else "causes are"
        typer.echo(
            f"overheal: this user may only read, so that {lacks} not in this answer; they are "
            "once a user who may also write asks, or the fleet stage runs",
            err=True,
        )


def _at(at: str | None, now: str | None) -> int:
    with usage():
        present = the_present(now)
        found = back("--at", at, present)
    return present if found is None else found


def _say(answer: Answer, output: As, out: Path | None, nothing: str) -> None:
    if output is As.JSON:
        text = json.dumps(answer.records(), indent=1, ensure_ascii=False) + "\n"
    else:
        text = render_answer(answer.columns, answer.rows, nothing=nothing, width=width())
    write_text(text, out)
