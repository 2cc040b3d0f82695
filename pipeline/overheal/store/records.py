"""What is not an event as columns: findings, refusals, the ledger, snapshots, inputs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa
from pydantic import ValidationError

from overheal.catalog import Catalog, CatalogFile
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import DeadLetter, Finding
from overheal.store import columns as column
from overheal.store.readings import Restatement
from overheal.store.rows import IngestRange, Relation, Snapshot, TimedInput

_FINDING_TEXTS = (
    *("id", "detector", "stage", "subject", "service", "environment", "scope", "reason"),
    *("title", "summary", "next_step", "inhibited_by", "superseded_by"),
)
_FINDING_TIMES = ("first_at", "last_at", "detected_at", "resolved_at")
_FINDING_COUNTS = ("count", "member_count", "revision")
_encode = msgspec.json.Encoder(order="deterministic").encode
_in_order = msgspec.json.Encoder().encode
"""Evidence stays in the order in which its detector tells it."""


def of_findings(findings: Sequence[Finding]) -> pa.Table:
    """Return the columns of `findings`."""
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
    columns["evidence"] = column.blob([_in_order(item.evidence) for item in findings])
    columns["tier_history"] = column.blob(
        [_encode([(c.tier, c.at, c.reason) for c in item.tier_history]) for item in findings]
    )
    return pa.table(columns)


def of_relations(rows: Sequence[Relation]) -> pa.Table:
    """Return the columns of `finding_relations`."""
    return pa.table(
        {
            "id": column.text([row.id for row in rows]),
            "revision": column.whole([row.revision for row in rows]),
            "inhibited_by": column.text([row.inhibited_by for row in rows]),
            "superseded_by": column.text([row.superseded_by for row in rows]),
        }
    )


def of_restatements(rows: Sequence[Restatement]) -> pa.Table:
    """Return the columns of `outcome_restatements`."""
    words = ("environment", "was", "becomes")
    names = ("service", "action_id", "decided_by", "reason")
    return pa.table(
        {
            **{name: column.word([getattr(row, name) for row in rows]) for name in words},
            **{name: column.text([getattr(row, name) for row in rows]) for name in names},
            "decided_at": column.moment([max(0, row.decided_at) for row in rows]),
            "count": column.whole([row.count for row in rows]),
            "withdrawn": column.flag([row.withdrawn for row in rows]),
        }
    )


def of_letters(letters: Sequence[DeadLetter], received_at: int) -> pa.Table:
    """Return the columns of `dead_letters`, all received at one moment (µs UTC)."""
    return pa.table(
        {
            "origin": column.word([letter.origin for letter in letters]),
            "line": column.whole([letter.line for letter in letters]),
            "code": column.word([letter.code for letter in letters]),
            "reason": column.text([letter.reason for letter in letters]),
            "payload": column.blob([letter.payload for letter in letters]),
            "received_at": column.moment([received_at] * len(letters)),
            "partition": column.small([letter.partition for letter in letters]),
            "epoch": column.word([letter.epoch for letter in letters]),
            "item": column.small([letter.item for letter in letters]),
            "record_key": column.blob([letter.key for letter in letters]),
            "headers": column.mapping([letter.headers for letter in letters]),
        }
    )


def of_range(entry: IngestRange) -> pa.Table:
    """Return the columns of `ingest_ranges`."""
    columns = {
        name: column.whole([getattr(entry, name)])
        for name in ("first", "last", "records", "received", "stored", "duplicates")
    }
    columns |= {
        name: column.whole([getattr(entry, name)]) for name in ("dead_letters", "ignored", "late")
    }
    reasons = entry.reasons
    return pa.table(
        columns
        | {
            "origin": column.text([entry.origin]),
            "epoch": column.text([entry.epoch]),
            "partition": column.small([entry.partition]),
            "written_at": column.moment([entry.written_at]),
            "watermark": pa.array([entry.watermark], pa.int64()),
            "reasons": pa.MapArray.from_arrays(
                pa.array([0, len(reasons)], pa.int32()),
                column.text(list(reasons)),
                column.whole(list(reasons.values())),
            ),
        }
    )


def of_snapshots(rows: Sequence[Snapshot]) -> pa.Table:
    """Return the columns of `detector_state`."""
    return pa.table(
        {
            "topic": column.word([row.topic for row in rows]),
            "scope": column.text([row.scope for row in rows]),
            "drill": column.text([row.drill for row in rows]),
            "epoch": column.word([row.epoch for row in rows]),
            "partition": column.small([row.partition for row in rows]),
            "partitions": column.small([row.partitions for row in rows]),
            "_offset": column.whole([row.offset for row in rows]),
            "record_key": column.blob([row.record_key for row in rows]),
            "format": column.word([row.format for row in rows]),
            "due": pa.array([row.due for row in rows], pa.int64()),
            "state": column.blob([row.state for row in rows]),
            "written_at": column.moment([row.written_at for row in rows]),
        }
    )


def of_inputs(rows: Sequence[TimedInput]) -> pa.Table:
    """Return the columns of `timed_inputs`."""
    return pa.table(
        {
            "kind": column.word([row.kind for row in rows]),
            "holds_from": column.moment([row.holds_from for row in rows]),
            "digest": column.text([row.digest for row in rows]),
            "document": column.text([row.document for row in rows]),
            "author": column.text([row.author for row in rows]),
            "written_at": column.moment([row.written_at for row in rows]),
        }
    )


def of_needs(rows: Sequence[TimedInput]) -> pa.Table:
    """Return the columns of `kpi_needs`: what the catalogs among the inputs say of dependencies.

    A catalog that this version cannot read is left out.
    """
    found: list[tuple[int, str, list[str]]] = []
    for row in rows:
        if row.kind != "rules":
            continue
        try:
            told = msgspec.json.encode(msgspec.json.decode(row.document)["catalog"])
            file = CatalogFile.model_validate_json(told)
        except (KeyError, TypeError, msgspec.DecodeError, ValidationError):
            continue
        catalog = Catalog(file)
        needs = {name: sorted(catalog.needs(name)) for name in file.services}
        found += [(row.holds_from, name, some) for name, some in needs.items() if some]
        found.append((row.holds_from, "", []))
    return pa.table(
        {
            "holds_from": column.moment([one[0] for one in found]),
            "service": column.text([one[1] for one in found]),
            "needs": pa.array([one[2] for one in found], pa.list_(pa.string())),
        }
    )


_LAST = 2**62
"""What is ended earlier has the higher version, and what is not ended the lowest."""


def of_expectations(rows: Sequence[Expectation]) -> pa.Table:
    """Return the columns of `expectations`."""
    texts = ("id", "service", "environment", "detector", "per", "owner", "reason", "author")
    columns = {name: column.text([getattr(row, name) for row in rows]) for name in texts}
    for name in ("since", "until", "removed_at"):
        columns[name] = column.moment([getattr(row, name) for row in rows])
    columns["count"] = column.whole([row.count for row in rows])
    columns["version"] = column.whole([_version(row.removed_at) for row in rows])
    return pa.table(columns)


def of_drills(rows: Sequence[DeclaredDrill]) -> pa.Table:
    """Return the columns of `drills`."""
    columns = {
        name: column.text([getattr(row, name) for row in rows])
        for name in ("id", "owner", "author")
    }
    for name in ("since", "until", "ended_at"):
        columns[name] = column.moment([getattr(row, name) for row in rows])
    for name in ("services", "scopes"):
        columns[name] = column.texts([list(getattr(row, name)) for row in rows])
    columns["no_automation"] = column.flag([row.no_automation for row in rows])
    columns["version"] = column.whole([_version(row.ended_at) for row in rows])
    return pa.table(columns)


def _version(ended_at: int | None) -> int:
    return 0 if ended_at is None else _LAST - ended_at
