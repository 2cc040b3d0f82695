"""Settled hours: the numbers stay the same whenever and however often hours are settled.

`test_kpis` settles on a server too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from overheal.model import DAY, HOUR, MINUTE
from overheal.store import open_store
from overheal.store.kpis import FOREVER
from tests.integration.store.conftest import address, empty
from tests.integration.store.made import START
from tests.integration.store.test_kpis import DAYS, LENGTH, History, answers, history, keep, same
from tests.support.kpi_reference import Asked
from tests.support.migrated import migrated, migrated_folder

ODD = Asked(START + 7 * HOUR + 1_234_567, START + 3 * DAY + 17 * MINUTE, FOREVER)
ALL = Asked(START, START + LENGTH, FOREVER)
EARLIER = Asked(START, START + LENGTH, START + 2 * DAY + 5)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    with open_store(migrated_folder(tmp_path_factory.mktemp("settling"))) as store:
        yield store


@pytest.fixture
def store(embedded):
    empty(embedded)
    return embedded


def settled(store) -> list[int]:
    """Return how many hours each table holds, and how many services are not settled."""
    held = ("kpi_hours FINAL", "kpi_episode_hours FINAL", "kpi_level_hours FINAL")
    tables = (*held, "kpi_loose_services")
    return [store._engine.rows(f"SELECT count() FROM {one}")[0][0] for one in tables]


def test_settled_hours_are_what_plain_python_counts(store):
    made = history(5)
    keep(store, made)
    assert store.settle_hours() >= 96
    assert all(settled(store)[:3]) and settled(store)[3] == 0
    answers(store, made, EARLIER)
    store._engine.command("TRUNCATE TABLE action_facts")
    answers(store, made, ALL)


def test_what_comes_late_is_counted_at_once_and_settled_next_time(store):
    made = history(6)
    first = made.rows[::2], made.restatements[::2], made.findings
    keep(store, History(*first))
    store.settle_hours(days=2)
    keep(store, made)
    assert settled(store)[3] > 0
    answers(store, made, ODD)
    store.settle_hours()
    assert settled(store)[3] == 0
    answers(store, made, ODD)
    before = settled(store)
    assert store.settle_hours() == 0
    assert settled(store) == before


def test_outcomes_that_were_told_otherwise_are_the_same_settled_or_not(store):
    keep(store, history(12))
    spans = [(START, START + LENGTH), (ODD.start, ODD.end), (START + DAY, START + DAY + HOUR)]
    live = [store.outcome_changes(*span) for span in spans]
    assert len(live[0]) > 10
    store.settle_hours()
    assert [store.outcome_changes(*span) for span in spans] == live


def test_an_hour_that_lost_its_action_is_empty(store):
    made = history(7, size=40)
    held = [row for row in made.rows if row.event.phase != "started"]
    keep(store, History(held, [], []))
    store.settle_hours(DAYS)
    whole = History(made.rows, [], [])
    keep(store, whole)
    store.settle_hours(DAYS)
    answers(store, whole, ALL)


def test_a_settling_that_was_cut_off_changes_nothing_and_is_completed(store, monkeypatch):
    made = history(8, size=60)
    keep(store, made)
    done = store._engine.command

    def dies(sql, settings=None, **parameters):
        if "INSERT INTO kpi_level_hours" in sql:
            raise KeyboardInterrupt
        done(sql, settings, **parameters)

    monkeypatch.setattr(store._engine, "command", dies)
    with pytest.raises(KeyboardInterrupt):
        store.settle_hours()
    monkeypatch.undo()
    store.settle_hours()
    answers(store, made, ODD)


def test_two_that_settle_one_server_at_once_leave_what_one_would(clickhouse):
    place, made = address(clickhouse.url), history(9, size=100)
    migrated(place)
    with open_store(place) as one, open_store(place) as other:
        keep(one, History(made.rows[::3], [], made.findings))
        for told in (History([], [], []), made):
            keep(one, told)
            with ThreadPoolExecutor() as both:
                assert list(both.map(lambda store: store.settle_hours(DAYS) >= 0, (one, other)))
        for table in ("action_facts", "kpi_touched", "kpi_loose", "kpi_loose_needed"):
            one._engine.command(f"TRUNCATE TABLE {table}")
        found = one.kpis_by_service(ALL.start, ALL.end)
        assert len(found) > 3
        for each in found:
            same(each, made, ALL._replace(alone=(each.environment, each.service)))


def test_an_empty_store_has_nothing_to_settle(store):
    assert store.settle_hours() == 0
