"""What every registered detector finds reads well: as text, explained, as a page, as JSON."""

from __future__ import annotations

import functools
import html
import re
from typing import Any

import pytest
from rich.cells import cell_len

from overheal.detect import registry
from overheal.model import Finding, ServiceSummary, Totals
from overheal.report.document import Report, assemble
from overheal.report.explained import render_explained, render_findings
from overheal.report.facts import facts
from overheal.report.headlines import headline
from overheal.report.html import render_html
from overheal.report.text import render_text
from tests.support import histories
from tests.support.histories import history
from tests.support.made import DAY, EVERY, flow_of, moment, name_of, told

MANY_DIGITS = re.compile(r"\d{13,}|\d{1,3}(?:,\d{3}){4,}")
EMPTY = re.compile(r"\bNone\b|\bnull\b|[{}\[\]]")

every_detector = pytest.mark.parametrize("detector", EVERY, ids=name_of)


@functools.cache
def report(detector: Any) -> Report:
    """Return a report with one finding of each shape that a detector's evidence has."""
    shapes: dict[frozenset[str], Finding] = {}
    for seed in range(4):
        flow = flow_of([detector], catalog=histories.catalog())
        for one in told(history(seed, 300, detector.name), flow=flow, until=30 * DAY):
            shapes.setdefault(frozenset(one.evidence), one)
    return assemble(
        findings=list(shapes.values()),
        services=list[ServiceSummary](),
        totals=Totals(),
        window=(moment(0), moment(30 * DAY)),
        config_hash="c",
        notes=[],
        origin=["history.jsonl"],
    )


def numbers_in(value: Any) -> list[float]:
    """Return all numbers in a JSON value."""
    if isinstance(value, dict):
        return [found for entry in value.values() for found in numbers_in(entry)]
    if isinstance(value, list):
        return [found for entry in value for found in numbers_in(entry)]
    return [value] if isinstance(value, int | float) else []


def reads_well(text: str) -> None:
    assert EMPTY.findall(text) == []
    assert MANY_DIGITS.findall(text) == []


@every_detector
def test_its_headline_is_in_words_of_its_own(detector):
    for one in report(detector).findings:
        assert detector.name.replace("_", " ") not in headline(one)
        assert detector.name not in headline(one)
        assert cell_len(headline(one)) <= 160


@every_detector
def test_its_numbers_have_names_and_values(detector):
    for one in report(detector).findings:
        for name, value in facts(one):
            assert name == name.strip() != ""
            assert "_" not in name
            reads_well(f"{name} {value}")


@every_detector
def test_its_times_are_dates_in_json(detector):
    for one in report(detector).findings:
        assert [number for number in numbers_in(one.evidence) if abs(number) > 1e12] == []


@every_detector
@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_the_text_page_shows_it_within_its_width(detector, width):
    text = render_text(report(detector), width=width, color=False)
    assert [line for line in text.split("\n") if cell_len(line) > width] == []
    reads_well(text.replace("[…]", ""))
    findings = report(detector).findings
    listed = render_findings(findings, now=moment(31 * DAY), width=width, color=False)
    assert [line for line in listed.split("\n") if cell_len(line) > width] == []


@every_detector
@pytest.mark.parametrize("width", [80, 120])
def test_it_is_explained_within_the_width(detector, width):
    for one in report(detector).findings:
        text = render_explained(one, None, [], now=moment(31 * DAY), width=width, color=False)
        assert [line for line in text.split("\n") if cell_len(line) > width] == []
        assert headline(one) in " ".join(text.split())
        reads_well(text.replace(one.id, ""))


@every_detector
def test_the_page_shows_it_with_a_picture(detector):
    shown = report(detector)
    page = render_html(shown)
    body = html.unescape(
        re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    )
    reads_well(body)
    for one in shown.findings:
        assert headline(one) in body
    drawable = [one for one in shown.findings if len(one.evidence["timeline"]) > 1]
    assert page.count("<svg") >= len(drawable)


def test_all_detectors_are_looked_at():
    assert {kind.name for kind in EVERY} == set(registry.names())
    assert all(report(kind).findings for kind in EVERY)


def test_what_happened_on_several_days_stands_under_each_of_them():
    made = histories.History()
    for day in (0, 3, 5.5, 7.6, 9.3, 10.7, 11.8, 12.6, 13.2, 13.6, 13.9, 14.0):
        made.recovery(day * DAY)
    report = assemble(
        findings=told(made),
        services=list[ServiceSummary](),
        totals=Totals(),
        window=(moment(0), moment(15 * DAY)),
        config_hash="c",
        notes=[],
        origin=["history.jsonl"],
    )
    (one,) = [part for part in report.findings if part.detector == "masked_degradation"]
    text = render_explained(one, None, [], now=moment(31 * DAY), width=80, color=False)
    happened = text.split("WHAT HAPPENED")[1].split("HOW IT WAS FOUND")[0]
    days = re.findall(r"^ *(\d+ Mar 2026), UTC$", happened, re.MULTILINE)
    assert len(days) == len(set(days)) >= 8
    assert days[0] == "2 Mar 2026"
    loud = " ".join(text.split("HOW LOUD, AND WHY")[1].split("WHAT HAPPENED")[0].split())
    assert re.search(r"actionable at [\d:]+ UTC on \d+ Mar 2026", loud)
