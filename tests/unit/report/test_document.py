from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from overheal.model import DAY, Finding, ServiceSummary, Status, Tier, Totals
from overheal.report.document import Report, assemble, report_schema, to_json
from overheal.report.kpis import wilson
from overheal.report.parts import ServicePart, TotalsPart
from tests.unit.report import sample


def validated(report: Report) -> dict:
    body = json.loads(to_json(report))
    Draft202012Validator.check_schema(report_schema())
    Draft202012Validator(
        report_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(body)
    return body


def empty(**changes):
    parts = {
        "findings": [],
        "services": [],
        "totals": Totals(),
        "window": None,
        "config_hash": "",
        "notes": [],
        "origin": [],
    }
    return assemble(**{**parts, **changes})


def test_the_document_validates_against_its_schema():
    body = validated(sample.report())
    assert body["schema_version"] == 1
    assert body["window"] == {"start": "2026-11-20T20:08:17Z", "end": "2026-11-20T20:50:17Z"}
    assert body["totals"]["received"] == 1396


def test_the_empty_document_validates_too():
    body = validated(empty())
    assert body["window"] == {"start": None, "end": None}
    assert body["verdict"] == "Nothing could be judged: the input held no events."


def test_a_document_without_a_required_key_is_refused():
    body = json.loads(to_json(sample.report()))
    del body["findings"][0]["reason"]
    assert not Draft202012Validator(report_schema()).is_valid(body)


def test_every_total_and_every_figure_of_a_service_is_in_the_document():
    assert set(TotalsPart.model_fields) == set(Totals.__struct_fields__)
    assert set(ServicePart.model_fields) >= set(ServiceSummary.__struct_fields__)


def test_every_word_and_number_of_a_finding_is_in_the_document():
    found = {part["detector"]: part for part in validated(sample.report())["findings"]}
    assert set(found) == {finding.detector for finding in sample.findings()}
    for finding in sample.findings():
        part = found[finding.detector]
        assert part["members"] == finding.members
        assert part["tier"] == finding.tier.word
        for key in ("title", "summary", "reason", "next_step", "agents", "count", "member_count"):
            assert part[key] == getattr(finding, key)
        assert set(part["evidence"]) == set(finding.evidence)


def test_findings_stand_by_tier_then_time_each_beneath_what_explains_it():
    order = [finding.detector for finding in sample.report().findings]
    assert order == [
        "masked_degradation",
        "recovery_frequency",
        "agent_conflict",
        "ineffective_recovery",
        "thrashing",
        "stale_policy",
    ]


@pytest.mark.parametrize("status", [Status.RETRACTED, Status.SUPERSEDED])
def test_withdrawn_findings_are_left_out_unless_asked_for(status):
    gone = sample.finding("thrashing", status=status)
    assert empty(findings=[gone]).findings == []
    assert len(empty(findings=[gone], include_withdrawn=True).findings) == 1


def test_a_finding_whose_explanation_was_withdrawn_stands_for_itself():
    root = sample.finding("cascade", id="root", status=Status.RETRACTED)
    child = sample.finding("thrashing", id="child", inhibited_by="root")
    [part] = empty(findings=[root, child]).findings
    assert part.inhibited_by is None


def test_an_explanation_that_was_superseded_leads_to_its_successor():
    old = sample.finding("agent_conflict", id="old", status=Status.SUPERSEDED, superseded_by="new")
    new = sample.finding("agent_conflict", id="new")
    child = sample.finding("thrashing", id="child", inhibited_by="old")
    parts = empty(findings=[child, old, new]).findings
    assert [(part.id, part.inhibited_by) for part in parts] == [("new", None), ("child", "new")]


@given(st.lists(st.sampled_from(["", "0", "1", "2", "3", "4", "gone"]), min_size=1, max_size=5))
def test_no_finding_is_lost_whatever_explains_what(explanations):
    findings = [
        sample.finding("thrashing", id=str(index), inhibited_by=root)
        for index, root in enumerate(explanations)
    ]
    told = empty(findings=findings).findings
    assert sorted(part.id for part in told) == sorted(finding.id for finding in findings)
    seen = set()
    for part in told:
        assert part.inhibited_by is None or part.inhibited_by in seen
        seen.add(part.id)


def test_times_in_evidence_are_written_as_times_and_counts_as_counts():
    evidence = {
        "critical_at": 10,
        "started_at": sample.at(0),
        "values": [{"at": sample.at(1), "agent": "a", "value": 1_795_205_297_000_000}],
        "projection": {"at": sample.at(2), "low": None, "high": sample.at(3), "meaning": "end"},
    }
    [part] = empty(findings=[sample.finding("thrashing", evidence=evidence)]).findings
    assert part.evidence["critical_at"] == 10
    assert part.evidence["started_at"] == "2026-11-20T20:08:17Z"
    assert part.evidence["values"] == [
        {"at": "2026-11-20T20:08:18Z", "agent": "a", "value": 1_795_205_297_000_000}
    ]
    assert part.evidence["projection"]["high"] == "2026-11-20T20:08:20Z"


def test_what_json_cannot_hold_becomes_something_it_can():
    evidence = {"ratio": math.inf, "odd": {1: Tier.CRITICAL, "set": {"b", "a"}}, "half": "\ud800"}
    body = validated(empty(findings=[sample.finding("thrashing", evidence=evidence)]))
    assert body["findings"][0]["evidence"] == {
        "ratio": None,
        "odd": {"1": 3, "set": ["a", "b"]},
        "half": "?",
    }


def test_printing_the_document_is_safe_and_loses_nothing():
    name = "evil\x1b[31m\u202e\x9b\x00\u2028\U000e0041 服务"
    text = to_json(empty(findings=[sample.finding("thrashing", title=name)]))
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text)["findings"][0]["title"] == name
    assert "服务" in text


