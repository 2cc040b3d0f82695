"""What happened in a span, as reports ask for it, on both engines."""

from __future__ import annotations

from overheal.model import DAY, HOUR
from tests.integration.store.conftest import empty
from tests.integration.store.made import START, counted, event, observation

MIDNIGHT = START // DAY * DAY
SPAN = (MIDNIGHT, MIDNIGHT + DAY)


def test_recoveries_episodes_and_what_was_seen_are_told_by_day(store):
    times = (START, START + HOUR // 12, START + 2 * HOUR, START + DAY)
    store.write_events(counted([event(n, time=at) for n, at in enumerate(times)]))
    store.write_events(counted([observation(9)]))
    (row,) = store.daily_recoveries(*SPAN)
    assert (row.service, row.day, row.recoveries, row.human_recoveries) == (
        *("checkout", MIDNIGHT),
        *(3, 0),
    )
    assert store.episodes_between(*SPAN) == {("production", "checkout"): 2}
    (seen,) = store.seen_daily(*SPAN)
    assert (seen.day, seen.actions, seen.observations, seen.late) == (MIDNIGHT, 3, 1, 0)
    assert sum(row.total for row in store.outcomes(*SPAN)) == 3
    worked = {(at - 1_500_000) // HOUR * HOUR for at in times[:3]}
    assert store.hours_worked(*SPAN) == sorted(worked)
    assert sum(events for _, events in store.weeks_seen()) == 5
    assert store.first_event() == min(START, observation(9).time)


def test_an_empty_store_has_nothing_to_tell(store):
    empty(store)
    assert store.first_event() is None
    assert store.daily_recoveries(*SPAN) == []
    assert store.episodes_between(*SPAN) == {}
    assert store.outcomes(*SPAN) == []
    assert store.hours_worked(*SPAN) == []
    assert store.hidden_incidents(*SPAN, 20) == []
    assert store.alerts_between(*SPAN) == []
    assert not store.alerts_connected(*SPAN)
    assert store.refused_since(0) == {}
