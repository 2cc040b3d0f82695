"""A store with something in every table, and what is in every table of a store."""

from __future__ import annotations

from typing import Any

from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import DAY, DeadLetter
from overheal.store import IngestRange, Relation, Snapshot, Store, TimedInput
from tests.integration.store.made import START, counted, event, observation
from tests.integration.store.test_records import FINDING
from tests.support.versions import empty_tables, one_row, rows_of


def filled(store: Store, events: int = 6) -> None:
    """Write something into every table that this version writes."""
    rows = [event(n) for n in range(events)] + [observation(n) for n in range(3)]
    odd = event(50, service="shop/ledger", old="quote'\"\\", new=2**70, labels={"a": "\t\n日本"})
    store.write_events(counted([*rows, odd]))
    store.write_findings([FINDING])
    store.write_relations([Relation(FINDING.id, 2, "storm", "")])
    store.write_dead_letters(
        [
            DeadLetter("f", 1, "not_json", "not JSON", b"\xff\xfe{\0"),
            DeadLetter("topic", 7, "not_json", "why", b"{", 3, "e", 2, b"\x80k", {"h": "v"}),
        ],
        START,
    )
    store.write_range(
        IngestRange(
            origin="f", epoch="1", first=1, last=9, records=9, received=12, stored=10,
            dead_letters=2, reasons={"tombstone": 1}, watermark=-5, written_at=START,
        )
    )  # fmt: skip
    store.write_snapshots([Snapshot(topic="t", epoch="e", partition=1, scope="production/shop",
        drill="", partitions=3, offset=9, record_key=b"\xffk", format="f", due=5, state=b"\x00\xff",
        written_at=START)])  # fmt: skip
    store.write_inputs([TimedInput("catalog", START, "d", "{}", "me", START)])
    store.write_declared(
        [
            Expectation(id="x", service="checkout", environment="", detector="", count=9, per="day",
                owner="payments", reason="nightly", since=START, until=START + DAY, author="me",
                removed_at=None),
            DeclaredDrill(id="d", since=START, until=START + DAY, services=("checkout",), scopes=(),
                owner="payments", no_automation=True, author="me", ended_at=START + 5),
        ]
    )  # fmt: skip

    for table in empty_tables(store._engine):
        one_row(store._engine, table)


def contents(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table that holds something of its own, in one order."""
    return rows_of(store._engine)