def test_unknown_outcomes_are_outside_the_success_rate():
    row = ServiceSummary(
        service="s", environment="", scope="", recoveries=10, succeeded=3, failed=1, unknown=6
    )
    report = empty(services=[row])
    assert report.services[0].success_rate == 0.75
    assert report.kpis.auto_recovery_success.known == 4
    assert report.kpis.unknown_share == 0.6


def lossy(**changes):
    evidence = {"counter": "restartCount", "from": sample.START, "until": sample.END, "share": 0.7}
    evidence |= {"share_low": 0.66, "share_high": 0.74, "seen": 140, "moved": 200}
    return sample.finding("silent_automation", **{"evidence": evidence, **changes})


def test_a_span_in_which_events_got_lost_is_marked_beside_the_figures():
    (span,) = empty(findings=[lossy()]).kpis.incomplete
    assert (span.service, span.environment) == ("shop/checkout", "production")
    assert (span.start, span.end) == ("2026-11-20T20:08:17Z", "2026-11-20T20:50:17Z")
    assert (span.share, span.low, span.high) == (0.7, 0.66, 0.74)


def test_what_was_withdrawn_and_agents_that_are_silent_mark_no_span():
    withdrawn = lossy(status=Status.RETRACTED)
    agent = lossy(evidence={"silent": [], "silent_count": 1})
    assert empty(findings=[withdrawn, agent]).kpis.incomplete == []


def test_an_empty_denominator_is_null_and_says_why():
    row = ServiceSummary(service="s", environment="", scope="", recoveries=2, unknown=2)
    report = empty(services=[row])
    rate = report.kpis.auto_recovery_success
    assert report.services[0].success_rate is None
    assert (rate.rate, rate.low, rate.high) == (None, None, None)
    assert "auto_recovery_success" in report.kpis.not_known
    assert report.kpis.hidden_incidents is None
    assert empty().kpis.unknown_share is None


def test_per_day_is_null_under_a_day_of_data():
    row = ServiceSummary(service="s", environment="", scope="", recoveries=6)
    start = sample.START
    assert empty(services=[row], window=(start, start + DAY - 1)).services[0].per_day is None
    assert empty(services=[row], window=(start, start + 2 * DAY)).services[0].per_day == 3.0


def test_wilsons_interval_holds_its_rate_and_stays_within_one():
    for successes, trials in ((0, 5), (5, 5), (8, 10), (1, 1000)):
        low, high = wilson(successes, trials)
        assert 0 <= low <= successes / trials <= high <= 1
        assert high - low > 0
    assert wilson(0, 0) is None


def test_services_stand_by_automated_recoveries():
    names = [row.service for row in sample.report().services]
    assert names == ["shop/ledger", "batch/reports", "shop/cart"]


def test_the_same_run_gives_the_same_bytes_whatever_the_order_of_its_findings():
    forward = sample.report()
    backward = sample.report(findings=sample.findings()[::-1], services=sample.services()[::-1])
    assert to_json(forward) == to_json(backward)


def test_assembling_leaves_the_findings_as_they_were():
    findings = sample.findings()
    before = [msgspec.json.encode(finding) for finding in findings]
    sample.report(findings=findings)
    assert [msgspec.json.encode(finding) for finding in findings] == before


def test_the_schema_that_was_published_is_this_one():
    path = Path(__file__).resolve().parents[3] / "schemas" / "report.v1.json"
    if path.exists():
        assert json.loads(path.read_text()) == report_schema()


def test_a_finding_with_nothing_but_its_required_fields_is_told():
    bare = Finding(
        id="x",
        detector="some_new_detector",
        stage="scope",
        subject="s",
        service="",
        environment="",
        scope="",
        first_at=0,
        last_at=0,
        detected_at=0,
    )
    assert validated(empty(findings=[bare]))["findings"][0]["title"] == ""
