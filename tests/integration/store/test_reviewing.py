"""Reviews of actions in the store."""

from __future__ import annotations

import msgspec

from overheal.store import ActionReview
from tests.integration.store.made import START, counted, event

GIVEN = ActionReview(
    environment="production",
    service="shop/ledger",
    type="failover",
    action_id="f-1",
    by_hand=True,
    level=None,
    acted_at=START,
    at=START + 5,
    by="bob",
    verdict="good",
    note="as the runbook says",
    author="root",
)


def test_every_review_is_kept_once_and_in_order(store):
    store.write_reviews([])
    later = msgspec.structs.replace(GIVEN, at=START + 9, verdict="bad", level=3, by_hand=False)
    for one in (later, GIVEN, later):
        store.write_reviews([one])
    assert store.reviews() == [GIVEN, later]


def test_an_action_is_found_by_its_id_or_by_its_beginning(store):
    store.write_events(counted([event(1), event(2)]))
    (action_id,) = {
        row[0] for row in store._engine.rows("SELECT min(action_id) FROM action_events")
    }
    (found,) = [one for one in store.actions_named(action_id) if one.action_id == action_id]
    assert found.acted
    assert store.actions_named("no-such-action") == []


def test_every_question_of_a_review_can_be_asked_of_an_empty_store(store):
    span = {"start": START, "end": START + 10**12}
    for name in ("predictions", "felt", "alerts", "hands", "signals", "drilled"):
        assert not store.span_rows(f"review_{name}", **span)
    for name in ("policies", "changes", "levels", "declared_fields"):
        assert not store.span_rows(f"review_{name}", end=span["end"])
    for name in ("seen", "writers"):
        assert not store.span_rows(f"readiness_{name}", **span)
    assert not store.span_rows("review_usage", **span, as_of=span["end"])
    assert not store.span_rows("first_event")
    assert not store.recoveries_of(["it's"], span["end"])
