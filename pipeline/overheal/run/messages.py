"""What the processes tell each other and the world over Kafka, as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from overheal.model import Activity, Finding
from overheal.report.document import finding_fields
from overheal.store import Relation

MEMBERS_TOLD = 100
"""Member ids that a message carries; the store has all of them."""

ACTIVITIES_TOLD = 1_000
"""Activities in one record, well below the size that brokers take."""

FINDING = "overheal-finding"
"""Header with the finding as other processes of overheal read it."""

ACTIVITY = "activity"
"""First part of the key of a record of activity; partition, offset and epoch follow."""

FRONTIER = "frontier"
"""First part of the key of a record that says how far a partition has come."""

Record = tuple[bytes, bytes, dict[str, bytes]]
"""Key, value, headers."""


class Frontier(msgspec.Struct, frozen=True):
    """How far one partition of the events has come, in event time (microseconds UTC).

    Up to `reached` everything that came was told, up to `passed` time has passed, and before
    `watermark` nothing will come any more. `partitions` is how many there are, `told_at` the wall
    clock of whoever says so. Everything up to the offset `told` of the topic's `epoch` was told, -1
    where that is unknown.
    """

    partition: int
    partitions: int
    reached: int
    passed: int
    watermark: int
    told_at: int
    epoch: str = ""
    told: int = -1


class Told(msgspec.Struct, frozen=True):
    """Activity of one partition of the events, told when everything up to `offset` was read."""

    partition: int
    offset: int
    epoch: str
    activities: list[Activity]


_pack = msgspec.msgpack.Encoder().encode
_finding = msgspec.msgpack.Decoder(Finding).decode
_json = msgspec.json.Encoder().encode
_activities = msgspec.msgpack.Decoder(list[Activity]).decode
_frontier = msgspec.json.Decoder(Frontier).decode


def finding_record(finding: Finding, config_hash: str) -> Record:
    """Return a finding as it stands in its topic, keyed by its id.

    The value is an entry of the report's `findings`; `config_hash` names the rules it was judged
    by.
    """
    told = msgspec.structs.replace(finding, members=finding.members[:MEMBERS_TOLD])
    value = _json({**finding_fields(told, finding.inhibited_by), "config_hash": config_hash})
    bare = msgspec.structs.replace(told, evidence={}, members=[])
    return finding.id.encode(), value, {FINDING: _pack(bare)}


def read_finding(headers: dict[str, bytes] | None) -> Finding | None:
    """Return the finding that a record's headers carry, without evidence and members.

    None for records that are something else, or that another version wrote.
    """
    raw = (headers or {}).get(FINDING)
    if raw is None:
        return None
    try:
        return _finding(raw)
    except msgspec.DecodeError:
        return None


def relation_record(relation: Relation) -> Record:
    """Return a relation, under a key of its own so that it never replaces its finding."""
    return f"relation/{relation.id}".encode(), _json(relation), {}


def activity_records(told: Told) -> Iterator[Record]:
    """Return activity in as few records as fit, keyed by where it was told.

    Each activity replaces what was told of the same second, agent, target and field before.
    """
    key = f"{ACTIVITY}/{told.partition}/{told.offset}/{told.epoch}".encode()
    for start in range(0, len(told.activities), ACTIVITIES_TOLD):
        yield key, _pack(told.activities[start : start + ACTIVITIES_TOLD]), {}


def frontier_record(frontier: Frontier) -> Record:
    """Return how far a partition has come, keyed by it."""
    return f"{FRONTIER}/{frontier.partition}".encode(), _json(frontier), {}


def read_activity(key: bytes, value: bytes) -> Told | Frontier | None:
    """Return what a record of the activity topic says, None where another version wrote it."""
    try:
        if key.startswith(f"{FRONTIER}/".encode()):
            return _frontier(value)
        _, partition, offset, epoch = key.decode().split("/", 3)
        return Told(int(partition), int(offset), epoch, _activities(value))
    except ValueError:
        return None


def brief(finding: Finding) -> dict[str, Any]:
    """Return what a log line says about a finding."""
    return {
        "id": finding.id,
        "tier": finding.tier.word,
        "status": finding.status.value,
        "service": finding.service,
        "title": finding.title,
    }
