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
from overheal.store.reviewing import ActionReview, NamedAction
from overheal.store.rows import (
    Found,
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
from overheal.store.sandbox import Limits, Sandbox

__all__ = [
    "Acknowledgement",
    "ActionReview",
    "FollowUp",
    "Found",
    "HourlyRow",
    "IncompleteSpan",
    "IngestRange",
    "KpiReading",
    "KpiSet",
    "Limits",
    "NamedAction",
    "Origin",
    "OutcomeChange",
    "Progress",
    "Recount",
    "Relation",
    "Restatement",
    "Sandbox",
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
