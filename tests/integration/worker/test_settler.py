"""A worker settles KPIs on a thread of its own."""

from __future__ import annotations

import pytest

from overheal.errors import StoreError
from overheal.run.worker import settling
from overheal.run.worker.settling import Settler
from overheal.store import open_store
from tests.integration.store.test_kpis import history, keep
from tests.support.children import until
from tests.support.migrated import migrated_folder


@pytest.fixture
def store(tmp_path):
    with open_store(migrated_folder(tmp_path / "store")) as store:
        keep(store, history(4, size=30))
        yield store


def test_what_came_is_settled_unless_somebody_did_just_now(store):
    assert not store.settled_within(settling.EVERY)
    store.settle_hours()
    assert store.settled_within(settling.EVERY)
    assert Settler(store).settle() == settling.EVERY
    noted = "SELECT count() FROM kpi_settlings"
    assert store._engine.rows(noted) == [(1,)]
    store._engine.command("TRUNCATE TABLE kpi_settled")
    Settler(store).settle()
    assert store._engine.rows(noted) == [(2,)]


def test_of_a_backlog_some_days_are_settled_at_a_time(store):
    assert Settler(store).settle() == settling.EVERY
    assert not store.settled_within(settling.EVERY)


def test_it_goes_on_beside_the_worker_and_ends_with_it(store, monkeypatch):
    monkeypatch.setattr(settling, "EVERY", 0.05)
    monkeypatch.setattr(settling, "DAYS", 3650)
    with store.another() as other:
        with Settler(other) as settler:
            until(lambda: store.settled_within(3600), "all is settled")
        assert not settler._thread.is_alive()


def test_what_cannot_be_settled_is_said_and_left_for_later(store, monkeypatch, caplog):
    def refused(*_: object) -> int:
        raise StoreError("the engine says no")

    monkeypatch.setattr(store, "settle_hours", refused)
    assert Settler(store).settle() >= settling.EVERY
    assert "KPIs are not settled, and get older: the engine says no" in caplog.text
