"""A small, seeded version of the fleet calibration; the seed is fixed, so nothing here is luck."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
from pathlib import Path

import pytest

from benchmarks.fleet_calibration import (
    __main__,
    completeness,
    conflicts,
    found,
    intervals,
    near,
    nulls,
    oracle,
    pictures,
    scenarios,
    thresholds,
)
from benchmarks.fleet_calibration.page import NEAR
from benchmarks.fleet_calibration.watching import FINDS, INFERRING, Remembered, belongs, watch
from overheal.detect import registry
from overheal.model import Tier
from overheal.testing.simulate import NEIGHBOURS, Plan, inject_fight, inject_neighbour, simulate
from tests.support.made import EVERY

ROOT = Path(__file__).resolve().parents[3]
SEED = 1
SERVICES = 8
SETS = {name: scenarios.load(name) for name in scenarios.SETS}


def test_the_holdout_is_the_one_that_was_frozen_before_anything_was_measured():
    raw = (scenarios.HERE / "holdout.toml").read_bytes()
    frozen = "bbd3d077baed30f6caf494a2bfd805dfb174158f2ba2c6f155c5b78ce230ab49"
    assert hashlib.sha256(raw).hexdigest() == frozen == scenarios.frozen()


def test_a_holdout_that_was_touched_is_refused(tmp_path, monkeypatch):
    for name in ("holdout.toml", "holdout.sha256"):
        (tmp_path / name).write_bytes((scenarios.HERE / name).read_bytes())
    monkeypatch.setattr(scenarios, "HERE", tmp_path)
    scenarios.load("holdout")
    with (tmp_path / "holdout.toml").open("a") as file:
        file.write("\n")
    with pytest.raises(ValueError, match="must not be tuned"):
        scenarios.load("holdout")


def test_the_two_sets_have_no_mechanism_in_common_among_what_infers():
    tuning, holdout = (
        {title for part in ("nulls", "found") for title in _mechanisms(chosen[part])}
        for chosen in SETS.values()
    )
    assert not tuning & holdout


def _mechanisms(entries):
    for entry in entries.values():
        yield tuple(sorted((key, str(value)) for key, value in entry.items() if key != "title"))


def test_every_trouble_of_both_sets_has_a_detector_and_a_way_to_be_injected():
    for chosen in SETS.values():
        for entry in chosen["found"].values():
            assert entry["trouble"] in FINDS
            assert entry["trouble"] in (*scenarios.INJECT, "mass_action")
        assert set(chosen["neighbours"]) - {"spread"} <= set(NEIGHBOURS)
    assert set(SETS["tuning"]["neighbours"]) - {"spread"} == set(NEIGHBOURS)


def test_every_registered_detector_has_a_trouble_in_the_tuning_set():
    ours = {FINDS[entry["trouble"]] for entry in SETS["tuning"]["found"].values()}
    assert ours == set(registry.names()) == set(FINDS.values())
    assert set(INFERRING) < set(registry.names())


@pytest.mark.parametrize("name", scenarios.SETS)
def test_where_nothing_is_wrong_hardly_anything_is_said(name):
    said = list(nulls.false_alarms(SETS[name], SERVICES, SEED))
    ours = [one for one in INFERRING if one in registry.names()]
    assert {null.detector for null in said} == set(ours)
    for detector in ours:
        spoken = [null.spoken for null in said if null.detector == detector]
        services = SERVICES * len(spoken)
        assert sum(loud for loud, _ in spoken) <= 0.03 * services, detector
        assert sum(loud for _, loud in spoken) <= 0.03 * services, detector


def test_a_busy_fleet_is_no_trouble():
    for null in nulls.busy(30, SEED, 7):
        assert null.spoken == (0, 0), null.detector


SURE = {
    "fight": "fight",
    "fight-several": "fight",
    "fight-drifting": "fight",
    "fight-twofields": "fight",
    "fight-fields": "fight",
    "fight-ring": "fight",
    "fight-released": "fight",
    "silence": "silence",
    "storm": "storm",
    "flapping": "flapping",
    "out-of-order": "out_of_order",
    "stale-policy": "stale_policy",
    "drill": "drill",
    "compound": "compound",
    "compound-four": "compound",
    "mass": "mass_action",
    "mass-waves": "mass_action",
    "breach-level": "authority_breach",
    "breach-boundary": "authority_breach",
    "breach-confidence": "authority_breach",
    "undo": "undo_of_intent",
    "undo-late": "undo_of_intent",
}
"""Troubles that have to be found in time, each of them."""


@pytest.mark.parametrize("name", scenarios.SETS)
def test_what_states_itself_is_found_in_time(name):
    entries = {key: entry for key, entry in SETS[name]["found"].items() if key in SURE}
    rows = list(found.found({"found": entries}, 4, SEED))
    assert {row.name for row in rows} == {
        key for key in entries if FINDS[SURE[key]] in registry.names()
    }
    for row in rows:
        assert len(row.delays) >= 4
        assert row.hits >= len(row.delays) - 1, row


@pytest.mark.parametrize("name", scenarios.SETS)
def test_services_that_get_worse_are_found_more_often_than_not_at_all(name):
    entries = {
        key: entry for key, entry in SETS[name]["found"].items() if entry["trouble"] in found.DECAY
    }
    rows = list(found.found({"found": entries}, 8, SEED))
    assert len(rows) == 3
    assert sum(row.hits for row in rows) >= 0.4 * sum(len(row.delays) for row in rows)


@pytest.mark.parametrize("name", scenarios.SETS)
def test_neighbours_of_fights_are_not_taken_for_fights(name):
    fleet = simulate(scenarios.conflict_plan(SETS[name], 10, SEED), SEED)
    findings = [one for one in watch(fleet, ["agent_conflict"]) if one.tier >= Tier.ACTIONABLE]
    alike = [stretch for stretch in fleet.truth if not stretch.harmful]
    fights = [stretch for stretch in fleet.truth if stretch.harmful]
    assert not [one.summary for one in findings for two in alike if belongs(one, two)]
    assert [two.label for two in fights if not any(belongs(one, two) for one in findings)] == []
    assert all(any(belongs(one, two) for two in fights) for one in findings)


def test_a_flaky_reporter_hides_few_fights_and_makes_up_none():
    (row,) = conflicts.conflicts(SETS["holdout"], 8, SEED, conflicts.FLAKY)
    assert row.threshold == conflicts.DEFAULT
    assert row.true == row.findings
    assert row.found >= row.fights - 1
    assert "a tenth told twice" in conflicts.flaky(row)


def test_a_lower_threshold_mistakes_neighbours_and_a_higher_one_none():
    rows = list(conflicts.conflicts(SETS["tuning"], 6, SEED))
    assert [row.threshold for row in rows] == list(conflicts.THRESHOLDS)
    assert all(row.true <= row.findings for row in rows)
    usual = next(row for row in rows if row.threshold == conflicts.DEFAULT)
    assert not usual.mistaken
    assert sum(rows[0].mistaken.values()) >= sum(usual.mistaken.values())


def test_three_in_ten_dropped_leaves_seven_in_ten():
    got = completeness.completeness(SETS["holdout"], 8, SEED)
    assert got.seen == pytest.approx(0.7, abs=0.03)
    if completeness.DETECTOR in registry.names():
        assert got.told
        share = sum(seen for seen, _ in got.told) / sum(moved for _, moved in got.told)
        assert share == pytest.approx(got.seen, abs=completeness.GOAL)
        assert got.marked == len(got.told)


EVERY_SETTING = [
    (f"{kind.name}.{field.name}", thresholds.shown(field.default, field.metadata["unit"]))
    for kind in {kind.name: kind for kind in EVERY}.values()
    for field in dataclasses.fields(kind.settings_type)
]
"""What the table of thresholds is about, in the registry's order."""


