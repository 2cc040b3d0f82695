"""One span of one history has the same numbers, whatever command is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from overheal.model import MICROSECOND
from overheal.report.kpis import wilson
from overheal.run.moments import moment, rfc3339
from overheal.testing.simulate import Plan, inject_ineffective, inject_storm, simulate
from tests.support.command import here, says

DAY = 86_400
PLAN = Plan(
    services=12,
    days=6,
    troubles=(inject_ineffective(2, at=2 * DAY), inject_storm(3, at=3 * DAY)),
)
BY_A_PERSON = {"agent": {"name": "ada", "kind": "human"}}
UNKNOWN = {"actual": {"outcome": "unknown"}, "occurrences": {"count": 7}}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each command says of one simulated history that was analyzed into a store."""
    folder = tmp_path_factory.mktemp("agreement")
    history, store = folder / "history.jsonl", folder / "store"
    lines = list(simulate(PLAN, seed=11).documents())
    restart = next(
        one
        for one in map(json.loads, lines)
        if one["data"].get("trigger", {}).get("kind") == "failure"
    )
    for name, changes in (("by-a-person", BY_A_PERSON), ("unknown", UNKNOWN)):
        data = restart["data"] | changes | {"action_id": name}
        lines.append(json.dumps(restart | {"id": name, "data": data}).encode())
    history.write_bytes(b"\n".join(lines))
    said = {"analyze": _json("analyze", history, "--store", store)}
    window = said["analyze"]["window"]
    end = rfc3339(moment("--until", window["end"]) + MICROSECOND)
    span = ("--store", store, "--since", window["start"], "--until", end, "--now", end)
    said["kpis"], said["services"] = _json("kpis", *span), _json("services", *span)
    said["weekly"] = _json("report", "weekly", *span, "--no-ask")
    bounds = ", ".join(
        f"{name} = {moment('--at', at)}" for name, at in (("start", window["start"]), ("end", end))
    )
    question = (
        "SELECT value, low, high, numerator, denominator, unknown FROM kpi_auto_recovery_success("
        f"{bounds}, as_of = {moment('--at', end)}, service = '', environment = '', per_service = 0)"
        " WHERE of = ''"
    )
    said["sql"] = _json("sql", question, "--store", store)["rows"][0]
    return said


def _json(*arguments: str | Path) -> dict[str, Any]:
    done = here(*arguments, "--output", "json")
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def _figure(document: dict[str, Any], where: str, name: str) -> dict[str, Any]:
    return next(one for one in document[where] if (one["name"], one["of"]) == (name, ""))


def test_the_success_rate_is_one_number_everywhere(asked):
    told = asked["analyze"]["kpis"]["auto_recovery_success"]
    assert 0 < told["succeeded"] < told["known"]
    for one in (
        _figure(asked["kpis"], "figures", "auto_recovery_success"),
        _figure(asked["weekly"], "kpis", "auto_recovery_success"),
        asked["sql"],
    ):
        assert one["value"] == pytest.approx(told["rate"], rel=1e-12)
        assert one["low"] == pytest.approx(told["low"], rel=1e-12)
        assert one["high"] == pytest.approx(told["high"], rel=1e-12)
        assert one["unknown"] == 7
    assert (asked["sql"]["numerator"], asked["sql"]["denominator"]) == (
        told["succeeded"],
        told["known"],
    )


def test_wilsons_interval_is_the_same_in_sql_and_in_python(asked):
    sql = asked["sql"]
    bounds = wilson(int(sql["numerator"]), int(sql["denominator"]))
    assert (sql["low"], sql["high"]) == pytest.approx(bounds, rel=1e-12)


def test_recoveries_and_episodes_are_one_number_everywhere(asked):
    services = asked["analyze"]["services"]
    for name in ("recoveries", "episodes"):
        count = sum(row[name] for row in services)
        assert count > 0
        assert _figure(asked["kpis"], "figures", name)["value"] == count
        assert _figure(asked["weekly"], "kpis", name)["value"] == count
        assert sum(row[name] for row in asked["services"]["services"]) == count
    assert asked["weekly"]["recoveries"] == sum(row["recoveries"] for row in services)


def test_each_service_has_the_same_numbers(asked):
    def numbers(document: dict[str, Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
        return {
            (row["service"], row["environment"]): (
                row["recoveries"],
                row["episodes"],
                row["success_rate"],
            )
            for row in document["services"]
        }

    assert numbers(asked["services"]) == numbers(asked["analyze"])


def test_what_analyze_does_not_know_it_names_the_command_for(asked):
    told = asked["analyze"]["kpis"]
    for name in ("hidden_incidents", "masking_ratio", "mttr_seconds"):
        assert told[name] is None
        assert "overheal kpis" in told["not_known"][name]
