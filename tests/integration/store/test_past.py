"""History as a replay asks for it, and labels, on the embedded engine and on a server."""

from __future__ import annotations

import msgspec

from overheal.stages.telling import order
from overheal.store import Store, StoredEvent
from overheal.store.labels import Label
from overheal.store.past import FIELDS, Wanted, blocks_of, events_of
from tests.support.histories import history

END = 2**62
ALL = Wanted(frozenset(FIELDS))


def test_what_is_retold_is_what_was_written_in_the_order_of_telling(store: Store):
    events = history(3, 150)
    store.write_events([StoredEvent(event=event) for event in events])
    names = [place.name for place in store.places(0, END)]
    told = [
        event
        for block in blocks_of(store.retold(names, ALL, 0, END))
        for event in events_of(block, ALL.fields)
    ]
    assert told == sorted(events, key=order)
    assert [event for batch in store.all_retold(ALL, 0, END) for event in batch] == told


def test_columns_nobody_asks_for_are_left_empty(store: Store):
    events = history(4, 60)
    store.write_events([StoredEvent(event=event) for event in events])
    wanted = Wanted(frozenset({"id", "source", "time"}), "phase = 'started'", "false")
    (place,) = {place.name for place in store.places(0, END) if place.service == "ledger"} or {0}
    told = [
        event
        for block in blocks_of(store.retold([place], wanted, 0, END))
        for event in events_of(block, wanted.fields)
    ]
    kept = [one for one in events if one.phase == "started" and one.service == "ledger"]
    assert {event.id for event in told} == {event.id for event in kept}
    assert all(event.service == event.agent == "" and event.target is None for event in told)


def test_places_count_what_they_hold(store: Store):
    events = history(5, 100)
    store.write_events([StoredEvent(event=event) for event in events])
    places = store.places(0, END)
    assert sum(place.events for place in places) == len(events)
    assert sum(place.recoveries for place in places) == sum(event.recovery for event in events)
    assert sum(place.felt for place in places) == sum(event.user_visible for event in events)
    assert max(place.last_at for place in places) == max(event.time for event in events)
    assert store.places(END - 1, END) == []


def test_the_label_that_was_noted_last_stands_until_it_is_taken_back(store: Store):
    label = Label("thrashing-1", "useful", note="it's\tone", author="ada", noted_at=1)
    store.write_label(label)
    missed = Label("missed-1", "missed", service="cart", at=5, noted_at=2)
    store.write_label(missed)
    assert store.labels() == [label, missed]
    other = msgspec.structs.replace(label, verdict="noise", noted_at=3)
    store.write_label(other)
    assert store.labels() == [missed, other]
    store.write_label(msgspec.structs.replace(other, removed=True, noted_at=4))
    assert store.labels() == [missed]
