"""`overheal label`: what people think of findings, and what no finding spoke of."""

from __future__ import annotations

import enum
import json
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from overheal.cli.control import ListOutput, OutputOption, author, counted, told
from overheal.cli.options import ConfigOption, NowOption, ServerOption, StoreOption, the_present
from overheal.cli.usage import usage
from overheal.clock import SystemClock
from overheal.report.words import clean
from overheal.run.labelling import label_finding, label_missed, remove_label
from overheal.run.moments import back, relative, rfc3339
from overheal.run.stored import stored
from overheal.store.labels import MISSED, Label

ABOUT = "finding"


class Labelling(TyperGroup):
    """Takes an id where a command could stand: `overheal label ID useful`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant; what is none of them is a finding's id."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [ABOUT, *args]
        return super().resolve_command(ctx, args)


FINDING_EPILOG = """Examples:

  overheal label recovery_frequency-1a2b3c useful --store ./store

  overheal label thrashing-77 noise --note "expected on Mondays" --config overheal.toml

The beginning of an id is enough where only one finding begins so. The last label counts."""

label_app = typer.Typer(
    name="label",
    cls=Labelling,
    help="Say whether a finding was useful or noise, or what was missed: `overheal backtest` "
    "weighs settings by it.",
    epilog=FINDING_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

MISSED_EPILOG = """Examples:

  overheal label missed --service shop/checkout --at 2026-11-20T20:50:00Z --store ./store

  overheal label missed --service checkout --at 2h --note INC-1234 --config overheal.toml"""

LIST_EPILOG = """Examples:

  overheal label list --store ./store

  overheal label list --server http://clickhouse:8123/overheal --output json"""

REMOVE_EPILOG = """Examples:

  overheal label remove missed-5f0c2a9d1b7e --store ./store"""


class Verdict(enum.StrEnum):
    """What a finding can be called."""

    USEFUL = "useful"
    NOISE = "noise"


NoteOption = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Why; one line.")]


@label_app.command(ABOUT, epilog=FINDING_EPILOG)
def finding_command(  # noqa: PLR0917 - typer reads the options from the arguments
    finding: Annotated[str, typer.Argument(metavar="ID", help="The finding's id.")],
    verdict: Annotated[Verdict, typer.Argument(metavar="VERDICT", help="What it was.")],
    note: NoteOption = None,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Label a finding; `finding` may be left out: overheal label ID useful."""
    with usage():
        said = told("--note", note or "")
    with stored(store, server, config) as opened:
        label, about = label_finding(
            opened, finding, verdict.value, note=said, author=author(), now=SystemClock().now()
        )
    typer.echo(clean(f"{label.id} is {label.verdict}: {about.summary}"))


@label_app.command(MISSED, epilog=MISSED_EPILOG)
def missed_command(  # noqa: PLR0917 - typer reads the options from the arguments
    service: Annotated[
        str, typer.Option("--service", metavar="NAME", help="Full name, or a short one that fits.")
    ],
    at: Annotated[
        str,
        typer.Option("--at", metavar="TIME", help="When somebody should have known: RFC 3339, 2h."),
    ],
    environment: Annotated[
        str | None, typer.Option("--environment", metavar="E", help="Only in this environment.")
    ] = None,
    note: NoteOption = None,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """Note that somebody should have been told, and no finding spoke of it."""
    with usage():
        present = the_present(now)
        said, when = told("--note", note or ""), back("--at", at, present) or 0
        with stored(store, server, config) as opened:
            label = label_missed(
                opened,
                service,
                when,
                environment=environment or "",
                note=said,
                author=author(),
                now=present,
            )
    typer.echo(clean(_line(label, present)))


@label_app.command("list", epilog=LIST_EPILOG)
def list_command(
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    output: OutputOption = ListOutput.TEXT,
) -> None:
    """List labels, the oldest first."""
    with stored(store, server, config) as opened:
        labels = opened.labels()
    if output is ListOutput.JSON:
        typer.echo(json.dumps([_document(label) for label in labels], indent=1))
        return
    typer.echo(counted(len(labels), "label"))
    for label in labels:
        typer.echo(clean(_line(label, SystemClock().now())))


@label_app.command("remove", epilog=REMOVE_EPILOG)
def remove_command(
    label: Annotated[str, typer.Argument(metavar="ID", help="Of the finding, or of what is list.")],
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Take a label back."""
    with stored(store, server, config) as opened:
        gone = remove_label(opened, label, author(), SystemClock().now())
    typer.echo(clean(f"{gone.id} is labelled {gone.verdict} no more"))


def _line(label: Label, now: int) -> str:
    what = f"{label.id}: {label.verdict}"
    if label.at is not None:
        what += f", {label.service} at {relative(label.at, now)}"
    by = f" by {label.author}" if label.author else ""
    return f"{what}{by}{f' ({label.note})' if label.note else ''}"


def _document(label: Label) -> dict[str, object]:
    return {
        "id": label.id,
        "verdict": label.verdict,
        "service": label.service or None,
        "environment": label.environment or None,
        "at": rfc3339(label.at),
        "note": label.note,
        "author": label.author,
        "noted_at": rfc3339(label.noted_at),
    }