def test_every_setting_is_moved():
    bench = thresholds.Bench({"nulls": {}, "found": {}}, 1, 1, SEED)
    rows = list(thresholds.moved(bench))
    moved = [(f"{row.detector}.{row.setting}", row) for row in rows]
    assert [(name, thresholds.shown(row.default, row.unit)) for name, row in moved] == EVERY_SETTING
    flags = [row for _, row in moved if isinstance(row.default, bool)]
    assert [row.said[0] for row in flags] == [None] * len(flags)
    assert all(row.said[2] is not None for row in flags)


def test_what_it_costs_to_move_it_stands_in_the_document_for_every_setting():
    page = (ROOT / "docs" / "calibration" / "fleet.md").read_text()
    for title in ("## What it costs to move a threshold", f"### {NEAR}"):
        part = page.split(f"\n{title}\n", 1)[1].split("\n#", 1)[0]
        assert re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \|", part, re.MULTILINE) == EVERY_SETTING
    summary = (ROOT / "docs" / "calibration.md").read_text()
    assert "calibration/fleet.md#what-it-costs-to-move-a-threshold" in summary


@pytest.mark.parametrize("detector", ["stale_basis", "undo_of_intent", "thrashing"])
def test_where_limits_are_near_every_setting_matters(detector):
    rows = list(near.near(6, [detector]))
    names = [name for name, _ in EVERY_SETTING if name.startswith(f"{detector}.")]
    assert [f"{row.detector}.{row.setting}" for row in rows] == names
    assert [row.setting for row in rows if not row.matters] == []
    assert len(list(near.table(rows))) == 2 + len(rows)


