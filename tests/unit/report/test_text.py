from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from overheal.model import ServiceSummary, Status, Tier, Totals
from overheal.report.html import render_html
from overheal.report.text import render_text
from tests.unit.report import hostile, sample

WIDTHS = [40, 80, 149, 150, 200]


def joined(text: str) -> str:
    """The words of a page without its line breaks and columns."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("report", [sample.report(), hostile.report()], ids=["sample", "hostile"])
def test_no_line_is_wider_than_asked(report, width):
    lines = render_text(report, width=width, color=False).split("\n")
    assert [line for line in lines if cell_len(line) > width] == []


def test_without_colour_there_is_no_escape_at_all():
    assert "\x1b" not in render_text(sample.report(), width=80, color=False)


def test_with_colour_the_words_are_the_same():
    plain = render_text(sample.report(), width=80, color=False)
    colored = render_text(sample.report(), width=80, color=True)
    assert "\x1b[" in colored
    assert joined(stripped(colored)) == joined(plain)


def stripped(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("width", [80, 120])
def test_every_finding_is_told_with_its_reason_numbers_and_next_step(width):
    text = joined(render_text(sample.report(), width=width, color=False))
    for finding in sample.findings():
        if finding.inhibited_by:
            continue
        for words in (finding.summary, finding.reason, finding.next_step):
            assert words in text
        assert finding.detector in text
    for name in ("58", "gitops wants 3", "horizontal-pod-autoscaler wants 8 or 6", "replicas"):
        assert name in text


def test_a_wide_page_has_the_numbers_beside_the_words():
    lines = render_text(sample.report(), width=200, color=False).split("\n")
    [line] = [line for line in lines if line.startswith("    gitops sets replicas")]
    assert line.split()[-2:] == ["field", "replicas"]


def test_the_verdict_comes_first_and_names_what_is_wrong_with_what():
    text = joined(render_text(sample.report(), width=80, color=False))
    assert text.startswith(
        "4 things need attention, 2 of them now: shop/ledger keeps being recovered, faster and "
        "faster; gitops and horizontal-pod-autoscaler fight over replicas of shop/checkout; "
        "batch/reports: the same attempt fails again and again; node-3 flips between not_ready "
        "and ready. One more thing is worth knowing."
    )


def test_tiers_come_loudest_first():
    text = render_text(sample.report(), width=80, color=False)
    heads = [text.index(f"{word} ·") for word in ("CRITICAL", "ACTIONABLE", "INFORMATIONAL")]
    assert heads == sorted(heads)


def test_an_explained_finding_is_one_line_beneath_its_root():
    lines = render_text(sample.report(), width=100, color=False).split("\n")
    [line] = [line for line in lines if "↳" in line]
    assert line == (
        "    ↳ shop/ledger was recovered 293 times within an hour (actionable, explained by this)"
    )
    before = lines[: lines.index(line)]
    assert " 2  " not in "\n".join(before)


def test_three_hundred_explained_findings_are_still_one_page():
    root = sample.finding("mass_action", id="root", title="janitor")
    rest = [
        sample.finding(
            "recovery_frequency", id=f"child-{index}", inhibited_by="root", evidence={"per_hour": 4}
        )
        for index in range(300)
    ]
    text = render_text(sample.report(findings=[root, *rest]), width=80, color=False)
    assert text.count("↳") == 6
    assert "295 more findings explained by this" in text


def test_services_show_recoveries_with_episodes_and_outcomes_beside_them():
    text = render_text(sample.report(), width=80, color=False)
    [head] = [line for line in text.split("\n") if "recoveries  episodes" in line]
    assert head.split() == [
        "service",
        "recoveries",
        "episodes",
        "by",
        "hand",
        "succeeded",
        "failed",
        "unknown",
    ]
    [row] = [line for line in text.split("\n") if line.startswith("  shop/ledger ")]
    assert row.split() == ["shop/ledger", "293", "1", "0", "261", "0", "32"]


def test_large_counts_are_never_cut():
    row = ServiceSummary(
        service="x" * 200,
        environment="",
        scope="",
        recoveries=10**12,
        failed=10**12,
        episodes=10**9,
    )
    text = render_text(sample.report(services=[row]), width=80, color=False)
    [line] = [line for line in text.split("\n") if line.startswith("  xx")]
    assert {"1,000,000,000,000", "1,000,000,000"} <= set(line.split())
    assert all(word.startswith("x") for word in line.split() if "…" in word)


def test_services_of_several_environments_say_which():
    rows = [
        ServiceSummary(service="web", environment=name, scope="", recoveries=1)
        for name in ("production", "staging")
    ]
    text = render_text(sample.report(services=rows), width=80, color=False)
    assert "web (staging)" in text


def test_beyond_twenty_services_the_rest_is_counted():
    rows = [
        ServiceSummary(service=f"s{index}", environment="", scope="", recoveries=max(30 - index, 0))
        for index in range(40)
    ]
    text = render_text(sample.report(services=rows), width=80, color=False)
    assert "and 10 more services with 55 recoveries" in text
    assert "10 other services without a recovery" in text


def test_totals_and_notes_are_at_the_end():
    text = joined(render_text(sample.report(), width=80, color=False))
    assert "1,396 events read: 1,380 judged, 11 seen before, 5 refused (dead letters)." in text
    assert "5 records held no event: 5 bookmark." in text
    assert text.endswith(" - ".join(["", *sample.NOTES]).strip())


def test_an_input_without_recoveries_says_that_nothing_needs_attention():
    quiet = sample.report(findings=[], services=[], totals=Totals(received=5, stored=5))
    text = render_text(quiet, width=80, color=False)
    assert text.startswith("Nothing needs attention: no automated recovery was seen.\n")
    assert "There was no automated recovery to rate." in text


def test_an_input_of_which_nothing_could_be_read_never_reads_as_calm():
    broken = sample.report(findings=[], services=[], totals=Totals(received=3, dead_letters=3))
    text = render_text(broken, width=80, color=False)
    assert text.startswith("Nothing could be judged: 3 events could not be read.")


def test_what_is_over_no_longer_needs_attention():
    over = sample.finding(
        "thrashing", title="node-3", status=Status.RESOLVED, resolved_at=sample.at(2450)
    )
    text = joined(render_text(sample.report(findings=[over]), width=100, color=False))
    assert text.startswith(
        "Nothing needs attention any more. Over by the end: node-3 goes to and fro."
    )
    assert "over at 20:49:07 UTC" in text


def test_a_detector_without_words_of_its_own_is_told_by_its_name():
    other = sample.finding("not_known_here", title="janitor", tier=Tier.CRITICAL, evidence={})
    text = render_text(sample.report(findings=[other]), width=100, color=False)
    assert text.startswith("One thing needs attention now: janitor: not known here.")


@pytest.mark.parametrize("width", [80, 200])
def test_hostile_input_reaches_the_terminal_only_in_visible_form(width):
    text = render_text(hostile.report(), width=width, color=False)
    assert text.replace("\n", "").isprintable()
    assert "␛[2J" in text
    assert "\\u202e" in text
    assert "[red]" in text


def test_hostile_input_adds_no_escape_of_its_own_to_a_coloured_page():
    text = render_text(hostile.report(), width=80, color=True)
    assert stripped(text).replace("\n", "").isprintable()


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300), st.integers(40, 220))
def test_any_text_keeps_the_page_within_its_width(text, width):
    finding = sample.finding(
        "thrashing", title=text, summary=text, reason=text, next_step=text, evidence={text: text}
    )
    page = render_text(sample.report(findings=[finding]), width=width, color=False)
    assert max(cell_len(line) for line in page.split("\n")) <= width
    assert page.replace("\n", "").isprintable()


def test_the_page_is_the_same_every_time_and_in_every_terminal(monkeypatch):
    first = render_text(sample.report(), width=80, color=True)
    for name, value in {
        "NO_COLOR": "1",
        "COLUMNS": "20",
        "TERM": "dumb",
        "FORCE_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert render_text(sample.report(), width=80, color=True) == first


def test_a_sentence_without_end_does_not_push_the_rest_off_the_page():
    endless = sample.finding("thrashing", summary="word " * 5_000, reason="x" * 90_000)
    text = render_text(sample.report(findings=[endless]), width=80, color=False)
    assert len(text.split("\n")) < 80


def test_an_end_that_was_reached_is_not_told_as_one_to_come():
    ended = {"at": sample.at(900), "low": None, "high": None, "meaning": "no pause"}
    finding = sample.finding(
        "masked_degradation", evidence={"projection": ended, "reached_at": ended["at"]}
    )
    text = joined(render_text(sample.report(findings=[finding]), width=100, color=False))
    assert "reached no pause from 20:23:17 UTC on" in text
    assert "projected" not in text
    assert text.count("20:23:17") == 1


def test_a_tier_whose_findings_are_all_over_needs_nobody_now():
    lasting = sample.report()
    over = lasting.model_copy(
        update={
            "findings": [
                one.model_copy(update={"status": "resolved"} if one.tier == "critical" else {})
                for one in lasting.findings
            ]
        }
    )
    assert "CRITICAL · needs somebody now" in render_text(lasting, width=80, color=False)
    text, page = render_text(over, width=80, color=False), render_html(over)
    assert "CRITICAL · over by the end" in text
    assert "ACTIONABLE · needs somebody soon" in text
    assert "needs somebody now" not in text + page
    assert "critical: over by the end" in page
