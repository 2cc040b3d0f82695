"""What `analyze --store` was told of the services stays with the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overheal.store import open_store
from tests.support.command import here, says
from tests.support.events import at, document

CATALOG = """
[services.checkout]
owner = "payments"
depends_on = ["orders-db"]

[services.orders-db]
owner = "data"
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    lines = [
        json.dumps(document(f"e-{name}-{minute}", at(minute), service=name))
        for name in ("checkout", "orders-db")
        for minute in range(5)
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


def _analyzed(events: Path, store: Path, *words: str | Path) -> dict:
    done = here("analyze", events, "--store", store, "-o", "json", *words)
    assert done.returncode == 0, says(done)
    return json.loads(done.stdout)


def _told(store: Path) -> list[tuple[int, bool]]:
    with open_store(store) as opened:
        return [(one.holds_from, "payments" in one.document) for one in opened.inputs()]


def test_a_catalog_is_given_once_and_known_to_all_later_commands(events: Path, tmp_path: Path):
    store, catalog = tmp_path / "store", tmp_path / "catalog.toml"
    catalog.write_text(CATALOG)
    first = _analyzed(events, store, "--catalog", catalog)
    again = _analyzed(events, store)
    _analyzed(events, store, "--catalog", catalog)
    assert _told(store) == [(0, True)]
    assert {one["owner"] for one in again["services"]} == {"payments", "data"}
    assert [one["id"] for one in again["findings"]] == [one["id"] for one in first["findings"]]
    now = ("--now", "2026-03-02T03:00:00Z")
    ready = json.loads(here("readiness", "--store", store, "-o", "json", *now).stdout)
    assert {one["owner"] for one in ready["services"]} == {"payments", "data"}
    shown = json.loads(here("map", "--store", store, "-o", "json", *now).stdout)
    assert [(one["service"], one["needs"]) for one in shown["catalog"]] == [
        ("checkout", "orders-db")
    ]
    seen = json.loads(here("services", "--store", store, "-o", "json", *now).stdout)
    assert {one["owner"] for one in seen["services"]} == {"payments", "data"}


def test_another_catalog_takes_its_place_and_an_empty_one_takes_it_back(
    events: Path, tmp_path: Path
):
    store, catalog, empty = tmp_path / "store", tmp_path / "catalog.toml", tmp_path / "none.toml"
    catalog.write_text(CATALOG)
    empty.write_text("")
    _analyzed(events, store)
    assert _told(store) == []
    _analyzed(events, store, "--catalog", catalog)
    _analyzed(events, store, "--catalog", empty)
    assert _told(store) == [(0, True), (1, False)]
    assert {one["owner"] for one in _analyzed(events, store)["services"]} <= {None, ""}
