"""Events in, the same events out, each once."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overheal.model import HOUR
from overheal.store import StoredEvent
from overheal.store.sql import query
from tests.integration.store.conftest import empty
from tests.integration.store.made import START, any_event, counted, event, observation


def history(store, *args):
    return [item for batch in store.history(*args) for item in batch]


def in_order(events):
    return sorted(events, key=lambda item: (item.time, item.source, item.id))


def hours(store):
    return {row.hour: row.recoveries for row in store.hourly()}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(any_event, max_size=12, unique_by=lambda item: item.key), cut=st.integers(0, 12)
)
def test_history_is_what_was_written(store, events, cut):
    empty(store)
    store.write_events(counted(events[:cut]), "first")
    store.write_events(counted(events[cut:]))
    assert history(store) == in_order(events)
    assert store.known([item.key for item in events]) == {item.key for item in events}
    assert store.counts().events == len(events)


def test_history_merges_actions_and_observations_across_months(store):
    events = [event(n, time=START + n * 20 * 24 * HOUR) for n in range(8)]
    events += [observation(n, time=START + n * 20 * 24 * HOUR + 5) for n in range(8)]
    shuffled = random.Random(3).sample(events, len(events))
    store.write_events(counted(shuffled))
    assert history(store) == in_order(events)


def test_history_keeps_to_its_bounds(store):
    events = [event(n) for n in range(10)]
    store.write_events(counted(events))
    assert history(store, events[2].time, events[5].time) == events[2:5]
    assert history(store, events[8].time) == events[8:]
    assert history(store, None, events[1].time) == events[:1]
    assert history(store, events[9].time + 1) == []


def test_history_comes_in_batches_and_can_be_left(store):
    events = [event(n) for n in range(20_000)]
    store.write_events(counted(events))
    batches = store.history()
    assert 0 < len(next(batches)) < len(events)
    store.write_events(counted([event(20_000)]))
    batches.close()
    assert store.counts().events == 20_001


def test_an_empty_store_has_answers(store):
    assert history(store) == []
    assert store.known([]) == set()
    assert store.known([("urn:test", "e-1")]) == set()
    assert store.hourly() == []
    assert store.findings() == []
    assert store.counts().events == store.counts().first_at == 0
    store.write_events([])


def test_absent_returns_what_is_new_in_order_and_once(store):
    events = [event(n) for n in range(6)]
    store.write_events(counted(events[:3]))
    assert store.absent([*events[2:], events[5]]) == events[3:]


def test_the_same_id_of_another_source_is_another_event(store):
    first, second = event(1), event(1, source="urn:other")
    store.write_events(counted([first]))
    assert store.absent([second]) == [second]


@pytest.mark.parametrize("token", ["batch-1", ""])
def test_a_batch_delivered_again_with_its_token_is_not_written(store, token):
    rows = counted([event(n) for n in range(30)])
    store.write_events(rows, token)
    store.write_events(rows, token)
    assert store._engine.rows("SELECT count() FROM action_events") == [(30,)]


def test_hourly_numbers_stay_right_however_often_a_batch_is_delivered(store):
    rows = counted([event(n) for n in range(30)])
    store.write_events(rows, "one")
    expected = {START + hour * HOUR: 6 for hour in range(5)}
    assert hours(store) == expected
    for token in ("one", "two", "three", ""):
        store.write_events(rows, token)
    store.write_events(rows[:7])
    store.write_events([rows[3], rows[3], *rows[10:]])
    assert hours(store) == expected
    assert store.counts().events == store.counts().recoveries == 30
    assert history(store) == [row.event for row in rows]
    store._engine.command("OPTIMIZE TABLE action_events FINAL")
    assert hours(store) == expected
    assert store._engine.rows("SELECT count() FROM action_events") == [(30,)]
    assert store.known([row.event.key for row in rows]) == {row.event.key for row in rows}


def test_recoveries_count_in_the_hour_in_which_the_action_began(store):
    late = event(0, time=START + 60, duration=120.0)
    rows = [
        StoredEvent(late, counted=4, counted_at=late.time - 120_000_000),
        StoredEvent(event(1, service="cart"), human_counted=2),
        StoredEvent(event(2, service="cart"), counted=0),
    ]
    store.write_events(rows)
    found = [(r.service, r.hour, r.recoveries, r.human_recoveries) for r in store.hourly()]
    assert found == [("cart", START, 0, 2), ("checkout", START - HOUR, 4, 0)]
    assert [row.service for row in store.hourly("cart")] == ["cart"]


def test_staging_never_adds_to_production(store):
    store.write_events(counted([event(0), event(1, environment="staging")]))
    assert [(r.environment, r.recoveries) for r in store.hourly()] == [
        ("production", 1),
        ("staging", 1),
    ]


def test_an_insert_over_many_months_is_taken(store):
    month = 31 * 24 * HOUR
    store.write_events(counted([event(n, time=n * month) for n in range(300)]))
    assert store.counts().events == 300


def test_a_large_batch_is_written_in_parts_with_tokens_of_their_own(store):
    rows = counted([event(n, time=START + n) for n in range(30_000)])
    store.write_events(rows, "large")
    store.write_events(rows, "large")
    assert store._engine.rows("SELECT count() FROM action_events") == [(30_000,)]


def test_the_lookup_by_id_reads_its_projection(store):
    store.write_events(counted([event(n, time=START + n) for n in range(60_000)]))
    assert store.known([event(7).key]) == {event(7).key}
    plan = store._engine.rows(f"EXPLAIN {query('known')}", question=1)
    assert "by_id" in str(plan)
