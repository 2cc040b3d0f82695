"""The weekly report as people see it: text, page and mail."""

from __future__ import annotations

import email
import email.policy
import re
from xml.etree import ElementTree as ET

import pytest

from overheal.report.weekly.document import assemble
from overheal.report.weekly.html import render_weekly_html
from overheal.report.weekly.mail import render_mail
from overheal.report.weekly.pictures import charts
from overheal.report.weekly.text import render_weekly_text
from overheal.report.weekly.words import figure_rows
from tests.unit.report.weekly.made import (
    CART,
    RESOLVED,
    finding,
    hidden,
    kpi,
    material,
    question,
)

REPORT = assemble(material())
EMPTY = assemble(material(seen=[], counts={}, questions=[]))
SECTIONS = (
    *("Unanswered from earlier weeks", "Most often recovered", "Figures", "Hidden incidents"),
    *("Conflicts", "What got better", "What automation saved", "What this rests on"),
)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_text_has_every_section_and_no_line_too_wide(width):
    text = render_weekly_text(REPORT, width=width, color=False)
    assert max(map(len, text.splitlines())) <= width
    places = [text.index(title.upper()[:25]) for title in SECTIONS]
    assert places == sorted(places)
    assert "\x1b" not in text


def test_the_page_has_every_section_and_its_pictures():
    page = render_weekly_html(REPORT)
    places = [page.index(f">{title}") for title in SECTIONS]
    assert places == sorted(places)
    assert page.count("<svg") == 2
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ET.fromstring(svg)


def test_every_form_tells_what_no_other_section_does_and_how_much_is_left():
    many = [
        finding(
            f"b{n}", id=f"authority_breach-{n}", detector="authority_breach", service="shop/web"
        )
        for n in range(30)
    ]
    report = assemble(material(findings=many, hidden=hidden().model_copy(update={"count": 4})))
    text = render_weekly_text(report, width=80, color=False)
    assert "WHAT ELSE WAS FOUND" in text
    assert "and 10 more; overheal findings list has all." in text
    assert "  and 3 more\n" in text
    page = render_weekly_html(report)
    assert "What else was found" in page
    assert "The loudest 20 of 30" in page
    mail = email.message_from_string(
        render_mail(report, "o@example.org", ["s@example.org"]), policy=email.policy.default
    )
    assert "What else was found" in mail.get_body(("html",)).get_content()
    assert "What else was found" not in render_weekly_html(REPORT)


def test_the_page_escapes_and_fetches_nothing():
    page = render_weekly_html(REPORT)
    assert "&lt;b&gt;timeouts" in page
    assert "<b>timeouts" not in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "<script" not in page


def test_the_mail_is_one_that_every_client_shows():
    bad = finding(service="shop/crème", title="shop/crème", subject="shop/crème")
    report = assemble(material(counts={("production", "shop/crème"): 14}, findings=[bad]))
    text = render_mail(report, "Overheal <o@example.org>", ["sre@example.org"])
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 200
    mail = email.message_from_string(text, policy=email.policy.default)
    assert not [part for part in mail.walk() if part.defects]
    names = ("Subject", "Date", "Message-ID", "From", "To")
    assert None not in [mail[name] for name in names]
    plain, related = mail.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert related.get_content_type() == "multipart/related"
    assert {part["Content-Transfer-Encoding"] for part in (plain, *related.iter_parts())} == {
        "quoted-printable",
        "base64",
    }
    # What is answered is quoted, and still fits 78 columns.
    assert max(map(len, plain.get_content().splitlines())) <= 72
    page = mail.get_body(("html",)).get_content()
    assert not re.findall(r"https?:|url\(|<script|<link|@import", page)


def test_the_mail_has_text_page_and_pictures_by_content_id():
    text = render_mail(REPORT, "Overheal <o@example.org>", ["sre@example.org", "b@example.org"])
    mail = email.message_from_string(text, policy=email.policy.default)
    assert mail["To"] == "sre@example.org, b@example.org"
    assert mail["Subject"].startswith("overheal 2026-W47: Automation recovered 2 services 17 times")
    assert "MOST OFTEN RECOVERED" in mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    named = set(re.findall(r'src="cid:([^"]+)"', page))
    images = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert {part["Content-ID"].strip("<>") for part in images} == named
    assert len(images) == 2
    for part in images:
        assert part.get_content().startswith(b"\x89PNG")
        assert part.get_content_disposition() == "inline"
    assert "<svg" not in page
    assert "data:" not in page
    assert max(map(len, text.splitlines())) < 998


def test_nothing_is_drawn_of_a_week_without_events():
    assert (
        charts(
            assemble(material(counts={}, hidden=REPORT.hidden.model_copy(update={"incidents": []})))
        )
        == []
    )
    for shown in (
        render_weekly_text(EMPTY, width=80, color=False),
        render_weekly_html(EMPTY),
        render_mail(EMPTY, "", []),
    ):
        assert "Nothing is known of week 47" in shown
        assert "Figures" not in shown
        assert "FIGURES" not in shown


def test_titles_of_pictures_say_what_they_show():
    assert [chart.title for chart in charts(REPORT)] == [
        "Automated recoveries by day, of all services and of 2: most often shop/ledger, 14 times",
        "Hidden incidents: 1 time users felt something that nobody was told of",
    ]


def test_a_reason_is_as_above_only_where_it_stands_right_above():
    reasons = ["no source", "no source", "no outcome", "no source"]
    rows = [kpi(f"figure_{at}", None, not_known=reason) for at, reason in enumerate(reasons)]

    beside = [rest for _, _, rest, _ in figure_rows(rows)]

    assert beside == ["no source", "as above", "no outcome", "no source"]


def test_what_is_over_needs_nobody_any_more():
    over = render_weekly_html(assemble(material(findings=[finding(status=RESOLVED)])))
    assert "needs somebody now" not in over
    assert '<span class="badge">over by now</span>' in over
    assert '<span class="badge">critical: needs somebody now</span>' in render_weekly_html(REPORT)


def test_a_service_outside_of_production_is_told_with_its_environment_everywhere():
    staging = ("staging", "shop/ledger")
    report = assemble(
        material(
            counts={staging: 14, CART: 3},
            counts_before={staging: 1},
            findings=[finding(environment="staging")],
            questions=[question(-1, key=staging), question(key=staging)],
        )
    )
    sent = render_mail(report, "o@example.org", ["sre@example.org"])
    mail = email.message_from_string(sent, policy=email.policy.default)
    for text in (
        render_weekly_text(report, width=80, color=False),
        render_weekly_html(report),
        mail.get_body(("html",)).get_content(),
    ):
        assert "shop/ledger (staging), owner payments" in text.replace("</strong>", "")
        assert re.search(r"1[. ].{0,9}shop/ledger \(staging\)", text)
