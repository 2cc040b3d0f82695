"""Writing: columns with deduplication tokens, so that a repeat changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from overheal.contract.bulky import thinned
from overheal.declared import Record
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import DeadLetter, Finding
from overheal.store import columns as column
from overheal.store import records
from overheal.store.engine import Engine
from overheal.store.readings import Restatement
from overheal.store.rows import IngestRange, Recount, Relation, Snapshot, StoredEvent, TimedInput
from overheal.store.sql import LONG_STATEMENT, filled, listed, quoted

ROWS_PER_INSERT = 25_000
BYTES_PER_INSERT = 16_000_000
ROWS_PER_RECOUNT = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Writer:
    """Writes; every method returns once its rows are in the store.

    After `StoreUnavailable` call it again with the same rows: nothing is stored twice.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write_events(self, rows: Sequence[StoredEvent], token: str = "") -> None:
        """Write events; 10,000 to 100,000 at a time is what the engine likes.

        `token` names exactly these rows: **other rows with a token that was used before are
        silently dropped**. So give one only for a range that is always cut the same way; without
        one it is made from the rows' keys, which is always right. Either way a row that is written
        again counts once in every query. Cut off half-way, the rows of some months are stored and
        of others not: write them again, with the same token or through `absent`. Bulky parts are
        cut, except of one action in ten (`contract.bulky`).
        """
        rows = [_thinned(row) for row in rows]
        actions = [row for row in rows if row.event.phase]
        observed = [row for row in rows if not row.event.phase]
        for table, part in (("action_events", actions), ("observations", observed)):
            for start in range(0, len(part), ROWS_PER_INSERT):
                chunk = part[start : start + ROWS_PER_INSERT]
                named = f"{token}:{start}" if token else _token(chunk)
                self._engine.insert(table, column.of_events(chunk), named)

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write findings as they stand; the last revision written is the one that is read."""
        if findings:
            self._engine.insert("findings", records.of_findings(findings))

    def write_relations(self, rows: Sequence[Relation]) -> None:
        """Write what carries or replaces findings; the highest revision of each is read."""
        if rows:
            self._engine.insert("finding_relations", records.of_relations(rows))

    def write_restatements(self, rows: Sequence[Restatement]) -> None:
        """Write disproved successes; of one action and event the last one written counts."""
        last = {(row.environment, row.service, row.action_id, row.decided_by): row for row in rows}
        if last:
            self._engine.insert("outcome_restatements", records.of_restatements([*last.values()]))

    def write_dead_letters(
        self, letters: Sequence[DeadLetter], received_at: int, token: str = ""
    ) -> None:
        """Write refusals, received at `received_at` (µs UTC); a known one is no second one.

        `token` as for events; without one they are written, and replace their like.
        """
        if letters:
            self._engine.insert("dead_letters", records.of_letters(letters, received_at), token)

    def write_range(self, entry: IngestRange) -> None:
        """Write one entry of the ledger; call it after the rows it speaks of are written."""
        self._engine.insert("ingest_ranges", records.of_range(entry))

    def write_snapshots(self, rows: Sequence[Snapshot]) -> None:
        """Write snapshots; each replaces the one of its scope, drill and place, if that is older.

        Cut off half-way, some are written: each of them is whole.
        """
        for part in _by_size(rows):
            self._engine.insert("detector_state", records.of_snapshots(part))

    def write_inputs(self, rows: Sequence[TimedInput]) -> None:
        """Write documents that hold from a moment on; a known one is no second one."""
        if rows:
            self._engine.insert("timed_inputs", records.of_inputs(rows))
        needs = records.of_needs(rows)
        if needs.num_rows:
            self._engine.insert("kpi_needs", needs)

    def write_declared(self, records_: Sequence[Record]) -> None:
        """Write expectations and drills as they stand; each replaces what is known of its id.

        What was ended stays so: of two ends the earlier is read, in whatever order they come.
        """
        expected = [one for one in records_ if isinstance(one, Expectation)]
        drills = [one for one in records_ if isinstance(one, DeclaredDrill)]
        if expected:
            self._engine.insert("expectations", records.of_expectations(expected))
        if drills:
            self._engine.insert("drills", records.of_drills(drills))

    def recount(self, rows: Sequence[Recount]) -> None:
        """Change what stored action events count for, and nothing else about them.

        Nothing happens for one that is not stored. One event comes once in `rows`.
        """
        for start in range(0, len(rows), ROWS_PER_RECOUNT):
            part = rows[start : start + ROWS_PER_RECOUNT]
            moments = [
                row.time if row.counted_at is None else max(0, row.counted_at) for row in part
            ]
            sql = filled(
                "recount",
                counted=listed(row.counted for row in part),
                human_counted=listed(row.human_counted for row in part),
                counted_at=listed(moments),
                keys=listed(_key(row, str(row.time)) for row in part),
                rows=listed(_key(row, f"'{_moment(row.time)}'") for row in part),
            )
            self._engine.command(sql, LONG_STATEMENT)


def _thinned(row: StoredEvent) -> StoredEvent:
    event, trace = thinned(row.event)
    return msgspec.structs.replace(row, event=event, trace=trace) if trace else row


def _by_size(rows: Sequence[Snapshot]) -> Iterator[Sequence[Snapshot]]:
    start = size = 0
    for at, row in enumerate(rows):
        size += len(row.state)
        if size >= BYTES_PER_INSERT or at - start >= ROWS_PER_INSERT:
            yield rows[start : at + 1]
            start, size = at + 1, 0
    if start < len(rows):
        yield rows[start:]


def _key(row: Recount, moment: str) -> str:
    return f"({quoted(row.service)}, {moment}, {quoted(row.id)}, {quoted(row.source)})"


def _moment(time: int) -> str:
    """Return microseconds UTC as the engine reads them."""
    return f"{_EPOCH + timedelta(microseconds=time):%Y-%m-%d %H:%M:%S.%f}"


def _token(rows: Sequence[StoredEvent]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update("\0".join([row.event.source for row in rows]).encode("utf-8", "replace"))
    digest.update("\1".join([row.event.id for row in rows]).encode("utf-8", "replace"))
    return digest.hexdigest()
