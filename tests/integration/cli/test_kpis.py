"""`overheal kpis` and `overheal services`, as the owner of a service uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from overheal.recording import FILES
from overheal.report.kpi.parts import kpi_schemas
from tests.support.command import here, says
from tests.support.migrated import migrated_folder

NOW = ("--now", "2026-11-21T00:00:00Z")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = migrated_folder(tmp_path_factory.mktemp("kpis"))
    done = here("analyze", *FILES, "--store", folder)
    assert done.returncode == 0, says(done)
    return folder


def test_a_figure_without_a_denominator_is_not_known_and_says_why(store: Path):
    done = here("kpis", "--store", store, *NOW, "--compare", "previous", "--output", "json")
    assert done.returncode == 0, says(done)
    body = json.loads(done.stdout)
    Draft202012Validator(kpi_schemas()["kpis.v1.json"]).validate(body)
    figures = {(one["name"], one["of"]): one for one in body["figures"]}
    assert figures["recoveries", ""]["value"] == 295
    assert figures["recoveries", ""]["previous"] is None
    rate = figures["auto_recovery_success", ""]
    assert (rate["value"], rate["unknown"]) == (None, 295)
    assert rate["reason"] == "no automated recovery told its outcome"
    text = here("kpis", "--store", store, *NOW, "--compare", "previous").stdout.decode()
    said = " ".join(text.split())
    assert "no source is connected" in said
    assert "up from 0" not in said
    assert "of which nothing is known" in said
    assert "automation, 9 of 10 within. Why: no episode ended" in said
    assert max(map(len, text.splitlines())) <= 80


def test_services_stand_by_how_often_they_are_recovered(store: Path):
    done = here("services", "--store", store, *NOW, "--output", "json")
    assert done.returncode == 0, says(done)
    body = json.loads(done.stdout)
    Draft202012Validator(kpi_schemas()["services.v1.json"]).validate(body)
    first = body["services"][0]
    assert (first["service"], first["recoveries"], first["episodes"]) == ("shop/ledger", 293, 1)
    assert first["last_finding"]["detector"] == "masked_degradation"
    assert first["previous"] is None
    later = here("services", "--store", store, "--since", "1d", "--now", "2026-11-21T20:30:00Z")
    (row,) = [
        line for line in later.stdout.decode().splitlines() if line.startswith("shop/ledger ")
    ]
    assert row.split()[2:5] == ["287", "0", "6"]


def test_what_cannot_be_asked_is_told_with_its_remedy(store: Path):
    done = here("kpis", "--store", store, *NOW, "--service", "legder")
    assert done.returncode == 1
    assert "ledger" in says(done)
    done = here("services", "--store", store, *NOW, "--environment", "staging")
    assert done.returncode == 1
    assert "it knows production" in says(done)
    done = here("kpis", "--store", store, "--since", "2026-11-21", "--until", "2026-11-20")
    assert done.returncode == 2
    assert "is not before" in " ".join(says(done).split())
