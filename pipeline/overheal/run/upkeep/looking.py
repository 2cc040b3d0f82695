"""`overheal store stats` and `overheal store check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from overheal.model import DAY, MICROSECOND
from overheal.run.moments import rfc3339
from overheal.store import Store
from overheal.store.upkeep import Complaint, TableSize


class Stats(msgspec.Struct, frozen=True):
    """What a store takes; `per_event` is bytes on disk, of everything, by events stored."""

    tables: list[TableSize]
    events: int
    bytes: int
    per_event: float | None
    first_at: int
    last_at: int
    retention_days: int | None
    schema_version: int


def stats(store: Store) -> Stats:
    """Return what a store takes."""
    tables = store.sizes()
    counts = store.counts()
    total = sum(table.bytes for table in tables)
    return Stats(
        tables=tables,
        events=counts.events,
        bytes=total,
        per_event=total / counts.events if counts.events else None,
        first_at=counts.first_at,
        last_at=counts.last_at,
        retention_days=store.retention_days(),
        schema_version=store.schema_version(),
    )


class Health(msgspec.Struct, frozen=True):
    """What a check found: `complaints` are faults, `notes` are worth knowing and no fault."""

    complaints: list[Complaint]
    notes: list[str]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.complaints


def check(store: Store) -> Health:
    """Return whether files, ledger, references and narrow tables are whole; changes nothing."""
    complaints = list(_files(store))
    notes: list[str] = []
    complaints += store.unbalanced()
    _totals(store, complaints, notes)
    complaints += store.orphans()
    complaints += _unfed(store)
    return Health(complaints, notes)


def _files(store: Store) -> Iterator[Complaint]:
    for table in store.all_tables():
        yield from store.damaged(table.name)


def repair(store: Store) -> list[str]:
    """Write what narrow tables lack of the events that are stored; return what was written."""
    found = [(feed, store.feed(feed)) for feed in store.feeds()]
    return [
        f"{count:,} rows of {feed.table} written anew from {feed.source}"
        for feed, count in found
        if count
    ]


def _unfed(store: Store) -> Iterator[Complaint]:
    for feed in store.feeds():
        count = store.unfed(feed)
        if count:
            yield Complaint(
                "feeding",
                f"{feed.table} lacks {count:,} rows of {feed.source}: an insert was cut off before "
                "they were written; --repair writes them",
            )


def _totals(store: Store, complaints: list[Complaint], notes: list[str]) -> None:
    said, stored, refused_said, refused = store.ledger_totals()
    if stored > said:
        notes.append(
            f"{stored - said:,} events are stored that the ledger does not speak of: of a reading "
            "that was cut off, or imported without its ledger"
        )
    if stored < said:
        text = f"{said - stored:,} events that the ledger counts are not there"
        if store.retention_days() is None:
            complaints.append(Complaint("ledger", text))
        else:
            notes.append(f"{text}; events expire here after {store.retention_days()} days")
    if refused < refused_said:
        # The same bytes refused twice at one place are one row.
        notes.append(
            f"{refused_said - refused:,} dead letters of the ledger are repetitions of others"
        )


def as_document(found: Stats | Health) -> Any:
    """Return what was found as a JSON document; times are RFC 3339."""
    document = msgspec.to_builtins(found)
    if isinstance(found, Stats):
        for name in ("first_at", "last_at"):
            document[name] = rfc3339(document[name]) if found.events else None
    else:
        document["whole"] = found.whole
    return document


def spanned(found: Stats) -> str:
    """Return from when to when events happened, in words."""
    if not found.events:
        return "no events yet"
    first, last = (
        datetime.fromtimestamp(at / MICROSECOND, UTC) for at in (found.first_at, found.last_at)
    )
    days = (found.last_at - found.first_at) / DAY
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d} UTC, {days:,.1f} days"
