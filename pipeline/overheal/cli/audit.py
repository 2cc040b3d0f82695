"""`overheal audit`: the command and its options."""

from __future__ import annotations

import enum
import json
import sys
from typing import Annotated

import typer

from overheal.cli.counting import Counting
from overheal.cli.needed import kafka_part
from overheal.clock import SystemClock

AUDIT_EPILOG = """Examples:

  overheal audit --config overheal.toml

  overheal audit --partition 3 --deep

  overheal audit --quick --output json | jq '.gaps[]'

It may run beside the workers. Exit codes: 0 everything is accounted for, 1 something is not."""


class AuditOutput(enum.StrEnum):
    """What an audit can be written as."""

    TEXT = "text"
    JSON = "json"


def audit_command(  # noqa: PLR0917 - typer reads the options from the arguments
    config: Annotated[str | None, typer.Option(metavar="FILE", help="Settings, TOML.")] = None,
    topic: Annotated[
        str | None, typer.Option(metavar="TOPIC", help="Another topic than that of events.")
    ] = None,
    partition: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Only this partition.")
    ] = None,
    output: Annotated[
        AuditOutput, typer.Option("--output", "-o", help="What to write.")
    ] = AuditOutput.TEXT,
    deep: Annotated[
        bool, typer.Option("--deep", help="Look up every event that is still in Kafka.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read Kafka only where the store differs.")
    ] = False,
) -> None:
    """Prove from Kafka and the ledger that nothing is lost and nothing is there twice."""
    if deep and quick:
        raise typer.BadParameter("--deep and --quick exclude each other")
    wiring = kafka_part("overheal.run.audit.wiring")
    words = kafka_part("overheal.run.audit.words")
    depth = wiring.DEEP if deep else wiring.QUICK if quick else wiring.NORMAL
    request = wiring.Request(config, topic, partition, depth)
    with Counting(sys.stderr, "the ledger") as entries, Counting(sys.stderr, "Kafka") as records:
        audited = wiring.audit(request, SystemClock(), entries, records)
    if output is AuditOutput.JSON:
        typer.echo(json.dumps(audited.document(), indent=1, ensure_ascii=False))
    else:
        for line in words.lines(audited):
            typer.echo(line)
    if not audited.balanced:
        raise typer.Exit(1)
