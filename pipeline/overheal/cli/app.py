"""The commands and their options; what they do is in `run`."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

import overheal
from overheal.adapters.registry import format_names
from overheal.cli.ack import ACK_EPILOG, ack_command
from overheal.cli.audit import AUDIT_EPILOG, audit_command
from overheal.cli.backtest import BACKTEST_EPILOG, backtest_command
from overheal.cli.causal import causal_app
from overheal.cli.check_config import EPILOG as CHECK_CONFIG_EPILOG
from overheal.cli.check_config import check_config_command
from overheal.cli.dead_letters import dead_letters_app
from overheal.cli.detectors import EPILOG as DETECTORS_EPILOG
from overheal.cli.detectors import detectors_command
from overheal.cli.drill import drill_app
from overheal.cli.erase import EPILOG as ERASE_EPILOG
from overheal.cli.erase import erase_command
from overheal.cli.expect import expect_app
from overheal.cli.export import (
    EXPORT_EPILOG,
    IMPORT_EPILOG,
    export_command,
    import_command,
)
from overheal.cli.findings import findings_app
from overheal.cli.fleet import FLEET_EPILOG, fleet_command
from overheal.cli.ingest import INGEST_EPILOG, ingest_command
from overheal.cli.kpis import KPIS_EPILOG, SERVICES_EPILOG, kpis_command, services_command
from overheal.cli.label import label_app
from overheal.cli.map import MAP_EPILOG, map_command
from overheal.cli.migrate import EPILOG as MIGRATE_EPILOG
from overheal.cli.migrate import migrate_command
from overheal.cli.options import OutOption
from overheal.cli.output import Output, write
from overheal.cli.progress import DeadLetterLines, Progress
from overheal.cli.report import report_app
from overheal.cli.report_review import (
    READINESS_EPILOG,
    REVIEW_EPILOG,
    readiness_command,
    review_command,
)
from overheal.cli.sql import EPILOG as SQL_EPILOG
from overheal.cli.sql import sql_command
from overheal.cli.store import store_app
from overheal.cli.topics import topics_app
from overheal.cli.usage import usage
from overheal.cli.worker import WORKER_EPILOG, worker_command
from overheal.clock import SystemClock
from overheal.recording import FILES, RECORDED_UNTIL
from overheal.report.document import Report
from overheal.run.analyze import Request, analyze
from overheal.run.moments import moment

app = typer.Typer(
    name="overheal",
    help="Finds what successful automation hides: recoveries that mask a failure, fields that "
    "thrash, agents that undo each other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ANALYZE_EPILOG = """Examples:

  kubectl get events -A -o json | overheal analyze -

  overheal analyze events.jsonl.gz deployments.jsonl --output html --out report.html

  overheal analyze history/*.jsonl --store ./store --fail-on critical"""

DEMO_EPILOG = """Examples:

  overheal demo

  overheal demo --output html --out overheal.html"""


class FailOn(enum.StrEnum):
    """The tiers that a pipeline can fail on."""

    ACTIONABLE = "actionable"
    CRITICAL = "critical"


Format = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="FORMAT", help=f"Insist on a format: {', '.join(format_names())}."
    ),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="What to write.")]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option("--fail-on", help="Exit with 3 when a finding reaches this tier."),
]


@app.callback(invoke_without_command=True)
def overheal_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Take the options that stand before any command."""
    if version:
        typer.echo(f"overheal {overheal.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command("analyze", epilog=ANALYZE_EPILOG)
def analyze_command(  # noqa: PLR0917 - typer reads the options from the arguments
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files to read together; - is stdin.")
    ],
    insist: Format = None,
    catalog: Annotated[
        str | None, typer.Option(metavar="FILE", help="Service catalog, TOML or YAML.")
    ] = None,
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep everything in an embedded ClickHouse here."),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The present, RFC 3339; default: the last event."),
    ] = None,
    output: OutputOption = Output.TEXT,
    out: OutOption = None,
    fail_on: FailOnOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when any record is refused.")
    ] = False,
) -> None:
    """Judge recorded events: canonical JSON, or what kubectl prints, gzipped or not."""
    if insist is not None and insist not in format_names():
        raise typer.BadParameter(
            f"no format is called {insist!r}; there are {', '.join(format_names())}",
            param_hint="--from",
        )
    request = Request(
        paths=files,
        insist=insist,
        config=config,
        catalog=catalog,
        store=store,
        now=_present(now),
    )
    _run(request, output, out, fail_on, strict=strict)


@app.command("demo", epilog=DEMO_EPILOG)
def demo_command(
    output: OutputOption = Output.TEXT,
    out: OutOption = None,
    fail_on: FailOnOption = None,
) -> None:
    """Judge forty recorded minutes of a real Kubernetes control plane."""
    request = Request(paths=[str(path) for path in FILES], now=_present(RECORDED_UNTIL))
    _run(request, output, out, fail_on, strict=False)


app.command("ingest", epilog=INGEST_EPILOG)(ingest_command)
app.command("worker", epilog=WORKER_EPILOG)(worker_command)
app.command("fleet", epilog=FLEET_EPILOG)(fleet_command)
app.command("audit", epilog=AUDIT_EPILOG)(audit_command)
app.command("map", epilog=MAP_EPILOG)(map_command)
app.command("backtest", epilog=BACKTEST_EPILOG)(backtest_command)
app.command("migrate", epilog=MIGRATE_EPILOG)(migrate_command)
app.command("check-config", epilog=CHECK_CONFIG_EPILOG)(check_config_command)
app.command("detectors", epilog=DETECTORS_EPILOG)(detectors_command)
app.command("erase", epilog=ERASE_EPILOG)(erase_command)
app.command("export", epilog=EXPORT_EPILOG)(export_command)
app.command("import", epilog=IMPORT_EPILOG)(import_command)
app.command("sql", epilog=SQL_EPILOG)(sql_command)
app.add_typer(causal_app, name="causal")
app.command("ack", epilog=ACK_EPILOG)(ack_command)
app.command("review", epilog=REVIEW_EPILOG)(review_command)
app.command("readiness", epilog=READINESS_EPILOG)(readiness_command)
app.command("kpis", epilog=KPIS_EPILOG)(kpis_command)
app.command("services", epilog=SERVICES_EPILOG)(services_command)
app.add_typer(findings_app, name="findings")
app.add_typer(store_app, name="store")
app.add_typer(topics_app, name="topics")
app.add_typer(dead_letters_app, name="dead-letters")
app.add_typer(expect_app, name="expect")
app.add_typer(drill_app, name="drill")
app.add_typer(label_app, name="label")
app.add_typer(report_app, name="report")


def _run(
    request: Request, output: Output, out: Path | None, fail_on: FailOn | None, *, strict: bool
) -> None:
    letters = DeadLetterLines(sys.stderr)
    with Progress(sys.stderr) as progress:
        analysis = analyze(request, SystemClock(), letters, progress)
    letters.close()
    write(analysis.report, output, out)
    for problem in analysis.problems:
        typer.echo(f"overheal: {problem}", err=True)
    if analysis.interrupted:
        raise typer.Exit(130)
    if analysis.problems or (strict and letters.count):
        raise typer.Exit(1)
    if fail_on is not None and _reaches(analysis.report, fail_on):
        raise typer.Exit(3)


def _reaches(report: Report, tier: FailOn) -> bool:
    loud = {"critical"} if tier is FailOn.CRITICAL else {"critical", "actionable"}
    return any(finding.tier in loud for finding in report.findings)


def _present(text: str | None) -> int | None:
    if text is None:
        return None
    with usage():
        return moment("--now", text)
