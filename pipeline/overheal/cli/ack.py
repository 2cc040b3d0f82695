"""`overheal ack`: somebody has seen it, and says what they found."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Annotated

import msgspec
import typer

from overheal.cli.control import author, needed, told
from overheal.cli.needed import kafka_part
from overheal.cli.options import (
    As,
    ConfigOption,
    NowOption,
    OutputOption,
    ServerOption,
    StoreOption,
    the_present,
)
from overheal.cli.usage import usage
from overheal.errors import StoreUnavailable
from overheal.run import config as configuration
from overheal.run.moments import relative, rfc3339
from overheal.run.reporting.acknowledging import (
    Acknowledged,
    Said,
    Tell,
    acknowledge,
    acknowledge_unseen,
)
from overheal.run.stored import stored

ACK_EPILOG = """Examples:

  overheal ack followup-2026-W47-1a2b3c4d --by ada --found "leak in the importer" --store ./store

  overheal ack masked_degradation-77 --by ada --config overheal.toml

Where the configuration names Kafka, the running fleet is told by its
control topic, and the store can be away.
The beginning of an id is enough where only one begins so. A follow-up of the weekly report is
answered by what was found; a finding may be acknowledged without."""


def ack_command(  # noqa: PLR0917 - typer reads the options from the arguments
    ident: Annotated[
        str, typer.Argument(metavar="ID", help="A finding, or a follow-up of a weekly report.")
    ],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who says so; default: your login.")
    ] = None,
    found: Annotated[
        str | None, typer.Option("--found", metavar="TEXT", help="What you found, in one line.")
    ] = None,
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
    output: OutputOption = As.TEXT,
) -> None:
    """Acknowledge a finding, or answer what the weekly report asked."""
    with usage():
        who = needed("--by", by if by is not None else author(), "say who: --by NAME")
        what = told("--found", (found or "").strip())
        at = the_present(now)
    said = Said(ident, who, what, author(), at)
    tell = _fleet(config) if store is None and server is None else None
    try:
        with stored(store, server, config) as opened:
            taken = acknowledge(opened, said, tell)
    except StoreUnavailable as error:
        if tell is None:
            raise
        taken = acknowledge_unseen(said, tell)
        typer.echo(f"overheal: {error}; the fleet was told, and stores it", err=True)
    typer.echo(_json(taken) if output is As.JSON else _text(taken, at))


def _fleet(path: str | None) -> Tell | None:
    """Return what tells the fleet that the configuration names, None where it names none."""
    config = configuration.load(path, None, os.environ)
    if not config.names_fleet:
        return None
    return partial(kafka_part("overheal.run.control.topic").tell_acknowledgement, config)


def _json(taken: Acknowledged) -> str:
    document = {**msgspec.structs.asdict(taken.given), "about": taken.about, "new": taken.new}
    return json.dumps({**document, "at": rfc3339(taken.given.at)}, indent=1)


def _text(taken: Acknowledged, now: int) -> str:
    given = taken.given
    said = f": {given.found}" if given.found else ""
    if not taken.new:
        return (
            f"{given.id} is so already\n"
            f"  by {given.by} at {relative(given.at, now)}; nothing is new"
        )
    lines = [f"{given.id} acknowledged by {given.by}{said}"]
    lines += [f"  it is about {taken.about}"] if taken.about else []
    lines += [
        f"  acknowledged before by {one.by} at {relative(one.at, now)}"
        + (f": {one.found}" if one.found else "")
        for one in taken.earlier
    ]
    return "\n".join(lines)
