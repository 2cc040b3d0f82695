"""What the weekly report says of a week."""

from __future__ import annotations

import json

import msgspec
import pytest
from jsonschema import Draft202012Validator

from overheal.model import DAY, HOUR, Status, Tier
from overheal.report.document import to_json
from overheal.report.weekly.document import assemble, weekly_schema
from overheal.report.weekly.gains import night_of
from overheal.report.weekly.trend import trend
from tests.unit.report.weekly.made import (
    CART,
    LEDGER,
    MONDAY,
    RESOLVED,
    SPAN,
    WEEK,
    ack,
    finding,
    material,
    question,
)


def test_the_document_is_as_its_schema_says():
    document = json.loads(to_json(assemble(material())))
    Draft202012Validator(weekly_schema()).validate(document)


def test_the_verdict_says_how_much_and_what_stands_behind_it():
    said = assemble(material()).verdict
    assert said == (
        "Automation recovered 2 services 17 times in week 47 of 2026 (16 to 22 Nov 2026), 17 times "
        "as often as the week before. One thing needs attention now: shop/ledger keeps being "
        "recovered, faster and faster."
    )


def flipping(**changes):
    return finding(
        "n", detector="thrashing", id="thrashing-n", service="", title="node-3", **changes
    )


def test_the_verdict_names_what_is_loud_whomever_it_is_about_and_tells_what_is_over_apart():
    over = finding("o", service="shop/web", title="shop/web", status=RESOLVED, resolved_at=MONDAY)
    said = assemble(material(findings=[flipping(), over])).verdict
    assert said.endswith(
        "One thing needs attention now: node-3 goes to and fro. "
        "Over by now: shop/web keeps being recovered, faster and faster."
    )
    calm = assemble(material(findings=[over])).verdict
    assert "Nothing needs attention any more. Over by now: shop/web" in calm
    quiet = assemble(material(findings=[flipping()], counts={})).verdict
    assert quiet.startswith("Automation recovered nothing")
    assert "node-3 goes to and fro" in quiet


def test_a_loud_finding_that_no_section_tells_is_told_by_itself():
    breach = finding("b", id="authority_breach-b", detector="authority_breach", service="shop/web")
    told = assemble(material(findings=[finding(), flipping(), breach]))
    assert [one.id for one in told.conflicts] == ["thrashing-n"]
    assert [one.id for one in told.others] == ["authority_breach-b"]
    many = [
        finding(
            f"b{n}",
            id=f"authority_breach-{n}",
            detector="authority_breach",
            service="s",
            status=RESOLVED if n < 29 else Status.OPEN,
        )
        for n in range(30)
    ]
    told = assemble(material(findings=many))
    assert (len(told.others), told.others_count) == (20, 30)
    assert told.others[0].id == "authority_breach-29"


def test_services_are_told_by_how_often_they_were_recovered():
    first, second = assemble(material()).top_services
    assert (first.service, first.owner, first.recoveries, first.episodes) == (
        *("shop/ledger", "payments"),
        *(14, 9),
    )
    assert [line.id for line in first.explains] == ["masked_degradation-f"]
    assert first.follow_up is not None
    assert (second.service, second.owner, second.human_recoveries) == ("shop/cart", "", 1)
    assert second.explains == []
    assert sum(one.recoveries or 0 for one in first.daily) == 15


def test_at_most_five_services_are_told():
    counts = {("production", f"s{n}"): n for n in range(9)}
    told = assemble(material(counts=counts)).top_services
    assert [one.service for one in told] == ["s8", "s7", "s6", "s5", "s4"]


def test_a_finding_that_another_explains_is_told_by_that_one():
    root = finding("root", service="shop/db", title="shop/db", detector="cascade", evidence={})
    child = finding(inhibited_by="masked_degradation-root")
    (first, _) = assemble(material(findings=[child, root])).top_services
    assert [line.service for line in first.explains] == ["shop/db"]


def test_what_was_over_before_the_week_explains_nothing():
    old = finding(first_at=MONDAY - 3 * DAY, last_at=MONDAY - 1)
    assert assemble(material(findings=[old])).top_services[0].explains == []


def test_unanswered_questions_of_earlier_weeks_are_told_with_days_overdue():
    (late,) = assemble(material()).overdue
    assert (late.id, late.state, late.overdue_days) == ("followup--1", "overdue", 3)
    assert late.command == 'overheal ack followup--1 --by YOU --found "…"'


def test_a_question_asked_again_and_again_is_told_once():
    questions = [question(-3), question(-2), question(-1), question(-1, key=CART, id="other")]
    told = assemble(material(questions=questions)).overdue
    assert [(one.id, one.asked_times) for one in told] == [("followup--3", 3), ("other", 1)]


