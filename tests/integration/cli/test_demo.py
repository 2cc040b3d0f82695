"""What a stranger sees first: the demo names what is hidden, and accuses nobody else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.support.command import ROOT, run, says

GUILTY = {"shop/checkout", "shop/ledger", "node-3", "batch/reports"}
INNOCENT = ("web", "cart", "search", "bench", "node-7")


@pytest.fixture(scope="module")
def report():
    done = run("demo", "--output", "json")
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def finding(report, detector):
    (found,) = [item for item in report["findings"] if item["detector"] == detector]
    return found


def test_the_fight_over_checkout_is_named_with_both_agents_and_what_they_want(report):
    fight = finding(report, "agent_conflict")
    assert fight["tier"] == "critical"
    assert fight["service"] == "shop/checkout"
    assert fight["agents"] == ["gitops", "horizontal-pod-autoscaler"]
    assert fight["evidence"]["field"] == "replicas"
    assert fight["evidence"]["wants"]["gitops"] == [3]
    assert set(fight["evidence"]["wants"]["horizontal-pod-autoscaler"]) == {6, 8}
    assert 58 <= fight["count"] <= 62


def test_the_masked_degradation_of_ledger_counts_every_deletion_once_and_projects_its_end(report):
    ledger = finding(report, "masked_degradation")
    assert (ledger["service"], ledger["tier"]) == ("shop/ledger", "critical")
    assert ledger["count"] == ledger["member_count"] == len(ledger["members"]) == 293
    assert ledger["evidence"]["projection"]
    (service,) = [item for item in report["services"] if item["service"] == "shop/ledger"]
    assert (service["recoveries"], service["episodes"]) == (293, 1)


def test_the_degradation_was_known_long_before_it_ended(report):
    ledger = finding(report, "masked_degradation")
    assert ledger["detected_at"] < "2026-11-20T20:35"


def test_node_3_flips_faster_and_faster(report):
    (node,) = [item for item in report["findings"] if "node-3" in item["title"]]
    assert node["detector"] == "thrashing"
    assert node["count"] >= 16
    assert "faster and faster" in node["summary"]


def test_reports_never_gets_there(report):
    attempt = finding(report, "ineffective_recovery")
    assert attempt["service"] == "batch/reports"
    assert attempt["tier"] == "actionable"


def test_nobody_else_is_accused(report):
    for item in report["findings"]:
        assert item["service"] in GUILTY or item["title"] in GUILTY, item["summary"]
        subject = f"{item['service']} {item['title']} {item['summary']}"
        assert not [name for name in INNOCENT if re.search(rf"\b{name}", subject)], subject


def test_what_follows_from_a_finding_hangs_under_it(report):
    by_id = {item["id"]: item for item in report["findings"]}
    explained = {
        item["detector"]: by_id[item["inhibited_by"]]["detector"]
        for item in report["findings"]
        if item["inhibited_by"]
    }
    assert explained == {
        "thrashing": "agent_conflict",
        "recovery_frequency": "masked_degradation",
    }


def test_the_json_obeys_its_published_schema(report):
    schema = json.loads((ROOT / "schemas" / "report.v1.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(report)


def test_the_books_balance(report):
    totals = report["totals"]
    parts = totals["stored"] + totals["duplicates"] + totals["dead_letters"]
    assert totals["received"] == parts
    assert totals["dead_letters"] == 0


def test_the_text_names_everyone_in_its_verdict():
    text = run("demo").stdout.decode()
    verdict = " ".join(text.split("\n\n")[0].split())
    for name in ("checkout", "ledger", "node-3", "reports"):
        assert name in verdict


def test_the_text_fits_eighty_and_two_hundred_columns_without_colour_codes():
    for columns in (80, 200):
        text = run("demo", env={"COLUMNS": str(columns)}).stdout.decode()
        assert "\x1b" not in text
        assert max(len(line) for line in text.splitlines()) <= columns


def test_the_page_is_one_file_that_fetches_nothing(tmp_path: Path):
    page = tmp_path / "overheal.html"
    done = run("demo", "--output", "html", "--out", page)
    assert done.returncode == 0, says(done)
    html = page.read_text()
    assert html.count("<svg") >= 4
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)|url\((?!#|["']?data:)""", html)


def test_twice_in_a_row_is_the_same_page():
    assert run("demo").stdout == run("demo").stdout


def test_fail_on_critical_exits_with_three():
    assert run("demo", "--fail-on", "critical").returncode == 3
