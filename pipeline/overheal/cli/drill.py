"""`overheal drill`: saying that what happens to some services for a while is practice."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import typer

from overheal.cli.control import (
    ConfigOption,
    ListOutput,
    NowOption,
    OutputOption,
    StoreOption,
    author,
    counted,
    desk,
    needed,
    present,
    told,
)
from overheal.cli.usage import usage
from overheal.errors import OptionError
from overheal.report.words import clean
from overheal.run.control import drilling
from overheal.run.control.drilling import Listed, Wanted
from overheal.run.control.records import covered, spoken
from overheal.run.moments import relative, rfc3339
from overheal.state.words import clock

drill_app = typer.Typer(
    name="drill",
    help="Declare drills: what happens in one is recorded and shown, and kept out of findings and "
    "counts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

START_EPILOG = """Examples:

  overheal drill start 2026-q4-failover --service orders-db --until 2h --owner payments
  --store ./store

  overheal drill start unplugged --scope shop --no-automation --owner web --config overheal.toml

  overheal drill start game-day --everything --from 2026-11-24T09:00:00Z
  --until 2026-11-24T12:00:00Z --owner sre --config overheal.toml

Without --until it takes two hours. With --no-automation a service that automation
touches meanwhile is a finding."""

END_EPILOG = """Examples:

  overheal drill end 2026-q4-failover --store ./store

  overheal drill end unplugged --config overheal.toml"""

LIST_EPILOG = """Examples:

  overheal drill list --store ./store

  overheal drill list --config overheal.toml --output json"""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\Z")


@drill_app.command("start", epilog=START_EPILOG)
def start_command(  # noqa: PLR0917 - typer reads the options from the arguments
    name: Annotated[str, typer.Argument(metavar="ID", help="A name for it, used once.")],
    services: Annotated[
        list[str] | None,
        typer.Option("--service", metavar="S", help="A service of it; may be repeated."),
    ] = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="S", help="A scope of it; may be repeated."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="All services there are.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="When it begins, RFC 3339; default: now."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="When it ends: RFC 3339, or 30m, 2h."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="WHO", help="Who answers for it.")
    ] = None,
    no_automation: Annotated[
        bool,
        typer.Option("--no-automation", help="Whatever automation does meanwhile is a finding."),
    ] = False,
    store: StoreOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """Start a drill now, or plan one."""
    with usage():
        wanted = Wanted(
            id=_named(name),
            services=_all("--service", services),
            scopes=_all("--scope", scopes),
            start=start,
            until=until,
            owner=needed("--owner", owner, "somebody must answer for it; write --owner TEAM"),
            no_automation=no_automation,
            author=author(),
        )
        if everything == bool(wanted.services or wanted.scopes):
            raise OptionError(
                "--service", "say what it covers: --service S, --scope S, or --everything alone"
            )
        moment = present(now, store)
        with desk(store, config) as place:
            warnings = [place.check_service(service) for service in wanted.services]
            record, is_new = drilling.start(place, wanted, moment)
    for warning in filter(None, warnings):
        typer.echo(f"overheal: {clean(warning)}", err=True)
    typer.echo(clean(spoken(record)) if is_new else f"known already: {clean(spoken(record))}")


@drill_app.command("end", epilog=END_EPILOG)
def end_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `list` shows it.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """End a drill before its time, or call off a planned one."""
    with usage():
        moment = present(now, store)
        with desk(store, config) as place:
            record = drilling.end(place, name, moment)
    typer.echo(f"{clean(record.id)} is over as of {clock(record.end)}")


@drill_app.command("list", epilog=LIST_EPILOG)
def list_command(
    output: OutputOption = ListOutput.TEXT,
    store: StoreOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """List the drills that were declared by command, the oldest first, and how they stand."""
    with usage():
        moment = present(now, store)
        with desk(store, config) as place:
            found = drilling.listed(place, moment)
    if output is ListOutput.JSON:
        typer.echo(json.dumps([_row(one) for one in found], indent=1, ensure_ascii=False))
        return
    for one in found:
        for line in _lines(one, moment):
            typer.echo(clean(line))
    typer.echo(counted(len(found), "drill"), err=True)


def _named(name: str) -> str:
    if not _ID.match(name):
        raise OptionError(
            "ID", "write up to 100 letters, digits and . _ : -, beginning with a letter or digit"
        )
    return name


def _all(option: str, given: list[str] | None) -> tuple[str, ...]:
    found = [needed(option, one, "name one, like orders-db") for one in given or ()]
    return tuple(sorted({told(option, one) for one in found}))


def _lines(one: Listed, now: int) -> list[str]:
    record = one.record
    without = ", without automation" if record.no_automation else ""
    lines = [
        f"{record.id}  {one.state}",
        f"    what   {covered(record)}{without}",
        f"    who    {record.owner}{f' ({record.author})' if record.author else ''}",
        f"    since  {relative(record.since, now)}",
        f"    until  {relative(record.until, now)}",
    ]
    if record.ended_at is not None:
        lines.append(f"    ended  {relative(record.ended_at, now)}")
    return lines


def _row(one: Listed) -> dict[str, Any]:
    record = one.record
    return {
        "id": record.id,
        "state": one.state,
        "services": list(record.services),
        "scopes": list(record.scopes),
        "everything": record.everything,
        "no_automation": record.no_automation,
        "owner": record.owner,
        "author": record.author or None,
        "since": rfc3339(record.since),
        "until": rfc3339(record.until),
        "ended_at": rfc3339(record.ended_at),
    }
