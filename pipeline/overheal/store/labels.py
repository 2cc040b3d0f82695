"""What people think of findings, written and read."""

from __future__ import annotations

import msgspec
import pyarrow as pa

from overheal.store import columns as column
from overheal.store.engine import Engine
from overheal.store.sql import query

USEFUL, NOISE, MISSED = "useful", "noise", "missed"


class Label(msgspec.Struct, frozen=True):
    """One label; times are microseconds UTC.

    `id` is that of the finding, which is `useful` or `noise`. What no finding spoke of (`missed`)
    has an id of its own, a service and the moment at which somebody should have been told.
    """

    id: str
    verdict: str
    service: str = ""
    environment: str = ""
    at: int | None = None
    note: str = ""
    author: str = ""
    noted_at: int = 0
    removed: bool = False


class Labels:
    """Reads and writes labels; the one that was noted last for an id stands."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def labels(self) -> list[Label]:
        """Return the labels that stand, in the order in which they were noted."""
        return [Label(*row) for row in self._engine.rows(query("labels"))]

    def write_label(self, label: Label) -> None:
        """Write a label, durably; it replaces an earlier one of its id."""
        texts = ("id", "verdict", "service", "environment", "note", "author")
        columns = {name: column.text([getattr(label, name)]) for name in texts}
        for name in ("at", "noted_at"):
            columns[name] = column.moment([getattr(label, name)])
        columns["removed"] = column.flag([label.removed])
        columns["version"] = column.whole([label.noted_at])
        self._engine.insert("labels", pa.table(columns))
