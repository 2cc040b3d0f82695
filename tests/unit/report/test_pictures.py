from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest

from overheal.report.charts.canvas import WIDTH, ticks
from overheal.report.charts.series import gaps, moments, states, writes
from overheal.report.charts.steps import contested
from overheal.report.parts import FindingPart
from overheal.report.pictures import charts_of, pictures
from tests.unit.report import hostile, sample

HOUR = 3_600_000_000


def part(evidence) -> FindingPart:
    [found] = sample.report(findings=[sample.finding("thrashing", evidence=evidence)]).findings
    return found


def kinds(evidence) -> list[str]:
    return [chart.kind for chart in charts_of(part(evidence))]


def words(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter() if node.tag == "text"]


def one(report, detector, kind):
    [found] = [finding for finding in report.findings if finding.detector == detector]
    [picture] = [picture for picture in pictures(found, "p") if picture.kind == kind]
    return picture


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"timeline": [], "values": [], "gaps": [], "states": []},
        {"timeline": None, "values": 3, "gaps": "x", "states": {"at": 1}},
        {"timeline": [{"at": sample.at(0)}]},
        {"values": [{"at": sample.at(0), "agent": "a", "value": 1}]},
        {"gaps": [{"at": sample.at(0), "seconds": 3.0}]},
        {"gaps": [{"at": sample.at(0), "seconds": 0}, {"at": sample.at(1), "seconds": -1}]},
        {"states": [{"at": sample.at(0), "state": "up"}, {"at": sample.at(9), "state": "up"}]},
        {"values": [{"agent": "a", "value": 1}, {"at": "soon", "value": 2}, 7, None]},
        {"projection": {"at": sample.at(9), "low": None, "high": None, "meaning": "the end"}},
    ],
)
def test_where_there_is_nothing_to_draw_there_is_no_picture(evidence):
    assert kinds(evidence) == []


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ({"timeline": [{"at": sample.at(0)}, {"at": sample.at(0)}]}, ["timeline"]),
        ({"gaps": [{"at": sample.at(n), "seconds": 9.0} for n in (0, 0)]}, ["gaps"]),
        (
            {
                "values": [
                    {"at": sample.at(0), "value": "1e999"},
                    {"at": sample.at(1), "value": True},
                ]
            },
            ["values"],
        ),
        ({"values": [{"at": sample.at(n), "value": 7} for n in (0, 1)]}, ["values"]),
        (
            {"states": [{"at": sample.at(0), "state": "a"}, {"at": sample.at(0), "state": "b"}]},
            ["states"],
        ),
        ({"gaps": [{"at": sample.at(n), "seconds": 10.0**n} for n in range(-6, 9)]}, ["gaps"]),
        (
            {
                "values": [
                    {"at": sample.at(n), "agent": f"a{n % 9}", "value": f"v{n}"} for n in range(40)
                ]
            },
            ["values"],
        ),
        (
            {"timeline": [{"at": sample.at(n), "agent": f"a{n}", "count": n} for n in range(40)]},
            ["timeline"],
        ),
    ],
)
def test_odd_series_are_drawn_all_the_same(series, expected):
    drawn = pictures(part(series), "p")
    assert [picture.kind for picture in drawn] == expected
    for picture in drawn:
        assert "NaN" not in picture.svg
        assert "Infinity" not in picture.svg
        assert "undefined" not in picture.svg


def test_a_contested_field_names_its_writers_and_what_they_wrote():
    svg = one(sample.report(), "agent_conflict", "values").svg
    labels = words(svg)
    for label in ("gitops", "horizontal-pod-autoscaler", "3", "6", "8", "UTC, 20 Nov 2026"):
        assert label in labels
    assert any(label.startswith("wrote 8 or 6, 30") for label in labels)
    assert {'fill="#0072b2"', 'fill="#d55e00"'} <= set(re.findall(r'fill="#\w+"', svg))


def test_shrinking_gaps_show_first_last_and_the_projected_end():
    labels = words(one(sample.report(), "masked_degradation", "gaps").svg)
    for label in ("4 min 20 s", "2.5 s", "restarting without a pause", "about 20:47:07 UTC"):
        assert label in labels


