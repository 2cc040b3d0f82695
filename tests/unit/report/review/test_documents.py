"""The documents that pipelines read: their schemas are published, and they are valid by them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from overheal.report.review.assemble import review, review_schema
from overheal.report.review.looks import Known
from overheal.report.review.page import render_page
from overheal.report.review.readiness import readiness, readiness_schema
from overheal.report.review.settings import ReadinessSettings, ReviewSettings
from overheal.report.review.tables import tables
from overheal.report.review.text import render_tables
from tests.support.made import catalog_of
from tests.unit.report.review.evidence import day, evidence, levels, usage
from tests.unit.report.review.test_sections import followed

SCHEMAS = Path(__file__).resolve().parents[4] / "schemas"


@pytest.mark.parametrize(
    ("name", "schema"),
    [("review.v1.json", review_schema()), ("readiness.v1.json", readiness_schema())],
)
def test_the_schema_that_was_published_is_this_one(name, schema):
    Draft202012Validator.check_schema(schema)
    assert json.loads((SCHEMAS / name).read_text()) == schema


def hostile():
    word = "<script>alert(1)</script>\x1b[31m\u202e"
    return review(
        evidence(
            usage=[usage(policy=word, service=word, level=2, succeeded=3, uses=3)],
            policies=[followed(word)],
            levels=[levels((0, 2))],
            first_at=day(-1),
        ),
        ReviewSettings(),
    )


def test_documents_are_valid_by_their_schemas():
    for made in (hostile(), review(evidence(), ReviewSettings())):
        Draft202012Validator(review_schema()).validate(made.model_dump(mode="json"))
    found = readiness(
        Known(now=day(0), catalog=catalog_of(services={"a": {}})), ReadinessSettings()
    )
    Draft202012Validator(readiness_schema()).validate(found.model_dump(mode="json"))


def test_what_stands_in_events_cannot_act_on_a_terminal_or_a_browser():
    made = hostile()
    text = render_tables("t", made.verdict, made.notes, tables(made), width=80, color=False)
    page = render_page("t", made.verdict, made.notes, tables(made))
    assert "\x1b" not in text + page
    assert "\u202e" not in text + page
    assert "<script>" not in page


def test_in_a_narrow_window_every_cell_is_told_with_its_name():
    made = hostile()
    page = render_page("t", made.verdict, made.notes, tables(made))
    cells = re.findall("<td[^>]*>", page)
    assert cells
    assert all(re.match('<td data-name="[A-Z][^"]*"', cell) for cell in cells)


def test_an_empty_review_says_of_each_section_that_the_data_is_thin():
    made = review(evidence({}, first_at=None), ReviewSettings())
    assert made.verdict == "Nothing acted in this span: there is nothing to review"
    for name in type(made).model_fields:
        section = getattr(made, name)
        if hasattr(section, "thin") and name != "thresholds":
            assert section.rows == [], name
            assert section.thin, name
    text = render_tables("t", made.verdict, made.notes, tables(made), width=80, color=False)
    assert "None grew costlier" not in text
