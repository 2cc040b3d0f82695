"""The weekly report as a mail: text for every reader, a page, and pictures by content id."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from overheal.report.pages import environment
from overheal.report.pictures import png
from overheal.report.weekly import words
from overheal.report.weekly.html import lists
from overheal.report.weekly.parts import WeeklyReport
from overheal.report.weekly.pictures import charts
from overheal.report.weekly.text import render_weekly_text
from overheal.report.words import moment, parse_instant, shorten

_WIDTH = 72
_SUBJECT = 150


def render_mail(report: WeeklyReport, sender: str, recipients: list[str]) -> str:
    """Return the mail as RFC 5322 text, ready for `sendmail -t`.

    Its header has `sender` and `recipients` where they are given; they must be addresses.
    """
    made = parse_instant(report.made_at) or 0
    mail = EmailMessage(policy=SMTP.clone(max_line_length=200, cte_type="7bit"))
    name = report.span.week or report.span.start
    mail["Subject"] = shorten(f"overheal {name}: {words.parted(report.verdict)[0]}", _SUBJECT)
    if sender:
        mail["From"] = sender
    if recipients:
        mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(moment(made))
    domain = parseaddr(sender)[1].rpartition("@")[2] or "overheal.invalid"
    mail["Message-ID"] = f"<weekly.{_word(name)}.{made}@{domain}>"
    mail.set_content(render_weekly_text(report, width=_WIDTH, color=False), cte="quoted-printable")
    drawn = charts(report)
    idents = {chart.kind: f"{chart.kind}.{_word(name)}@{domain}" for chart in drawn}
    mail.add_alternative(_page(report, idents), subtype="html", cte="quoted-printable")
    page = list(mail.iter_parts())[-1]
    assert isinstance(page, EmailMessage)
    for chart in drawn:
        page.add_related(
            png(chart),
            maintype="image",
            subtype="png",
            cid=f"<{idents[chart.kind]}>",
            filename=f"{chart.kind}.png",
            disposition="inline",
        )
    mail["Auto-Submitted"] = "auto-generated"
    return mail.as_bytes().decode("ascii").replace("\r\n", "\n")


def _page(report: WeeklyReport, idents: dict[str, str]) -> str:
    found = environment()
    found.filters.update(words.FILTERS)
    return found.get_template("weekly-mail.html.jinja").render(
        report=report,
        said=words.parted(report.verdict),
        pictures=[(idents[chart.kind], chart) for chart in charts(report)],
        figures=list(words.figure_rows(report.kpis)),
        lists=lists(report),
    )


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", text)