def test_a_projected_end_far_off_is_told_and_not_drawn():
    evidence = {
        "gaps": [{"at": sample.at(n * 60), "seconds": 60.0 - n} for n in range(5)],
        "projection": {"at": sample.at(9_000_000), "low": None, "high": None, "meaning": "the end"},
    }
    [picture] = pictures(part(evidence), "p")
    assert "the end" not in words(picture.svg)
    assert any("the end" in key.label for key in picture.keys)


def test_a_timeline_has_a_lane_for_each_agent_and_counts_what_marks_stand_for():
    labels = words(one(sample.report(), "agent_conflict", "timeline").svg)
    assert {"gitops", "horizontal-pod-autoscaler"} <= set(labels)
    labels = words(one(sample.report(), "ineffective_recovery", "timeline").svg)
    assert "replicaset-controller" in labels
    assert any(label.endswith("22") for label in labels)


def test_a_flipping_state_names_its_states_and_counts_its_changes():
    picture = one(sample.report(), "thrashing", "states")
    assert {"ready", "not_ready"} <= set(words(picture.svg))
    assert "17 changes" in picture.caption


def test_labels_stay_within_the_picture():
    for report in (sample.report(), hostile.report()):
        for finding in report.findings:
            for chart in charts_of(finding):
                spec = chart.spec
                left, plot = spec["padding"]["left"], spec["width"]
                assert left + plot + spec["padding"]["right"] == WIDTH
                low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
                for layer in spec["layer"]:
                    if layer["mark"]["type"] == "text":
                        for row in layer["data"]["values"]:
                            x = left + (row["x"] - low) / (high - low) * plot
                            wide = len(row["text"]) * 6.6
                            start = (
                                x
                                - {"left": 0, "center": wide / 2, "right": wide}[
                                    layer["mark"]["align"]
                                ]
                            )
                            assert start >= -12, row
                            assert start + wide <= WIDTH + 12, row


def test_hostile_names_are_letters_in_a_picture():
    for finding in hostile.report().findings:
        for picture in pictures(
            finding.model_copy(update={"evidence": hostile_clean(finding)}), "p"
        ):
            tags = {node.tag for node in ET.fromstring(picture.svg).iter()}
            assert tags <= {"svg", "title", "g", "path", "line", "rect", "text", "tspan"}
            assert "url(" not in re.sub(r">[^<]*<", "><", picture.svg)


def hostile_clean(finding):
    from overheal.report.words import clean_tree

    return clean_tree(finding.evidence)


def test_numbers_written_as_text_are_numbers():
    evidence = part({"values": [{"at": sample.at(n), "value": str(n)} for n in range(3)]}).evidence
    assert [write.value for write in writes(evidence)] == [0.0, 1.0, 2.0]
    chart = contested(writes(evidence), {"field": "replicas"})
    assert chart is not None
    assert chart.caption.startswith("replicas over time")


def test_series_come_in_the_order_of_time():
    evidence = part(
        {
            "timeline": [{"at": sample.at(n)} for n in (3, 1)],
            "gaps": [{"at": sample.at(n), "seconds": 1.0} for n in (3, 1)],
            "states": [{"at": sample.at(n), "state": "x"} for n in (3, 1)],
        }
    ).evidence
    for series in (moments(evidence), gaps(evidence), states(evidence)):
        assert [entry.at for entry in series] == [sample.at(1), sample.at(3)]


@pytest.mark.parametrize(
    "span", [1, 60, 3600, 86_400, 30 * 86_400, 3 * 365 * 86_400, 80 * 365 * 86_400]
)
def test_an_axis_has_a_few_round_times_at_any_span(span):
    low = sample.START
    values, pattern = ticks(low, low + span * 1_000_000, 700)
    assert 1 <= len(values) <= 12
    assert all(low <= value <= low + span * 1_000_000 for value in values)
    assert pattern


def test_a_page_of_pictures_is_drawn_quickly_enough():
    import time

    pictures(sample.report().findings[0], "warm")
    started = time.process_time()
    for finding in sample.report().findings:
        pictures(finding, "p")
    assert time.process_time() - started < 3
    assert math.isfinite(started)


def test_a_timeline_says_when_it_does_not_show_all():
    found = part({"timeline": [{"at": sample.at(n), "agent": "a"} for n in range(3)]})
    [picture] = pictures(found.model_copy(update={"count": 20}), "p")
    assert "3 of 20 have a known time" in [key.label for key in picture.keys]
    [picture] = pictures(found.model_copy(update={"count": 3}), "p")
    assert [key.label for key in picture.keys] == ["outcome not reported"]
