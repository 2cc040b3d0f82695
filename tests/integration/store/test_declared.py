"""Expectations and drills in the store: as they stand, however often and by whomever written."""

from __future__ import annotations

import msgspec

from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from tests.integration.store.made import START, counted, event

EXPECTED = Expectation(
    id="e",
    service="shop/checkout",
    environment="production",
    detector="thrashing",
    count=12,
    per="hour",
    owner="payments",
    reason="it's nightly",
    since=START,
    until=START + 10**9,
    author="ada",
)
DRILL = DeclaredDrill(
    id="d",
    since=START,
    until=START + 10**9,
    services=("a", "b"),
    scopes=("shop",),
    owner="web",
    no_automation=True,
    author="ada",
)


def test_they_come_back_as_they_were_written_and_once(store):
    store.write_declared([])
    for _ in range(2):
        store.write_declared([EXPECTED, DRILL])
    found = store.declared()
    assert list(found.expectations.values()) == [EXPECTED]
    assert list(found.drills.values()) == [DRILL]


def test_the_earliest_end_holds_in_whatever_order_rows_come(store):
    ended = [msgspec.structs.replace(EXPECTED, removed_at=START + n) for n in (700, 300, 500)]
    drills = [msgspec.structs.replace(DRILL, ended_at=START + n) for n in (700, 300, 500)]
    store.write_declared([*ended, *drills, EXPECTED, DRILL])
    store.write_declared([EXPECTED, DRILL])
    found = store.declared()
    assert found.expectations["e"].removed_at == START + 300
    assert found.drills["d"].ended_at == START + 300


def test_recoveries_of_a_service_are_found_by_its_full_and_its_short_name(store):
    made = [event(n, service=name) for n, name in enumerate(("eu/cart", "cart", "scart", "cart/x"))]
    store.write_events(counted(made))
    found = store.recoveries("cart", 0, 2**61)
    assert {one.service for one in found} == {"eu/cart", "cart"}
    assert {one.service for one in store.recoveries("eu/cart", 0, 2**61)} == {"eu/cart"}
    (first, second) = found
    assert first.told_at <= second.told_at
    assert store.recoveries("cart", second.at, 2**61) == [second]
    assert store.recoveries("cart", 0, second.at) == [first]
    assert sorted(store.service_names()) == ["cart", "cart/x", "eu/cart", "scart"]
