"""Events become columns."""

from __future__ import annotations

import pyarrow as pa
import pytest

from overheal.model import Event, Target
from overheal.store import columns
from overheal.store.rows import StoredEvent

EVENT = Event(
    id="e1",
    source="urn:test",
    time=1_790_000_000_000_001,
    action_id="a1",
    phase="finished",
    service="checkout",
    environment="production",
    scope="",
    agent="kubelet",
    agent_kind="platform",
    mandate="",
    type="restart",
    name="",
    target=Target("Pod", "checkout-1", "shop"),
    field="replicas",
    old=2,
    new=3.5,
    trigger="failure",
    condition="probe failed",
    outcome="succeeded",
    duration=None,
    recovery=True,
    recovery_overridden=False,
    count=1,
    first_at=1_790_000_000_000_001,
    witness_of="",
    caused_by=("c1", "c2"),
    correlation_id="",
    user_visible=False,
    prior_uptime=1.5,
    labels={"team": "payments"},
    document=b"{}",
)


def one(**stored: object) -> dict[str, object]:
    row = StoredEvent(EVENT, **stored)  # type: ignore[arg-type]
    return columns.of_events([row]).to_pylist()[0]


def test_every_field_of_a_stored_event_has_a_column():
    row = one(scope="shop", topic="events.jsonl", offset=7)
    assert (row["declared_scope"], row["scope"]) == ("", "shop")
    assert (row["_topic"], row["_partition"], row["_offset"]) == ("events.jsonl", 0, 7)
    assert (row["target_kind"], row["target_name"], row["target_namespace"]) == (
        "Pod",
        "checkout-1",
        "shop",
    )
    assert (row["old"], row["new"]) == ("2", "3.5")
    assert row["labels"] == [("team", "payments")]
    assert set(Event.__struct_fields__) - {"target"} < set(row)


def test_an_event_counts_at_its_own_time_unless_told_otherwise():
    column = columns.of_events(
        [StoredEvent(EVENT), StoredEvent(EVENT, counted_at=5), StoredEvent(EVENT, counted_at=-5)]
    )["counted_at"]
    assert column.cast(pa.int64()).to_pylist() == [EVENT.time, 5, 0]


@pytest.mark.parametrize(
    ("scalar", "written"),
    [(None, ""), (True, "true"), (1, "1"), (1.0, "1.0"), ("1", '"1"'), ("", '""')],
)
def test_a_value_keeps_its_type_as_json(scalar, written):
    assert columns.value([scalar]).to_pylist() == [written]


def test_equal_values_of_different_types_stay_apart():
    assert columns.value([1, True, 1.0]).to_pylist() == ["1", "true", "1.0"]


def test_half_a_surrogate_pair_does_not_stop_a_batch():
    assert columns.text(["good", "bad \ud800"]).to_pylist() == ["good", "bad ?"]


def test_columns_become_the_same_events_again():
    table = columns.of_events([StoredEvent(EVENT)])
    names = list(Event.__struct_fields__)
    place = names.index("target")
    names[place : place + 1] = [
        f"target_{part}" for part in ("kind", "name", "namespace", "cluster", "region")
    ]
    names[names.index("scope")] = "declared_scope"
    block = []
    for name in names:
        column = table[name]
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        values = column.to_pylist()
        block.append([dict(item) for item in values] if name == "labels" else values)
    assert columns.to_events(block) == [EVENT]
