"""What an audit finds, as plain values; offsets are inclusive, times microseconds UTC."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.report.words import rfc3339

NAMED = 20
"""Events named in one gap; the rest are counted."""
MOST_GAPS = 1_000
"""Gaps kept in one audit; the rest are counted."""
NOTES_A_LANE = 20


class Named(msgspec.Struct, frozen=True):
    """One event or dead letter by its place; `source` and `id` are empty where it has none."""

    offset: int
    item: int
    source: str = ""
    id: str = ""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not add up in the offsets `first` to `last`.

    `count` is how many events, records or letters are concerned, None where that cannot be known.
    """

    kind: str
    epoch: str
    partition: int
    first: int
    last: int
    count: int | None
    text: str
    remedy: str
    events: list[Named] = []


class LaneAudit(msgspec.Struct, kw_only=True):
    """One partition of one epoch.

    Counts are sums over its ledger. `first` and `next_offset` are the ledger's ends, None where it
    is empty. `waiting` are records behind it, at most so many where not `waiting_exact`.
    `elsewhere` are events whose row carries the place of another copy. `store_only` are ranges
    whose records left Kafka, `expired` those whose rows may have left the store.
    """

    epoch: str
    partition: int
    present: bool
    first: int | None = None
    next_offset: int | None = None
    ranges: int = 0
    records: int = 0
    received: int = 0
    stored: int = 0
    dead_letters: int = 0
    duplicates: int = 0
    ignored: int = 0
    waiting: int = 0
    waiting_exact: bool = True
    oldest_waiting_at: int | None = None
    elsewhere: int = 0
    store_only: int = 0
    expired: int = 0
    gaps: int = 0
    notes: list[str] = []

    def note(self, text: str) -> None:
        """Add something worth knowing that is no gap; after the first 20 nothing more."""
        if len(self.notes) < NOTES_A_LANE:
            self.notes.append(text)


class Audited(msgspec.Struct, kw_only=True):
    """The whole answer; `epoch` is "" where the topic does not exist now."""

    topic: str
    epoch: str
    at: int
    depth: str
    lanes: list[LaneAudit]
    gaps: list[Gap]
    gaps_left_out: int
    notes: list[str] = []

    @property
    def balanced(self) -> bool:
        """Whether nothing is missing and nothing is there twice."""
        return not self.gaps

    def total(self, column: str) -> int:
        """Return the sum of a count over all partitions."""
        return sum(getattr(lane, column) for lane in self.lanes)

    def document(self) -> dict[str, Any]:
        """Return the stable JSON document."""
        return {
            "schema_version": 1,
            "topic": self.topic,
            "epoch": self.epoch,
            "at": rfc3339(self.at),
            "depth": self.depth,
            "balanced": self.balanced,
            "totals": {column: self.total(column) for column in TOTALS},
            "partitions": [_lane(lane) for lane in self.lanes],
            "gaps": [msgspec.to_builtins(gap) for gap in self.gaps],
            "gaps_left_out": self.gaps_left_out,
            "notes": self.notes,
        }


TOTALS = (
    "ranges",
    "records",
    "received",
    "stored",
    "dead_letters",
    "duplicates",
    "ignored",
    "waiting",
    "elsewhere",
    "store_only",
    "expired",
)


class Gaps:
    """Collects gaps, the first thousand of them."""

    def __init__(self) -> None:
        self.kept: list[Gap] = []
        self.left_out = 0

    def add(  # noqa: PLR0917 - a range is two values
        self,
        lane: LaneAudit,
        kind: str,
        first: int,
        last: int,
        count: int | None,
        text: str,
        remedy: str,
        events: list[Named] | None = None,
    ) -> None:
        """Take one gap of a lane; events beyond the first 20 are not named."""
        lane.gaps += 1
        if len(self.kept) >= MOST_GAPS:
            self.left_out += 1
            return
        self.kept.append(
            Gap(
                kind=kind,
                epoch=lane.epoch,
                partition=lane.partition,
                first=first,
                last=last,
                count=count,
                text=text,
                remedy=remedy,
                events=(events or [])[:NAMED],
            )
        )


def _lane(lane: LaneAudit) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(lane)
    oldest = lane.oldest_waiting_at
    made["oldest_waiting_at"] = None if oldest is None else rfc3339(oldest)
    made["balanced"] = lane.gaps == 0
    return made
