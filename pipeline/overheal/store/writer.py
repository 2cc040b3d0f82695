"""Writing: columns with deduplication tokens, so that a repeat changes nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

import msgspec
import pyarrow as pa

from overheal.model import DeadLetter, Finding
from overheal.store import columns as column
from overheal.store.engine import Engine
from overheal.store.rows import IngestRange, StoredEvent

ROWS_PER_INSERT = 25_000
_FINDING_TEXTS = (
    *("id", "detector", "stage", "subject", "service", "environment", "scope", "reason"),
    *("title", "summary", "next_step", "inhibited_by", "superseded_by"),
)
_FINDING_TIMES = ("first_at", "last_at", "detected_at", "resolved_at")
_FINDING_COUNTS = ("count", "member_count", "revision")
_encode = msgspec.json.Encoder(order="deterministic").encode


class Writer:
    """Writes; every method returns once its rows are in the store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write_events(self, rows: Sequence[StoredEvent], token: str = "") -> None:
        """Write events; 10,000 to 100,000 at a time is what the engine likes.

        `token` names exactly these rows: **other rows with a token that was used before are
        silently dropped**. So give one only for a range that is always cut the same way; without
        one it is made from the rows' keys, which is always right. Either way a row that is written
        again counts once in every query. Cut off half-way, the rows of some months are stored and
        of others not: write them again, with the same token or through `absent`.
        """
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
            self._insert("findings", _finding_columns(findings))

    def write_dead_letters(self, letters: Sequence[DeadLetter], received_at: int) -> None:
        """Write refusals, received at `received_at` (µs UTC); a known one is no second one."""
        if not letters:
            return
        columns = {
            "origin": column.word([letter.origin for letter in letters]),
            "line": column.whole([letter.line for letter in letters]),
            "code": column.word([letter.code for letter in letters]),
            "reason": column.text([letter.reason for letter in letters]),
            "payload": column.blob([letter.payload for letter in letters]),
            "received_at": column.moment([received_at] * len(letters)),
        }
        self._insert("dead_letters", columns)

    def write_range(self, entry: IngestRange) -> None:
        """Write one entry of the ledger; call it after the rows it speaks of are written."""
        columns = {
            name: _range_column(name, getattr(entry, name))
            for name in IngestRange.__struct_fields__
        }
        self._insert("ingest_ranges", columns)

    def _insert(self, table: str, columns: dict[str, pa.Array]) -> None:
        """Insert rows that replace their like.

        The token never repeats: without one the engine would go by content, and A written again
        after B would be dropped rather than replace it.
        """
        self._engine.insert(table, pa.table(columns), uuid.uuid4().hex)


def _token(rows: Sequence[StoredEvent]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update("\0".join([row.event.source for row in rows]).encode("utf-8", "replace"))
    digest.update("\1".join([row.event.id for row in rows]).encode("utf-8", "replace"))
    return digest.hexdigest()


def _range_column(name: str, value: str | int) -> pa.Array:
    if isinstance(value, str):
        return column.text([value])
    if name == "partition":
        return column.small([value])
    return column.moment([value]) if name == "written_at" else column.whole([value])


def _finding_columns(findings: Sequence[Finding]) -> dict[str, pa.Array]:
    columns = {}
    for names, convert in (
        (_FINDING_TEXTS, column.text),
        (_FINDING_TIMES, column.moment),
        (_FINDING_COUNTS, column.whole),
    ):
        for name in names:
            columns[name] = convert([getattr(item, name) for item in findings])
    columns["status"] = column.text([item.status.value for item in findings])
    columns["tier"] = pa.array([int(item.tier) for item in findings], pa.uint8())
    columns["agents"] = column.texts([item.agents for item in findings])
    columns["members"] = column.texts([item.members for item in findings])
    columns["evidence"] = column.blob([_encode(item.evidence) for item in findings])
    columns["tier_history"] = column.blob(
        [_encode([(c.tier, c.at, c.reason) for c in item.tier_history]) for item in findings]
    )
    return columns