@pytest.mark.parametrize("ident", ["followup--1", "followup-0"])
def test_an_answer_to_a_question_or_to_a_later_one_settles_it(ident):
    assert assemble(material(acks=[ack(ident)])).overdue == []


def test_what_was_found_behind_the_finding_answers_too():
    at = MONDAY - 6 * DAY
    told = [ack("masked_degradation-f", at)]
    assert assemble(material(acks=told)).overdue == []
    silent = [ack("masked_degradation-f", at, found="")]
    before = [ack("masked_degradation-f", MONDAY - 8 * DAY)]
    for acks in (silent, before):
        assert len(assemble(material(acks=acks)).overdue) == 1


def test_a_preview_is_no_question_of_an_earlier_week():
    asked = question(-1, recorded=False)
    assert assemble(material(questions=[asked])).overdue == []


def test_conflicts_are_the_findings_of_agents_against_each_other():
    fight = finding("x", detector="agent_conflict", agents=["a", "b"], evidence={"field": "image"})
    report = assemble(material(findings=[finding(), fight]))
    assert [line.headline for line in report.conflicts] == [
        "a and b fight over image of shop/ledger"
    ]


def test_what_ended_and_what_fell_beyond_chance_got_better():
    over = finding(status=RESOLVED, resolved_at=MONDAY + DAY)
    report = assemble(
        material(findings=[over], counts_before={CART: 30, LEDGER: 14}, episodes_before={CART: 30})
    )
    assert [one.words for one in report.better] == [
        "shop/cart was recovered 3 times, down from 30.",
        "Over: shop/ledger keeps being recovered, faster and faster.",
    ]


def test_nights_that_automation_saved_are_counted_where_alerts_are_known():
    saved = assemble(material()).saved
    assert (saved.worked, saved.behind_findings, saved.nights, saved.nights_not_woken) == (
        7,
        4,
        1,
        1,
    )
    woken = assemble(material(told=[MONDAY + 25 * HOUR])).saved
    assert woken.nights_not_woken == 0
    unknown = assemble(material(told=None)).saved
    assert unknown.nights_not_woken is None
    assert "not known" in " ".join(unknown.words)


def test_a_night_is_from_ten_to_six():
    evening = MONDAY + 22 * HOUR
    assert night_of(evening) == night_of(evening + 8 * HOUR - 1) == evening
    assert night_of(evening - 1) is None
    assert night_of(evening + 8 * HOUR) is None


def test_what_the_report_rests_on_names_gaps_refusals_and_unknown_outcomes():
    seen = [one for one in material().seen if one.day != MONDAY + 2 * DAY]
    rests = assemble(material(seen=seen, told=None)).completeness
    said = " ".join(rests.words)
    assert rests.gaps == ["2026-11-18T00:00:00Z"]
    for words in ("heard on 18 Nov 2026", "2 records", "25 %", "No alert or page was seen"):
        assert words in said


def test_a_week_without_events_says_so_and_where_there_are_some():
    report = assemble(material(seen=[], counts={}, questions=[]))
    assert report.empty
    assert report.verdict.startswith("Nothing is known of week 47 of 2026")
    assert "--week 2026-W47" in report.verdict


def test_a_calm_week_says_so():
    said = assemble(material(counts={}, findings=[])).verdict
    assert said == "Automation recovered nothing in week 47 of 2026 (16 to 22 Nov 2026)."


def test_without_a_week_before_nothing_is_compared():
    report = assemble(material(first_at=MONDAY - DAY))
    assert report.top_services[0].trend.direction == "unknown"
    assert "as often" not in report.verdict


@pytest.mark.parametrize(
    ("counts", "direction", "beyond"),
    [
        ((30, 30, 3, 3), "up", True),
        ((4, 4, 2, 2), "up", False),
        ((2, 2, 20, 20), "down", True),
        ((10, 9, 11, 9), "steady", False),
        ((5, 1, 0, 0), "new", False),
        ((0, 0, 0, 0), "steady", False),
    ],
)
def test_a_trend_is_told_with_whether_chance_explains_it(counts, direction, beyond):
    found = trend(*counts)
    assert (found.direction, found.beyond_chance) == (direction, beyond)


def test_informational_findings_need_nobody():
    calm = msgspec.structs.replace(finding(), tier=Tier.INFORMATIONAL)
    assert "No finding says" in assemble(material(findings=[calm])).verdict


def test_what_the_input_says_cannot_act_on_a_terminal():
    nasty = ("production", "a\x1b[31m")
    report = assemble(material(counts={nasty: 3}))
    assert "\x1b" not in to_json(report)
    assert report.top_services[0].service == "a␛[31m"


def test_the_span_before_a_week_is_the_week_before():
    assert SPAN.before.start == MONDAY - WEEK
    assert SPAN.words == "week 47 of 2026 (16 to 22 Nov 2026)"
