"""`overheal report`: what a team reads once a week and once a quarter."""

from __future__ import annotations

import typer

from overheal.cli.report_review import REPORT_EPILOG, report_review_command
from overheal.cli.weekly import WEEKLY_EPILOG, weekly_command

report_app = typer.Typer(
    name="report",
    help="Reports over a span of time, for the people who own services and those who run them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

report_app.command("weekly", epilog=WEEKLY_EPILOG)(weekly_command)
report_app.command("review", epilog=REPORT_EPILOG)(report_review_command)