def test_a_fight_is_told_from_a_neighbour_by_what_it_is_made_of():
    plan = Plan(
        services=30,
        days=2,
        troubles=(inject_fight(3, at=40_000), inject_neighbour("redundant", 13, at=40_000)),
    )
    fleet = Remembered(plan, SEED)
    fight, other = sorted(fleet.truth, key=lambda stretch: stretch.kind)
    (finding,) = watch(fleet, ["agent_conflict"])
    assert belongs(finding, fight)
    assert not belongs(finding, other)
    assert finding.first_at >= fight.start


def test_an_oracle_that_knows_finds_more_than_chance_and_nothing_where_nothing_changes():
    step = SETS["tuning"]["found"]["step-4"]
    assert oracle.power(step, SEED) > 0.9
    assert oracle.power({**step, "factor": 1.0}, SEED) == pytest.approx(oracle.ERROR, abs=0.01)
    steep = SETS["holdout"]["found"]["log-linear-steep"]
    assert oracle.power(steep, SEED) > 0.9


def test_curves_are_drawn_of_what_was_found(tmp_path):
    many = found.Found("f", "a fight", "agent_conflict", "reversals", 3, None, (2.0, 3.0, None), 0)
    curve = conflicts.Conflicts(3, 10, 9, 10, 9, {"corrected": 1})
    drawn = pictures.draw(tmp_path, {"tuning": [many]}, {"holdout": [curve]})
    names = [path.name for path, _ in drawn]
    assert names == ["fleet-delay-reversals.svg", "fleet-conflicts.svg"]
    for path, title in drawn:
        text = path.read_text()
        assert text.startswith("<svg")
        assert title.split()[0] in text


def test_the_command_names_what_is_registered_and_what_is_not(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["fleet_calibration", "--quick", "--only", "completeness"])
    __main__.main()
    page = capsys.readouterr().out
    assert f"Registered: {', '.join(registry.names())}." in page
    assert "## Completeness" in page
    assert page.count("30% of events dropped at random") == 2


def test_bounds_hold_what_they_promise():
    for share in (0.01, 0.2, 0.5):
        missed = 0.0
        for hits in range(41):
            low, high = intervals.bounds(hits, 40)
            chance = math.comb(40, hits) * share**hits * (1 - share) ** (40 - hits)
            missed += chance * (not low <= share <= high)
        assert missed <= 0.05
    assert intervals.bounds(0, 0) == (0.0, 1.0)
    assert intervals.bounds(3, 3)[1] == 1.0
    assert intervals.shown(1, 4) == "25.0% (1% to 81%)"
