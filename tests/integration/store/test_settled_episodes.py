"""Settled episodes: the numbers stay the same whatever comes after they were settled."""

from __future__ import annotations

import json
import time

import pytest

from overheal.contract.decode import decode
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE
from overheal.report.words import rfc3339
from overheal.store import StoredEvent, open_store
from overheal.store.kpis import FOREVER
from tests.integration.store.conftest import empty
from tests.integration.store.made import START
from tests.integration.store.test_kpis import DAYS, LENGTH, NEEDS, History, history, keep, same
from tests.support.events import document
from tests.support.kpi_reference import Asked
from tests.support.migrated import migrated_folder

ALL = Asked(START, START + LENGTH, FOREVER)
CUT = Asked(START + 7 * HOUR + 1_234_567, START + 3 * DAY + 17 * MINUTE, FOREVER)
FELT = {"shop/checkout": ["ledger", "checkout"], "ledger": ["checkout"]}
"""All that each depends on by `test_kpis.CATALOG`."""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    with open_store(migrated_folder(tmp_path_factory.mktemp("episodes"))) as store:
        yield store


@pytest.fixture
def store(embedded):
    empty(embedded)
    return embedded


def agrees(store, made: History, asked: Asked = ALL) -> None:
    same(store.kpis(asked.start, asked.end, as_of=asked.as_of), made, asked)


def held(store) -> tuple[bool, int]:
    """Whether settled episodes are read, and of how many services they are not."""
    ((bounds,),) = store._engine.rows(f"SELECT bounds FROM kpi_episode_bounds(as_of = {FOREVER})")
    ((loose,),) = store._engine.rows("SELECT uniq(environment, service) FROM kpi_loose_services")
    return bounds[0] > 0, loose


def test_a_first_source_of_alerts_that_connects_late_is_counted_at_once(store):
    made = history(38, size=100)
    keep(store, made._replace(rows=[row for row in made.rows if row.event.phase]))
    store.settle_hours(DAYS)
    assert held(store) == (True, 0)
    keep(store, made)
    assert held(store)[1] > 0
    agrees(store, made)
    store.settle_hours(DAYS)
    assert held(store) == (True, 0)
    agrees(store, made, CUT)


def test_a_catalog_that_holds_for_what_is_settled_changes_what_was_felt(store):
    made = history(38, size=80)
    keep(store, made)
    store.settle_hours(DAYS)
    keep(store, History([], [], [], NEEDS))
    assert held(store) == (False, 0)
    agrees(store, made._replace(needs=FELT))
    store.settle_hours(DAYS)
    assert held(store) == (True, 0)
    agrees(store, made._replace(needs=FELT))


def test_what_users_felt_late_reaches_the_services_that_theirs_depends_on(store):
    made = history(38, size=80)._replace(needs=FELT)
    first = [row for row in made.rows if row.event.phase or row.event.service != "shop/checkout"]
    keep(store, made._replace(rows=first, needs=NEEDS))
    store.settle_hours(DAYS)
    keep(store, made._replace(needs={}))
    agrees(store, made)


def test_an_episode_that_goes_on_is_counted_as_far_as_it_went(store):
    now = int(time.time()) * MICROSECOND
    moments = [now - 5 * HOUR + number * 10 * MINUTE for number in range(30)]
    earlier = History([recovery(at) for at in moments[:-2]], [], [])
    keep(store, earlier)
    store.settle_hours()
    asked = Asked(now - DAY, now + HOUR, FOREVER)
    assert held(store) == (True, 1)
    agrees(store, earlier, asked)
    seen = [recovery(at) for at in moments[-2:]]
    keep(store, History(seen, [], []))
    agrees(store, History([*earlier.rows, *seen], [], []), asked)


def test_recoveries_a_day_after_the_first_are_no_longer_of_its_episode(store):
    moments = [START + number * 14 * MINUTE for number in range(240)]
    made = History([recovery(at) for at in moments], [], [])
    keep(store, made)
    agrees(store, made)
    store.settle_hours(DAYS)
    agrees(store, made)
    found = store.kpis(ALL.start, ALL.end).get("episodes")
    assert (found.value, found.denominator) == (1, -(-DAY // (14 * MINUTE)))


def recovery(at: int) -> StoredEvent:
    """Return a restart that users felt and that worked."""
    said = {
        "action_id": f"a{at}",
        "service": "shop/ledger",
        "environment": "production",
        "agent": {"name": "kubelet", "kind": "platform"},
        "action": {"type": "restart"},
        "trigger": {"condition": "it failed", "kind": "failure"},
        "impact": {"user_visible": True},
        "actual": {"outcome": "succeeded"},
    }
    event = decode(json.dumps(document(f"e{at}", rfc3339(at), **said)).encode())
    return StoredEvent(event=event, scope=event.service, received_at=event.time)
