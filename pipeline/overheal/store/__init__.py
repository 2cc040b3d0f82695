"""The store: every event, finding and dead letter, in ClickHouse.

`client.open_store` opens the embedded engine on a folder and returns a `Store`. Tables are the
numbered files in `migrations/`, questions are the files in `queries/`; docs/store.md explains both.
"""

from __future__ import annotations

from overheal.store.client import Store, open_store
from overheal.store.rows import HourlyRow, IngestRange, StoreCounts, StoredEvent

__all__ = ["HourlyRow", "IngestRange", "Store", "StoreCounts", "StoredEvent", "open_store"]
