"""The pictures of the review: one for each section that has something to draw, and none else."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from overheal.report.pictures import drawn
from overheal.report.review.assemble import review
from overheal.report.review.page import render_page
from overheal.report.review.pictures import charts
from overheal.report.review.rows import Alert, FollowedPolicy, Levels
from overheal.report.review.settings import ReviewSettings
from overheal.report.review.tables import tables
from tests.unit.report.review.evidence import UNTIL, day, evidence, levels, usage

SETTINGS = ReviewSettings()


def made():
    pages = [Alert("production", "checkout", "page", "Down", day(n), "firing") for n in range(3)]
    followed = [
        FollowedPolicy("production", "checkout", name, "1", 0, UNTIL - 1) for name in ("a", "b<i>")
    ]
    used = [
        usage(policy="a", level=1, succeeded=9, failed=1),
        usage(policy="b<i>", level=1, type="scale", succeeded=3),
    ]
    acted = [levels((1, 1)), levels((1, 1), kind="scale")]
    given = evidence(usage=used, levels=acted, policies=followed, alerts=pages)
    return review(given, SETTINGS)


def test_gate_policies_and_alerts_have_a_picture_that_says_their_numbers():
    found = charts(made())
    assert list(found) == ["gate", "policies", "alerts"]
    for key, words in (
        ("gate", ["restart of checkout", "90 % of 10"]),
        ("policies", ["b<i>", "100 % of 3"]),
        ("alerts", ["Down of checkout", "3 of 3"]),
    ):
        root = ET.fromstring(drawn(found[key], "p").svg)
        text = " ".join("".join(one.itertext()) for one in root.iter() if one.tag.endswith("text"))
        assert all(word in text for word in words), text
        width, height = map(float, root.get("viewBox", "").split()[2:])
        assert (width, height > 80) == (810, True)
    assert "90 % needed" in json.dumps([key.label for key in found["gate"].keys])


def test_nothing_to_draw_is_no_picture():
    assert charts(review(evidence(), SETTINGS)) == {}
    unknown = evidence(usage=[usage(policy="a", level=1, unknown=3)])
    assert charts(review(unknown, SETTINGS)) == {}


def test_more_rows_than_a_picture_holds_are_counted_in_its_legend():
    used = [usage(service=f"s-{n}", level=1, succeeded=5) for n in range(20)]
    acted = [Levels("production", f"s-{n}", "restart", [(20_001, 1)]) for n in range(20)]
    gate = charts(review(evidence(usage=used, levels=acted), SETTINGS))["gate"]
    assert "and 5 more" in [key.label for key in gate.keys]


def test_the_page_shows_pictures_and_totals():
    found = made()
    shown = tables(found, pictures={key: drawn(one, "p") for key, one in charts(found).items()})
    page = render_page("Review", found.verdict, found.notes, shown)
    assert page.count("<figure>") == 3
    assert "Of 3 pages nobody acted on 3 (100 %)." in page
    assert "All policies together: 13 uses; 92 % of 13 recoveries" in page
    assert "<i>" not in page
