"""`overheal report weekly`: what automation did in a week, and what it hid."""

from __future__ import annotations

import enum
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated

import typer

from overheal.cli.options import ConfigOption, OutOption, ServerOption, StoreOption, the_present
from overheal.cli.output import write_text
from overheal.cli.progress import Progress
from overheal.cli.terminal import wants_color, width
from overheal.cli.usage import usage
from overheal.errors import OptionError
from overheal.report.document import to_json
from overheal.report.weekly.parts import WeeklyReport
from overheal.report.weekly.text import render_weekly_text
from overheal.run.catalogs import catalog_of
from overheal.run.reporting.weekly import weekly
from overheal.run.reporting.weeks import chosen
from overheal.run.stored import stored

WEEKLY_EPILOG = """Examples:

  overheal report weekly --store ./store

  overheal report weekly --config overheal.toml --output html --out week.html

  overheal report weekly --server http://clickhouse:8123/overheal --week 2026-W47 --output eml \
--mail-from overheal@example.org --mail-to sre@example.org | sendmail -t

  overheal report weekly --store ./store --since 3d --output json

Each of the five services that automation recovered most often becomes a question to its owner,
which `overheal ack` answers. A week that is not over asks nobody, nor does --no-ask."""


class WeeklyOutput(enum.StrEnum):
    """What the weekly report can be written as."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    EML = "eml"


def weekly_command(  # noqa: PLR0917 - typer reads the options from the arguments
    store: StoreOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
    week: Annotated[
        str | None,
        typer.Option(metavar="WEEK", help="An ISO week, 2026-W47; default: the last whole one."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From when on instead: RFC 3339, or 3d.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until when; default: now.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The present, RFC 3339, for a recorded history."),
    ] = None,
    catalog: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who owns what; default: what the store was told."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Record a question to each owner, once.")
    ] = True,
    mail_from: Annotated[
        str, typer.Option("--mail-from", metavar="ADDRESS", help="Sender, for --output eml.")
    ] = "",
    mail_to: Annotated[
        list[str] | None,
        typer.Option("--mail-to", metavar="ADDRESS", help="Recipient, for --output eml."),
    ] = None,
    output: Annotated[
        WeeklyOutput, typer.Option("--output", "-o", help="What to write.")
    ] = WeeklyOutput.TEXT,
    out: OutOption = None,
) -> None:
    """Tell what automation recovered in a week, what that hid, and ask the owners about it."""
    with usage():
        present = the_present(now)
        span = chosen(week, since, until, present)
        sender = _address("--mail-from", mail_from) if mail_from else ""
        recipients = [_address("--mail-to", one) for one in mail_to or []]
    owners = catalog_of(catalog)
    with stored(store, server, config) as opened, Progress(sys.stderr, "settling") as progress:
        report = weekly(opened, span, present, owners, progress, ask=ask)
    write_text(_rendered(report, output, sender, recipients, to_file=out is not None), out)


def _address(option: str, text: str) -> str:
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    plain = text.isascii() and text.isprintable() and "," not in text
    if not plain or not local or not domain or " " in address:
        raise OptionError(option, f"{text!r} is no address like sre@example.org")
    return f"{name} <{address}>" if name else address


def _rendered(
    report: WeeklyReport,
    output: WeeklyOutput,
    sender: str,
    recipients: list[str],
    *,
    to_file: bool,
) -> str:
    if output is WeeklyOutput.JSON:
        return to_json(report) + "\n"
    if output is WeeklyOutput.HTML:
        from overheal.report.weekly.html import render_weekly_html  # noqa: PLC0415 - loads slowly

        return render_weekly_html(report)
    if output is WeeklyOutput.EML:
        from overheal.report.weekly.mail import render_mail  # noqa: PLC0415 - loads slowly

        return render_mail(report, sender, recipients)
    return render_weekly_text(report, width=width(), color=wants_color(to_file=to_file))
