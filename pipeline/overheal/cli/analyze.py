"""`overheal analyze` and `overheal demo`: recorded events, judged."""

from __future__ import annotations

import enum
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from overheal.adapters.registry import format_names
from overheal.cli.options import OutOption
from overheal.cli.output import Output, write
from overheal.cli.progress import DeadLetterLines, Progress
from overheal.cli.usage import told_if_interrupted, usage
from overheal.clock import SystemClock
from overheal.recording import FILES, RECORDED_UNTIL
from overheal.report.document import Report
from overheal.run.analyze import Request, analyze
from overheal.run.moments import moment

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


def analyze_command(  # noqa: PLR0917 - typer reads the options from the arguments
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files to read together; - is stdin.")
    ],
    insist: Format = None,
    catalog: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Service catalog, TOML or YAML; default: the one that the --store was told last.",
        ),
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


def demo_command(
    output: OutputOption = Output.TEXT,
    out: OutOption = None,
    fail_on: FailOnOption = None,
) -> None:
    """Judge forty recorded minutes of a real Kubernetes control plane."""
    request = Request(paths=[str(path) for path in FILES], now=_present(RECORDED_UNTIL))
    _run(request, output, out, fail_on, strict=False)


def _run(
    request: Request, output: Output, out: Path | None, fail_on: FailOn | None, *, strict: bool
) -> None:
    letters = DeadLetterLines(sys.stderr)
    remedy = "run it again: what is stored already counts once" if request.store else ""
    with told_if_interrupted(remedy), Progress(sys.stderr) as progress:
        analysis = analyze(request, SystemClock(), letters, progress, _say_at_once)
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


def _say_at_once(text: str) -> None:
    """Say something on standard error, from within a signal's handler too."""
    os.write(2, f"\noverheal: {text}\n".encode())


def _reaches(report: Report, tier: FailOn) -> bool:
    loud = {"critical"} if tier is FailOn.CRITICAL else {"critical", "actionable"}
    return any(finding.tier in loud for finding in report.findings)


def _present(text: str | None) -> int | None:
    if text is None:
        return None
    with usage():
        return moment("--now", text)
