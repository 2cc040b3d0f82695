"""One contiguous range of offsets of one partition, and everything that becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from overheal.flow import EventKey
from overheal.model import DeadLetter, Event, Finding
from overheal.run.intake import Taken
from overheal.run.restating import restatement
from overheal.stages.row import Counted, Restated, Row
from overheal.store import IngestRange, Recount, Restatement, Snapshot, StoredEvent


class Lot(msgspec.Struct, frozen=True):
    """One partition of one incarnation of a topic; `epoch` is Kafka's id of the topic."""

    topic: str
    epoch: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic} [{self.partition}]"


class Block(msgspec.Struct):
    """What becomes of the offsets `first` to `last`, both inclusive.

    `recounts` are stored events that count otherwise now, `restated` successes that were disproved,
    in the order in which that showed; `findings` are the last state of those that changed,
    `snapshots` the state of scopes after `last`. A block that comes `again` may be stored already.
    `arrived` is how many rows the lane's flow had taken at its end.
    """

    lot: Lot
    first: int
    last: int
    rows: list[StoredEvent] = []
    letters: list[DeadLetter] = []
    recounts: dict[EventKey, Recount] = {}
    restated: list[Restatement] = []
    findings: dict[str, Finding] = {}
    snapshots: list[Snapshot] = []
    records: int = 0
    duplicates: int = 0
    ignored: dict[str, int] = {}
    watermark: int = 0
    again: bool = False
    arrived: int = 0

    @property
    def token(self) -> str:
        """What names exactly these rows, whoever stores them."""
        lot = self.lot
        return f"{lot.topic}:{lot.epoch}:{lot.partition}:{self.first}-{self.last}"

    @property
    def size(self) -> int:
        """How many rows and letters wait here."""
        return len(self.rows) + len(self.letters)

    def take(self, taken: Taken, rows: Sequence[StoredEvent], duplicates: int) -> None:
        """Add what became of the records of one poll."""
        self.last = taken.next_offset - 1
        self.rows += rows
        self.letters += taken.letters
        self.records += taken.records
        self.duplicates += duplicates
        for reason, count in taken.ignored.items():
            self.ignored[reason] = self.ignored.get(reason, 0) + count

    def restate(self, found: Sequence[Restated]) -> None:
        """Add successes that were disproved."""
        self.restated += map(restatement, found)

    def settle(self, later: Iterable[Block]) -> None:
        """Let rows say themselves what they count for, as this block and `later` ones found.

        So they are the same however the records were read in pieces. Where the block comes again,
        what is stored may count for what was known at another moment, and is counted anew.
        """
        rows = self.rows
        for found in (self.recounts, *(block.recounts for block in later)):
            for at, row in enumerate(rows if found else ()):
                now = found.pop(row.event.key, None)
                if now is not None:
                    rows[at] = msgspec.structs.replace(
                        row,
                        counted=now.counted,
                        human_counted=now.human_counted,
                        counted_at=now.counted_at,
                    )
        if self.again:
            for row in rows:
                if row.event.phase:
                    self.recounts[row.event.key] = recount_of(row)

    def entry(self, written_at: int) -> IngestRange:
        """Return the ledger's entry about this range."""
        return IngestRange(
            origin=self.lot.topic,
            epoch=self.lot.epoch,
            partition=self.lot.partition,
            first=self.first,
            last=self.last,
            records=self.records,
            received=len(self.rows) + len(self.letters) + self.duplicates,
            stored=len(self.rows),
            duplicates=self.duplicates,
            dead_letters=len(self.letters),
            ignored=sum(self.ignored.values()),
            written_at=written_at,
            watermark=self.watermark,
            late=sum(1 for row in self.rows if row.late),
            reasons=self.ignored,
        )


def stored(
    lot: Lot,
    taken: Taken,
    rows: Sequence[Row],
    positions: Sequence[int],
    counts: Mapping[EventKey, Counted],
) -> list[StoredEvent]:
    """Return judged rows as they are stored; `positions` are their places in `taken`."""
    offsets, items, received = taken.offsets, taken.items, taken.received
    topic, epoch, partition = lot.topic, lot.epoch, lot.partition
    made = []
    for row, position in zip(rows, positions, strict=True):
        event = row.event
        counted = counts.get(event.key) if counts else None
        made.append(
            StoredEvent(
                event=event,
                scope=row.placement.scope.partition("\0")[2],
                counted=0 if counted is None else counted.by_automation,
                human_counted=0 if counted is None else counted.by_hand,
                late=row.late,
                drill=row.drill,
                received_at=received[position],
                counted_at=None if counted is None else counted.at,
                topic=topic,
                partition=partition,
                offset=offsets[position],
                epoch=epoch,
                item=items[position],
            )
        )
    return made


def recount(event: Event, counted: Counted | None) -> Recount:
    """Return what a stored event counts for now."""
    if counted is None:
        return _recount(event, 0, 0, None)
    return _recount(event, counted.by_automation, counted.by_hand, counted.at)


def recount_of(row: StoredEvent) -> Recount:
    """Return what a stored event says that it counts for."""
    return _recount(row.event, row.counted, row.human_counted, row.counted_at)


def _recount(event: Event, by_automation: int, by_hand: int, at: int | None) -> Recount:
    return Recount(
        service=event.service,
        time=event.time,
        id=event.id,
        source=event.source,
        counted=by_automation,
        human_counted=by_hand,
        counted_at=at,
    )
