"""`overheal report review`, `overheal review` and `overheal readiness`."""

from __future__ import annotations

import enum
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from overheal.cli.control import author, needed, told
from overheal.cli.options import (
    As,
    ConfigOption,
    NowOption,
    OutOption,
    ServerOption,
    StoreOption,
    the_present,
)
from overheal.cli.options import OutputOption as TextOrJson
from overheal.cli.output import Output, write_text
from overheal.cli.terminal import wants_color, width
from overheal.cli.usage import usage
from overheal.model import DAY
from overheal.report.review.page import render_page
from overheal.report.review.parts import Review, Written
from overheal.report.review.readiness import Readiness
from overheal.report.review.readiness_table import readiness_tables
from overheal.report.review.tables import PRINTED, SHOWN, Table, tables
from overheal.report.review.text import render_tables
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.run.moments import back, in_order, relative, rfc3339
from overheal.run.reviewing.asking import VERDICTS, Given, give, ready, reviewed
from overheal.run.stored import stored

if TYPE_CHECKING:
    from overheal.report.pictures import Picture

QUARTER = 90 * DAY

REPORT_EPILOG = """Examples:

  overheal report review --store ./store --catalog catalog.toml

  overheal report review --config overheal.toml --since 2026-07-01 --until 2026-10-01 --output html
  --out review.html

  overheal report review --store ./store --fail-on step-back

Without --catalog it is that by which the fleet judges, where the store knows it."""

REVIEW_EPILOG = """Examples:

  overheal review restart-4711 --by ada --verdict good --store ./store

  overheal review failover-9 --by bob --verdict bad --note "lost two writes" --config overheal.toml

The beginning of an id is enough where only one begins so. Nobody reviews their own doings."""

READINESS_EPILOG = """Examples:

  overheal readiness --store ./store --catalog catalog.toml

  overheal readiness --config overheal.toml --output html --out readiness.html

  overheal readiness --store ./store --catalog catalog.toml --service checkout --fail-on missing"""


class VerdictName(enum.StrEnum):
    """What somebody thinks of an action."""

    GOOD = "good"
    BAD = "bad"
    UNCLEAR = "unclear"


class ReviewFailOn(enum.StrEnum):
    """What of a review a pipeline can fail on."""

    STEP_BACK = "step-back"
    ZOMBIE = "zombie"


class ReadinessFailOn(enum.StrEnum):
    """What of readiness a pipeline can fail on; what is missing includes what contradicts."""

    MISSING = "missing"
    CONTRADICTS = "contradicts"


CatalogOption = Annotated[
    str | None, typer.Option("--catalog", metavar="FILE", help="Service catalog, TOML or YAML.")
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="What to write.")]


def report_review_command(  # noqa: PLR0917 - typer reads the options from the arguments
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    catalog: CatalogOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Its start: a time, 90d; default: 90d."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Its end; default: now.")
    ] = None,
    now: NowOption = None,
    output: OutputOption = Output.TEXT,
    out: OutOption = None,
    fail_on: Annotated[
        ReviewFailOn | None,
        typer.Option(
            "--fail-on",
            help="Exit with 3 when automation should step back, or a policy outlived its purpose.",
        ),
    ] = None,
) -> None:
    """Review a quarter: policies, declared against happened, and the evidence for autonomy."""
    with usage():
        present = the_present(now)
        end = back("--until", until, present) or present
        start = back("--since", since, present)
        start = max(0, end - QUARTER) if start is None else start
        in_order(start, end)
    settings = _settings(config, catalog)
    with stored(store, server, config) as opened:
        found = reviewed(opened, settings, start, end)
    title = f"Review of {found.window.since[:10]} to {found.window.until[:10]}"
    shown = tables(found, _most(output), _pictures(found) if output is Output.HTML else None)
    _write(found, title, shown, output, out)
    if (fail_on is ReviewFailOn.STEP_BACK and _steps_back(found)) or (
        fail_on is ReviewFailOn.ZOMBIE and any(row.zombie for row in found.policies.rows)
    ):
        raise typer.Exit(3)


