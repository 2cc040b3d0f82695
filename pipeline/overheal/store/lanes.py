"""Reading for the worker: how far a lane came, what it remembers, what it stored since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from overheal.model import Event
from overheal.store.columns import EVENT_COLUMNS, to_events
from overheal.store.engine import SORTED, Engine
from overheal.store.rows import IngestRange, Progress, Snapshot, StoredEvent
from overheal.store.sql import LONG_STATEMENT, filled, listed, query, quoted

_SCOPES_PER_QUESTION = 2_000
_NO_BOUND = 2**63 - 1
_SNAPSHOT_BLOCK = {"max_block_size": 512}


class LaneReader:
    """Reads what belongs to one lane: one partition of one epoch of a topic."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def progress(self, topic: str, epoch: str, partition: int) -> Progress:
        """Return how far the ledger goes without a gap, counted from its lowest offset."""
        lane: dict[str, Any] = {"topic": topic, "epoch": epoch, "partition": partition}
        row = self._engine.rows(query("progress"), below=_NO_BOUND, **lane)[0]
        gap: Sequence[Sequence[Any]] = ()
        if not row[4]:
            gap = self._engine.rows(query("gap"), **lane)
            if gap:
                row = self._engine.rows(query("progress"), below=gap[0][0], **lane)[0]
        if not row[0]:
            return Progress()
        return Progress(next_offset=row[1], watermark=row[2], refused_streak=row[3], gap=bool(gap))

    def ranges(self, topic: str, epoch: str | None = None) -> Iterator[IngestRange]:
        """Return the ledger's entries by (epoch, partition, first); close it if not read whole."""
        blocks = self._engine.stream(query("ranges"), {}, [], topic=topic, epoch=epoch or "")
        for block in blocks:
            for row in zip(*block, strict=True):
                yield IngestRange(**dict(zip(IngestRange.__struct_fields__, row, strict=True)))

    def snapshots(self, topic: str, partition: int, partitions: int) -> Iterator[Snapshot]:
        """Return the snapshots that a lane starts from, in no order; close it if not read whole.

        Those of all epochs and, where the topic had another count of partitions, of other places.
        """
        blocks = self._engine.stream(
            query("snapshots"),
            _SNAPSHOT_BLOCK,
            ["state", "record_key"],
            topic=topic,
            partition=partition,
            partitions=partitions,
        )
        seen: set[tuple[str, str]] = set()
        for found in _snapshots(blocks):
            if (found.scope, found.drill) not in seen:
                seen.add((found.scope, found.drill))
                yield found

    def lane_snapshot(self, topic: str, epoch: str, partition: int) -> Snapshot | None:
        """Return the newest snapshot of a lane itself, of exactly that epoch and partition."""
        blocks = self._engine.stream(
            query("lane_snapshot"),
            _SNAPSHOT_BLOCK,
            ["state", "record_key"],
            topic=topic,
            epoch=epoch,
            partition=partition,
        )
        return next(iter(list(_snapshots(blocks))), None)

    def homes(self, topic: str, scopes: Sequence[str]) -> dict[str, set[tuple[str, int]]]:
        """Return the (epoch, partition) places that hold snapshots of each of `scopes`."""
        found: dict[str, set[tuple[str, int]]] = defaultdict(set)
        for start in range(0, len(scopes), _SCOPES_PER_QUESTION):
            asked = listed(map(quoted, scopes[start : start + _SCOPES_PER_QUESTION]))
            sql = filled("homes", scopes=asked)
            for scope, epoch, partition in self._engine.rows(sql, LONG_STATEMENT, topic=topic):
                found[scope].add((epoch, partition))
        return dict(found)

    def stored_after(  # noqa: PLR0917 - a lane is three values, its bounds are three
        self, topic: str, epoch: str, partition: int, after: int, upto: int, since: int
    ) -> Iterator[list[StoredEvent]]:
        """Return the judged (not late) events of a lane with after < offset ≤ upto, in batches.

        Only those with an event time at or after `since` (µs UTC), by (offset, item), each once,
        as they were written last. Memory is bounded by a batch and a sort's buffer. Close the
        iterator where it is not read to its end. `after` may be -1.
        """
        held: StoredEvent | None = None
        for block in self._engine.stream(
            query("stored_after"),
            SORTED,
            ["document", "detail"],
            topic=topic,
            epoch=epoch,
            partition=partition,
            after=after,
            upto=upto,
            since=since,
        ):
            batch: list[StoredEvent] = []
            for row in _stored(block):
                if held is not None and (held.offset, held.item) != (row.offset, row.item):
                    batch.append(held)
                held = row
            if batch:
                yield batch
        if held is not None:
            yield [held]

    def keys_since(
        self, topic: str, epoch: str, partition: int, upto: int, since: int
    ) -> Iterator[list[tuple[str, str, int]]]:
        """Return (source, id, time) of events with offset ≤ upto and time ≥ since (times: µs UTC).

        In batches and in no order; late ones too, and one that was written again comes again.
        """
        for sources, ids, times in self._engine.stream(
            query("keys_since"),
            {},
            [],
            topic=topic,
            epoch=epoch,
            partition=partition,
            upto=upto,
            since=since,
        ):
            yield list(zip(sources, ids, times, strict=True))


def _snapshots(blocks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[Snapshot]:
    names = Snapshot.__struct_fields__
    for block in blocks:
        for row in zip(*block, strict=True):
            yield Snapshot(**dict(zip(names, row, strict=True)))


def _stored(block: Sequence[Sequence[Any]]) -> Iterator[StoredEvent]:
    events: list[Event] = to_events(block[:EVENT_COLUMNS])
    return map(StoredEvent, events, *block[EVENT_COLUMNS:])
