"""What is settled reaches up to the moment: views that read it alone tell what plain Python counts."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta

import msgspec
import pytest

from overheal.contract.decode import decode
from overheal.errors import StoreError
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE
from overheal.store import open_store
from overheal.store.held import held
from overheal.store.kpis import FOREVER, VIEWS
from overheal.store.sql import query
from tests.integration.store.conftest import empty
from tests.integration.store.test_kpis import LENGTH, History, answers, history, keep, same
from tests.integration.store.test_settled_episodes import recovery
from tests.support.kpi_reference import Asked
from tests.support.migrated import migrated_folder


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    with open_store(migrated_folder(tmp_path_factory.mktemp("now"))) as store:
        yield store


@pytest.fixture
def store(embedded):
    empty(embedded)
    return embedded


def until(made: History, last: int) -> History:
    """Return a history as it would be if its last event were of this moment."""
    by = last - max(row.event.time for row in made.rows)
    shift = timedelta(microseconds=by)
    rows = []
    for row in made.rows:
        said = json.loads(row.event.document)
        said["time"] = (datetime.fromisoformat(said["time"]) + shift).isoformat()
        event = decode(json.dumps(said).encode())
        rows.append(msgspec.structs.replace(row, event=event, received_at=event.time))
    restated = [
        msgspec.structs.replace(one, decided_at=one.decided_at + by) for one in made.restatements
    ]
    return History(rows, restated, [])


def now() -> int:
    return int(time.time() * MICROSECOND)


def spans(last: int) -> list[Asked]:
    """Spans that cut hours and days, with their ends before, at and after the last event."""
    whole = (last - LENGTH - DAY, last + HOUR, FOREVER)
    cut = last - 30 * HOUR - 17 * MINUTE - 12_345
    return [
        Asked(*whole),
        Asked(cut, last - 20 * MINUTE - 7, FOREVER),
        Asked(cut, last + 1, FOREVER, "checkout", "production"),
        Asked(last - 50 * MINUTE, last - 10 * MINUTE, FOREVER),
        Asked(last - 3 * DAY - 5, last - 2 * HOUR, last + 1),
    ]


@pytest.mark.parametrize("seed", [21, 22, pytest.param(23, marks=pytest.mark.slow)])
def test_what_comes_in_any_order_is_told_up_to_the_last_settling(store, seed):
    last = now() - MINUTE
    made = until(history(seed, size=120), last)
    for part in (made.rows[::3], made.rows[1::2], made.rows):
        told = History(part, made.restatements, [])
        keep(store, told)
        store.settle_hours()
    for asked in spans(last):
        assert held(store._engine).all_settled(asked.as_of)
        answers(store, made, asked)


def test_a_store_without_actions_is_settled_as_well(store):
    store.settle_own(small=True)
    assert held(store._engine).all_settled(FOREVER)
    assert ask(store, "kpi_episodes", FOREVER) == []
    assert ask(store, "kpi_autonomy_time", FOREVER) == []


def test_of_each_service_up_to_the_last_settling(store):
    last = now() - MINUTE
    made = until(history(24, size=100), last)
    keep(store, made)
    store.settle_hours()
    asked = spans(last)[0]
    found = store.kpis_by_service(asked.start, asked.end)
    assert len(found) > 3
    for one in found:
        same(one, made, asked._replace(alone=(one.environment, one.service)))


def test_what_is_ahead_of_the_clock_is_told_when_its_time_has_come(store):
    moment = now() - 2 * MINUTE
    made = until(history(25, size=100), moment + 30 * MINUTE)
    keep(store, made)
    store.settle_hours(at=moment)
    then = Asked(moment - LENGTH, moment + HOUR, moment)
    assert held(store._engine).all_settled(moment)
    answers(store, made, then)
    assert not held(store._engine).all_settled(moment + 1)
    answers(store, made, then._replace(as_of=FOREVER))


def test_an_episode_that_goes_on_is_open_until_it_is_over(store):
    last = now() - 5 * MINUTE
    made = History([recovery(last - number * 10 * MINUTE) for number in range(20)], [], [])
    keep(store, made)
    store.settle_hours()
    opened = Asked(last - DAY, last + 1, last + MINUTE)
    over = opened._replace(as_of=last + HOUR)
    for asked in (opened, over):
        assert held(store._engine).all_settled(asked.as_of)
        answers(store, made, asked)
    found = [store.kpis(*asked[:2], as_of=asked.as_of).get("episodes") for asked in (opened, over)]
    assert [one.open for one in found] == [1, 0]


def ask(store, view: str, as_of: int) -> list[object]:
    given = {"start": 0, "end": FOREVER, "as_of": as_of, "service": "", "environment": ""}
    sql = query("kpi").replace("kpi_view", view)
    return list(store._engine.rows(sql, **given, per_service=0))


def test_a_view_refuses_what_is_not_settled_and_what_was_known_before(store):
    views = [view for view in VIEWS if view != "kpi_on_call"]
    for view in views:
        with pytest.raises(StoreError, match="not settled yet, which a worker does every minute"):
            ask(store, view, FOREVER)
    last = now() - MINUTE
    keep(store, until(history(26, size=40), last))
    store.settle_hours()
    for view in views:
        assert ask(store, view, FOREVER) and ask(store, view, last), view
        with pytest.raises(StoreError, match="overheal kpis --as-of tells what was known before"):
            ask(store, view, last - 1)