def readiness_command(  # noqa: PLR0917 - typer reads the options from the arguments
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    catalog: CatalogOption = None,
    service: Annotated[
        str, typer.Option("--service", metavar="NAME", help="Only this one, full or short name.")
    ] = "",
    now: NowOption = None,
    output: OutputOption = Output.TEXT,
    out: OutOption = None,
    fail_on: Annotated[
        ReadinessFailOn | None,
        typer.Option("--fail-on", help="Exit with 3 when a service is not ready, or contradicted."),
    ] = None,
) -> None:
    """Show what is known of each service, and what must be before anything acts on it by itself."""
    with usage():
        present = the_present(now)
    settings = _settings(config, catalog)
    with stored(store, server, config) as opened:
        found = ready(opened, settings, present, service)
    _write(
        found,
        f"Readiness at {found.at[:16].replace('T', ' ')} UTC",
        readiness_tables(found),
        output,
        out,
    )
    against, all_ready = found.totals["contradicts"], found.totals["ready"] == found.totals["all"]
    if (fail_on is ReadinessFailOn.CONTRADICTS and against) or (
        fail_on is ReadinessFailOn.MISSING and not all_ready
    ):
        raise typer.Exit(3)


def review_command(  # noqa: PLR0917 - typer reads the options from the arguments
    action: Annotated[str, typer.Argument(metavar="ACTION", help="The id of an action.")],
    verdict: Annotated[
        VerdictName, typer.Option("--verdict", help=f"What they think: {', '.join(VERDICTS)}.")
    ],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who says so; default: your login.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, in one line.")] = "",
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
    output: TextOrJson = As.TEXT,
) -> None:
    """Say what you think of an action, as evidence for or against leaving it to automation."""
    with usage():
        who = needed("--by", by if by is not None else author(), "say who: --by NAME")
        why = told("--note", note.strip())
        at = the_present(now)
    with stored(store, server, config) as opened:
        given = give(opened, action, by=who, verdict=verdict, note=why, author=author(), now=at)
    typer.echo(_given_json(given) if output is As.JSON else _given_text(given, at))


def _most(output: Output) -> int:
    return SHOWN if output is Output.HTML else PRINTED


def _pictures(found: Review) -> dict[str, Picture]:
    from overheal.report.pictures import drawn  # noqa: PLC0415 - the renderer is slow to load
    from overheal.report.review.pictures import charts  # noqa: PLC0415

    return {key: drawn(chart, "review") for key, chart in charts(found).items()}


def _steps_back(found: Review) -> bool:
    return any(row.verdict == "step back" for row in found.gate.rows)


def _settings(config: str | None, catalog: str | None) -> Config:
    return configuration.load(config, catalog, os.environ)


def _write(
    found: Review | Readiness, title: str, shown: list[Table], output: Output, out: Path | None
) -> None:
    if output is Output.JSON:
        text = _json(found)
    elif output is Output.HTML:
        text = render_page(title, found.verdict, found.notes, shown)
    else:
        color = wants_color(to_file=out is not None)
        text = render_tables(title, found.verdict, found.notes, shown, width=width(), color=color)
    write_text(text, out)


def _json(found: Written) -> str:
    return json.dumps(found.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"


def _given_json(given: Given) -> str:
    document = {**msgspec.structs.asdict(given.review), "agent": given.agent, "new": given.new}
    times = {name: rfc3339(getattr(given.review, name)) for name in ("acted_at", "at")}
    return json.dumps({**document, **times}, indent=1)


def _given_text(given: Given, now: int) -> str:
    one = given.review
    what = f"{one.action_id} ({one.type} of {one.service or 'no service'} by {given.agent})"
    if not given.new:
        when = relative(one.at, now)
        return f"{what} was reviewed so by {one.by} at {when} already; nothing is new"
    said = f": {one.note}" if one.note else ""
    run = "a run by hand" if one.by_hand else "an automated run"
    return f"{what} reviewed as {one.verdict} by {one.by}{said}\n  it was {run}"
