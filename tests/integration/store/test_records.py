"""Findings, refusals, the ledger and the views."""

from __future__ import annotations

import msgspec

from overheal.model import DeadLetter, Finding, Status, Tier, TierChange
from overheal.store import IngestRange, Relation, TimedInput
from tests.integration.store.made import START, counted, event, observation

MINUTE = 60_000_000

FINDING = Finding(
    id="thrashing-1",
    detector="thrashing",
    stage="scope",
    subject="node-3",
    service="",
    environment="production",
    scope="cluster",
    first_at=START,
    last_at=START + 9,
    detected_at=START + 5,
    tier=Tier.ACTIONABLE,
    reason="it flips",
    title="node-3",
    summary="node-3 flips \u202e'",
    next_step="look at it",
    count=4,
    agents=["a", "b"],
    evidence={"gaps": [1, 2.5, None], "nested": {"x": True}, "big": 2**60},
    members=["e-1", "e-2"],
    member_count=2,
    tier_history=[TierChange(Tier.INFORMATIONAL, START, "new"), TierChange(Tier.ACTIONABLE, 5, "")],
    revision=3,
)


def test_a_finding_comes_back_as_it_was(store):
    plain = msgspec.structs.replace(FINDING, id="b", tier_history=[], agents=[], evidence={})
    store.write_findings([FINDING, plain])
    assert store.findings() == [plain, FINDING]
    assert list(store.findings()[1].evidence) == ["gaps", "nested", "big"]
    store.write_findings([])


def test_the_last_revision_stands_and_the_others_are_kept(store):
    resolved = msgspec.structs.replace(
        FINDING, revision=4, status=Status.RESOLVED, resolved_at=START + 50
    )
    store.write_findings([FINDING])
    store.write_findings([resolved])
    store.write_findings([FINDING])
    assert store.findings() == [resolved]
    assert store.counts().findings == 1
    kept = store._engine.rows("SELECT revision FROM findings FINAL ORDER BY revision")
    assert kept == [(3,), (4,)]


def test_what_is_written_last_of_one_revision_stands(store):
    other = msgspec.structs.replace(FINDING, inhibited_by="storm")
    for finding in (FINDING, other, FINDING, other):
        store.write_findings([finding])
    assert store.findings() == [other]


def test_a_refusal_written_again_is_the_same_one(store):
    letters = [
        DeadLetter("events.jsonl", 3, "not_json", "not JSON", b"\xff\x00{"),
        DeadLetter("events.jsonl", 3, "not_json", "not JSON", b"other"),
        DeadLetter("-", 0, "empty", "", b""),
    ]
    store.write_dead_letters(letters, START)
    store.write_dead_letters(letters[:2], START + MINUTE)
    store.write_dead_letters([], START)
    assert store.counts().dead_letters == 3


def test_the_ledger_replaces_a_range_of_the_same_epoch_and_adds_up_over_epochs(store):
    entry = IngestRange(
        origin="events.jsonl", epoch="1", first=1, last=9, received=9, stored=8, dead_letters=1
    )
    store.write_range(entry)
    store.write_range(entry)
    store.write_range(msgspec.structs.replace(entry, epoch="2", stored=0, duplicates=8))
    totals = "sum(received), sum(stored), sum(duplicates), sum(dead_letters)"
    assert store._engine.rows(f"SELECT {totals} FROM ingest_ranges FINAL") == [(18, 8, 8, 2)]


def test_recoveries_no_more_than_fifteen_minutes_apart_are_one_episode(store):
    minutes = [0, 10, 25, 41, 100, 100]
    events = [event(n, time=START + at * MINUTE) for n, at in enumerate(minutes)]
    store.write_events(counted([*events, event(9, service="cart")]))
    store.write_events(counted(events[:3]), "again")
    found = store._engine.rows(
        "SELECT service, recoveries, dateDiff('minute', started_at, ended_at)"
        " FROM episodes ORDER BY service, started_at"
    )
    assert found == [
        ("cart", 1, 0),
        ("checkout", 3, 25),
        ("checkout", 1, 0),
        ("checkout", 2, 0),
    ]


def test_services_lists_each_service_once(store):
    rows = counted([event(0), event(1), observation(2, service="checkout"), observation(3)])
    store.write_events(rows, "one")
    store.write_events(rows, "two")
    found = store._engine.rows(
        "SELECT environment, service, scope, action_events, observations, recoveries FROM services"
    )
    assert found == [("production", "checkout", "shop", 2, 1, 2)]


def test_a_relation_overrides_what_the_finding_says(store):
    store.write_findings([msgspec.structs.replace(FINDING, inhibited_by="storm")])
    assert store.findings()[0].inhibited_by == "storm"
    store.write_relations([Relation(FINDING.id, 2, superseded_by="whole")])
    store.write_relations([Relation(FINDING.id, 1, inhibited_by="other")])
    store.write_relations([Relation("unknown", 5, inhibited_by="x")])
    expected = msgspec.structs.replace(
        FINDING, status=Status.SUPERSEDED, inhibited_by="", superseded_by="whole"
    )
    assert store.findings() == [expected]
    store.write_relations([Relation(FINDING.id, 3)])
    assert store.findings() == [FINDING]
    store.write_relations([])


def test_a_retracted_finding_stays_retracted_whatever_replaces_it(store):
    store.write_findings([msgspec.structs.replace(FINDING, status=Status.RETRACTED)])
    store.write_relations([Relation(FINDING.id, 1, superseded_by="whole")])
    assert [item.status for item in store.findings()] == [Status.RETRACTED]


def test_inputs_come_back_in_the_order_in_which_they_hold(store):
    inputs = [
        TimedInput("catalog", START, "d1", '{"services":"日本"}', "payments", START + 5),
        TimedInput("settings", START, "d1", "{}"),
        TimedInput("catalog", START + 1, "d2", "{}"),
    ]
    store.write_inputs(inputs[::-1])
    store.write_inputs(inputs[:1])
    store.write_inputs([])
    assert store.inputs() == inputs


def test_refusals_of_a_topic_are_told_apart_by_their_place(store):
    letter = DeadLetter(
        "topic", 7, "not_json", "no", b"\xff", 1, "epoch", 2, b"\x00key", {"ce_id": "日本"}
    )
    others = [
        msgspec.structs.replace(letter, **change)
        for change in ({"partition": 2}, {"epoch": "other"}, {"item": 3}, {"line": 8})
    ]
    store.write_dead_letters([letter, *others], START)
    store.write_dead_letters([letter], START + 1)
    assert store.counts().dead_letters == 5
    found = store._engine.rows(
        "SELECT partition, epoch, item, hex(record_key), headers FROM dead_letters FINAL "
        "ORDER BY line, partition, epoch, item LIMIT 1"
    )
    assert found == [(1, "epoch", 2, "006B6579", {"ce_id": "日本"})]


def test_refusals_with_a_token_that_was_used_are_not_written(store):
    letter = DeadLetter("topic", 7, "not_json", "no", b"{")
    store.write_dead_letters([letter], START, "block")
    store.write_dead_letters([letter], START + 1, "block")
    assert store._engine.rows("SELECT count() FROM dead_letters") == [(1,)]
