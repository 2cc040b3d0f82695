"""Counters of Events, and the same Event from several files."""

from __future__ import annotations

from collections import Counter

from overheal.adapters.kubernetes import Kubernetes

GUARD = "deleting pod so that it restarts"


def test_a_counter_that_goes_from_four_to_nine_is_five_more_of_which_one_is_dated(world):
    uid = "e1"
    four = world.event("Unhealthy", "probe failed", "Pod/db-0", 40, first=0, count=4, uid=uid)
    nine = world.event("Unhealthy", "probe failed", "Pod/db-0", 90, first=0, count=9, uid=uid)
    first, second = world.read(world.watch("ADDED", four), world.watch("MODIFIED", nine))
    assert (first.count, first.first_at, first.time) == (4, world.micros(0), world.micros(40))
    assert (second.count, second.first_at, second.time) == (5, world.micros(40), world.micros(90))


def test_the_first_reading_stands_for_all_between_first_and_last(world):
    (event,) = world.read(
        world.event("BackOff", "again", "Pod/db-0", 500, first=20, count=99, level="Warning")
    )
    assert (event.count, event.first_at, event.time) == (99, world.micros(20), world.micros(500))
    assert event.type == "symptom"


def test_a_list_after_a_watch_says_nothing_new_and_is_ignored_with_the_reason(world):
    event = world.event("Unhealthy", "probe failed", "Pod/db-0", 40, count=4, uid="e1")
    assert len(world.read(world.watch("ADDED", event), event)) == 1
    assert world.adapter.ignored == {"seen before": 1}


def test_a_deleted_event_says_nothing(world):
    event = world.event("Unhealthy", "probe failed", "Pod/db-0", 40)
    assert world.read(world.watch("DELETED", event)) == []
    assert world.adapter.ignored == {"deleted Event": 1}


def test_the_same_sighting_has_the_same_id_in_every_file(world):
    event = world.event("Unhealthy", "probe failed", "Pod/db-0", 40, count=4, uid="e1")
    (from_list,) = world.read(event)
    (from_watch,) = world.read(world.watch("MODIFIED", event))
    assert from_list.key == from_watch.key == ("urn:overheal:kubernetes", "e1:4")


def test_core_and_events_api_are_one_event(world):
    core = world.event("Unhealthy", "probe failed", "Pod/db-0", 40, count=4, uid="e1")
    newer = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"uid": "e1", "name": "db-0.1", "namespace": "shop"},
        "regarding": core["involvedObject"],
        "reason": "Unhealthy",
        "note": "probe failed",
        "type": "Normal",
        "deprecatedSource": {"component": "kubelet"},
        "deprecatedCount": 4,
        "deprecatedFirstTimestamp": world.at(40),
        "deprecatedLastTimestamp": world.at(40),
    }
    (alone,) = world.read(newer)
    assert (alone.count, alone.agent, alone.service) == (4, "kubelet", "shop/db")
    assert len(world.read(core, newer)) == 1


def test_a_series_counts_by_its_own_counter_and_time(world):
    event = world.event("FailedScheduling", "0/3 nodes", "Pod/db-0", 0, count=1)
    event |= {
        "eventTime": world.at(10),
        "firstTimestamp": None,
        "lastTimestamp": None,
        "count": None,
        "series": {"count": 12, "lastObservedTime": world.at(70)},
    }
    (seen,) = world.read(event)
    assert (seen.count, seen.first_at, seen.time) == (12, world.micros(10), world.micros(70))


def test_a_table_row_is_the_event_whose_time_fits_the_age(world):
    exact = world.event("Unhealthy", "probe failed", "Pod/db-0", 600)
    row = world.row("49m", "Unhealthy", "pod/db-0", "probe failed")
    (event,) = world.read(exact, row)
    assert event.time == world.micros(600)


def test_a_table_alone_is_dated_by_its_ages_and_says_so(world):
    (event,) = world.read(world.row("5m54s", "Unhealthy", "pod/db-0", "probe failed"))
    assert event.time == world.micros(3600 - 354)
    assert b'"derived":["time"]' in event.document


def test_a_row_with_a_counter_stands_for_all_of_it(world):
    (event,) = world.read(
        world.row("12s (x7 over 5m58s)", "BackOff", "pod/db-0", "back-off", TYPE="Warning")
    )
    assert (event.count, event.time) == (7, world.micros(3600 - 12))
    assert event.first_at == world.micros(3600 - 359)  # at the earliest


def test_wide_columns_are_read(world):
    (event,) = world.read(
        world.row(
            "2m",
            "Killing",
            "pod/db-0",
            "Container app failed liveness probe, will be restarted",
            **{"FIRST SEEN": "10m", "COUNT": "3", "SOURCE": "kubelet, node-3", "NAME": "db-0.17"},
        )
    )
    assert (event.type, event.count, event.agent) == ("restart", 3, "kubelet")


def test_an_unknown_age_is_dated_by_the_print(world):
    (event,) = world.read(world.row("<unknown>", "FailedScheduling", "pod/db-0", "no node"))
    assert event.time == world.micros(3600)


def test_two_rows_that_look_alike_are_two_events(world):
    rows = [world.row("10m", "MemoryAboveLimit", "pod/db-0", GUARD) for _ in range(2)]
    events = world.read(*rows)
    assert len({event.key for event in events}) == 2


def test_a_table_copied_long_after_it_was_printed_still_adds_nothing(world):
    """Its receipt is the copy's, so every row is an hour late by the same amount."""
    exact = [
        world.event(
            "Scheduled", f"assigned shop/a-{n}", f"Pod/a-{n}", 10 * n, component="default-scheduler"
        )
        for n in range(3)
    ]
    exact.append(world.event("MemoryAboveLimit", GUARD, "Pod/a-1", 50, component="leak-guard"))
    ages = {0: "2h", 1: "119m", 2: "119m"}
    rows = [world.row(ages[n], "Scheduled", f"pod/a-{n}", f"assigned shop/a-{n}") for n in range(3)]
    rows.append(world.row("119m", "MemoryAboveLimit", "pod/a-1", GUARD))
    events = world.read(*rows, *exact)
    assert Counter(event.name for event in events) == {"Scheduled": 3, "MemoryAboveLimit": 1}
    assert all(event.time >= world.micros(0) for event in events)


def test_what_was_not_seen_for_six_hours_is_forgotten(world):
    hours = [world.event("Pulled", "image", f"Pod/p-{n}", 3600 * n, uid=f"e{n}") for n in range(48)]
    world.read(*hours)
    entries = world.adapter._counters._entries
    assert len(entries) <= 7


def test_state_does_not_grow_with_the_number_of_events(world):
    adapter = Kubernetes()
    for n in range(3000):
        document = world.event("Created", "x", f"Pod/ledger-dd7c956cc-{n:05d}", 60 * n)
        adapter.adapt(world.record(document))
    assert len(adapter._counters._entries) <= 362
    assert len(adapter._counters._alike) <= 362
