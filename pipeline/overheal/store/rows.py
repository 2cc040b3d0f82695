"""What goes into the store and what comes back, as plain values."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.model import Event


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as the flow left it; times are microseconds UTC.

    `scope` is the one it was judged in (`event.scope` is what the document says). `counted` is how
    many automated recoveries the event stands for and `human_counted` how many by hand: 0 for
    whatever the flow did not count. They count at `counted_at`, the start of the action, or at
    event time where that is None. `topic`, `epoch` (the topic's id), `partition`, `offset` and
    `item` (index within a record of many) say where the event stood: for a file its name, "", 0,
    the line and 0. `trace` says what became of bulky parts: `kept`, `cut`, or "" for none.
    """

    event: Event
    scope: str = ""
    counted: int = 0
    human_counted: int = 0
    late: bool = False
    drill: str = ""
    received_at: int = 0
    counted_at: int | None = None
    topic: str = ""
    partition: int = 0
    offset: int = 0
    epoch: str = ""
    item: int = 0
    trace: str = ""


class IngestRange(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the ledger: what became of one contiguous range of one origin.

    `epoch` tells apart incarnations of an origin: a recreated topic, one reading of a file. The
    same range of the same epoch written again replaces the entry. Counts are of events, except
    `records` and `ignored`; received = stored + duplicates + dead_letters. `watermark` is where
    event time stood after the range (µs UTC, 0: unknown), `late` are those of the stored that came
    after it, `reasons` says why records were ignored.
    """

    origin: str
    epoch: str
    partition: int = 0
    first: int
    last: int
    records: int = 0
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    ignored: int = 0
    written_at: int = 0
    watermark: int = 0
    late: int = 0
    reasons: dict[str, int] = {}


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the ledger of one partition goes without a gap.

    `next_offset` is the offset after that, None in an empty ledger; `watermark` that of the last
    such range (µs UTC, 0: unknown). `refused_streak` counts the dead letters in the last ranges
    that hold nothing but dead letters.
    """

    next_offset: int | None = None
    watermark: int = 0
    refused_streak: int = 0
    gap: bool = False


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What detectors remember of one scope, or of a lane where `scope` is "".

    `scope` is `environment/scope` and `record_key` the key its records have. All events up to and
    including `offset` are in `state`; `format` is the digest of the types it is made of. `due` is
    when an alarm is due (µs UTC, 0: none). `partitions` is how many the topic had then. Where
    several places hold a scope, the one written last counts.
    """

    topic: str
    scope: str
    drill: str = ""
    epoch: str
    partition: int
    partitions: int
    offset: int
    record_key: bytes = b""
    format: str
    due: int = 0
    state: bytes
    written_at: int


class TimedInput(msgspec.Struct, frozen=True, kw_only=False):
    """A document (JSON) that holds from a moment on, µs UTC; known by moment, kind and digest."""

    kind: str
    holds_from: int
    digest: str
    document: str
    author: str = ""
    written_at: int = 0


class StoredRecovery(msgspec.Struct, frozen=True):
    """Automated recoveries that one stored event counts for; times are microseconds UTC.

    `count` of them lie after `first_at` and at or before `at`; the event tells it at `told_at`.
    """

    environment: str
    service: str
    at: int
    first_at: int
    told_at: int
    id: str
    count: int


class Relation(msgspec.Struct, frozen=True):
    """What carries or replaces a finding, in place of what its own row says; "": nothing."""

    id: str
    revision: int
    inhibited_by: str = ""
    superseded_by: str = ""


class Recount(msgspec.Struct, frozen=True, kw_only=True):
    """What a stored action event counts for from now on; the first four say which event."""

    service: str
    time: int
    id: str
    source: str
    counted: int
    human_counted: int
    counted_at: int | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where an event stood that is stored."""

    topic: str
    epoch: str
    partition: int
    offset: int
    item: int


class HourlyRow(msgspec.Struct, frozen=True):
    """Recoveries of one service in the hour that starts at `hour` (microseconds UTC)."""

    environment: str
    service: str
    hour: int
    recoveries: int
    human_recoveries: int


class StoreCounts(msgspec.Struct, frozen=True):
    """What the store holds, each event once; `first_at` and `last_at` are 0 in an empty store.

    `findings` counts findings, not their revisions.
    """

    actions: int
    observations: int
    recoveries: int
    human_recoveries: int
    late: int
    first_at: int
    last_at: int
    findings: int
    dead_letters: int

    @property
    def events(self) -> int:
        """Action events and observations together."""
        return self.actions + self.observations


class Found(msgspec.Struct, frozen=True):
    """What a question found: names and types of columns, rows, and whether there were more."""

    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]
    more: bool
