"""The store: every event, finding and dead letter, in ClickHouse.

`client.open_store` opens the embedded engine on a folder, or a server, and returns a `Store`.
Tables are the numbered files in `migrations/`, questions are the files in `queries/`;
docs/store.md explains both.
"""

from __future__ import annotations

from overheal.store.client import Store, migrate_server, open_store
from overheal.store.following import Acknowledgement, FollowUp
from overheal.store.place import ServerAddress
from overheal.store.readings import IncompleteSpan, KpiReading, KpiSet, OutcomeChange, Restatement
from overheal.store.rows import (
    HourlyRow,
    IngestRange,
    Origin,
    Progress,
    Recount,
    Relation,
    Snapshot,
    StoreCounts,
    StoredEvent,
    StoredRecovery,
    TimedInput,
)

__all__ = [
    "Acknowledgement",
    "FollowUp",
    "HourlyRow",
    "IncompleteSpan",
    "IngestRange",
    "KpiReading",
    "KpiSet",
    "Origin",
    "OutcomeChange",
    "Progress",
    "Recount",
    "Relation",
    "Restatement",
    "ServerAddress",
    "Snapshot",
    "Store",
    "StoreCounts",
    "StoredEvent",
    "StoredRecovery",
    "TimedInput",
    "migrate_server",
    "open_store",
]
