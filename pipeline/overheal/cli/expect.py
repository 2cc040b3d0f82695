"""`overheal expect`: what somebody expects of a service, so that it is told less loudly."""

from __future__ import annotations

import json
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
from overheal.contract.refusal import nearest
from overheal.detect.registry import names
from overheal.errors import ConfigError, OptionError
from overheal.expectations import VOID_AT, parse_rate
from overheal.report.words import clean
from overheal.run.control import expecting
from overheal.run.control.expecting import Listed, Wanted
from overheal.run.control.records import spoken
from overheal.run.moments import relative, rfc3339
from overheal.state.words import clock

expect_app = typer.Typer(
    name="expect",
    help="Declare expected behaviour: it lowers a tier by one step until it ends or the rate "
    "doubles.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ADD_EPILOG = """Examples:

  overheal expect add checkout --rate 12/hour --until 7d --owner payments
  --reason "nightly import" --store ./store

  overheal expect add shop/cart --detector recovery_frequency --rate 3/day
  --until 2026-12-01T00:00:00Z --owner web --reason OPS-17 --config overheal.toml

It ends by itself at --until, and is void as soon as the service is recovered twice as often:
then what is open is judged without it."""

LIST_EPILOG = """Examples:

  overheal expect list --store ./store

  overheal expect list --config overheal.toml --output json"""

REMOVE_EPILOG = """Examples:

  overheal expect remove expect-5f0c2a9d1b7e --store ./store

  overheal expect remove expect-5f0c2a9d1b7e --config overheal.toml"""


@expect_app.command("add", epilog=ADD_EPILOG)
def add_command(  # noqa: PLR0917 - typer reads the options from the arguments
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="Full name, or the short one where it fits.")
    ],
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="RATE", help="Recoveries expected: 12/hour or 3/day."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="When it ends: RFC 3339, or 12h, 7d."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="WHO", help="Who expects it.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="WHY", help="Why.")] = None,
    detector: Annotated[
        str | None, typer.Option("--detector", metavar="NAME", help="Only what this one finds.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", metavar="E", help="Only in this environment.")
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """Expect a service to be recovered up to a rate, until a time, for a reason."""
    with usage():
        wanted = _wanted(
            service,
            rate,
            until,
            owner=owner,
            reason=reason,
            detector=detector,
            environment=environment,
        )
        moment = present(now, store)
        with desk(store, config) as place:
            try:
                warning = place.check_service(wanted.service)
            except ConfigError as error:
                raise OptionError("SERVICE", str(error)) from None
            record, is_new = expecting.add(place, wanted, moment)
    if warning:
        typer.echo(f"overheal: {clean(warning)}", err=True)
    typer.echo(clean(spoken(record)) if is_new else f"known already: {clean(spoken(record))}")


@expect_app.command("list", epilog=LIST_EPILOG)
def list_command(
    output: OutputOption = ListOutput.TEXT,
    store: StoreOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """List all expectations, the oldest first, and how they stand."""
    with usage():
        moment = present(now, store)
        with desk(store, config) as place:
            found = expecting.listed(place, moment)
    if output is ListOutput.JSON:
        typer.echo(json.dumps([_row(one) for one in found], indent=1, ensure_ascii=False))
        return
    for one in found:
        for line in _lines(one, moment):
            typer.echo(clean(line))
    typer.echo(counted(len(found), "expectation"), err=True)


@expect_app.command("remove", epilog=REMOVE_EPILOG)
def remove_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `list` shows it.")],
    store: StoreOption = None,
    config: ConfigOption = None,
    now: NowOption = None,
) -> None:
    """Take an expectation back: from now on, not for what was."""
    with usage():
        moment = present(now, store)
        with desk(store, config) as place:
            record, is_new = expecting.remove(place, name, moment)
    how = "holds no more as of" if is_new else "ended already:"
    typer.echo(f"{clean(record.id)} {how} {clock(record.end)}")


def _wanted(
    service: str,
    rate: str | None,
    until: str | None,
    *,
    owner: str | None,
    reason: str | None,
    detector: str | None,
    environment: str | None,
) -> Wanted:
    known = names()
    if detector is not None and detector not in known:
        near = nearest(detector, known)
        remedy = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
        raise OptionError("--detector", f"no detector is called {detector!r}; {remedy}")
    count, per = parse_rate(
        needed("--rate", rate, "how often is expected? write --rate 12/hour or --rate 3/day")
    )
    return Wanted(
        service=needed("SERVICE", service, "name the service, like checkout or shop/checkout"),
        count=count,
        per=per,
        until=needed(
            "--until",
            until,
            "an expectation must end; write --until 7d or --until 2026-12-01T00:00:00Z",
        ),
        owner=needed("--owner", owner, "somebody must answer for it; write --owner TEAM"),
        reason=needed("--reason", reason, 'why is it expected? write --reason "nightly import"'),
        environment=told("--environment", (environment or "").strip()),
        detector=detector or "",
        author=author(),
    )


def _lines(one: Listed, now: int) -> list[str]:
    record = one.record
    where = f" in {record.environment}" if record.environment else ""
    what = f", {record.detector} only" if record.detector else ""
    lines = [
        f"{record.id}  {one.state}",
        f"    what   {record.service}{where}: up to {record.rate}{what}",
        f"    who    {record.owner}{f' ({record.author})' if record.author else ''}",
        f"    why    {record.reason}",
        f"    since  {relative(record.since, now)}",
        f"    until  {relative(record.until, now)}",
    ]
    if record.removed_at is not None:
        lines.append(f"    taken back  {relative(record.removed_at, now)}")
    if one.void_at is not None:
        times = f"{VOID_AT} x {record.rate} was reached"
        lines.append(f"    void since  {relative(one.void_at, now)}: {times}")
    return lines


def _row(one: Listed) -> dict[str, Any]:
    record = one.record
    return {
        "id": record.id,
        "state": one.state,
        "service": record.service,
        "environment": record.environment or None,
        "detector": record.detector or None,
        "rate": record.rate,
        "owner": record.owner,
        "reason": record.reason,
        "author": record.author or None,
        "since": rfc3339(record.since),
        "until": rfc3339(record.until),
        "removed_at": rfc3339(record.removed_at),
        "void_at": rfc3339(one.void_at),
    }
