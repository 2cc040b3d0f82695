"""Bringing a lane to where it was left: snapshots, and what was stored after them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from overheal.contract.redaction import Redactor
from overheal.flow import ScopeFlow
from overheal.run.bounds import Bounds
from overheal.run.intake import CanonicalIntake, scope_of
from overheal.run.poison import Poison
from overheal.run.worker.block import Lot
from overheal.run.worker.lane import LANE, Lane, Waiting
from overheal.run.worker.progress import read
from overheal.run.worker.recall import Recall
from overheal.stages.row import Row
from overheal.stages.rules import RuleBook
from overheal.stages.snapshot import Snapshot as ScopeSnapshot
from overheal.stages.snapshot import format_of
from overheal.stages.turns import LONGEST
from overheal.store import Snapshot, Store, StoredEvent

LOGGER = logging.getLogger(__name__)


@dataclass
class Making:
    """What lanes are made of."""

    store: Store
    rules: RuleBook
    lateness: int
    bounds: Bounds
    redactor: Redactor
    poison: Poison
    format: str = field(init=False)

    def __post_init__(self) -> None:
        latest = self.rules.latest
        self.format = format_of([one.state_type for one in (*latest.scope, *latest.fleet)])


def rebuilt(
    making: Making, lot: Lot, partitions: int, committed: int | None, metadata: str
) -> tuple[Lane, int]:
    """Return the lane as the ledger says it was left, and how many events were told for it.

    `committed` matters only where the ledger knows nothing of this incarnation of the topic and is
    not followed even then: what is in the topic and not in the ledger is not stored. Raises
    `StoreUnavailable`.
    """
    store = making.store
    progress = store.progress(lot.topic, lot.epoch, lot.partition)
    noted = read(metadata)
    start = progress.next_offset
    making.poison.recall(lot.partition, noted.streak)
    recall = Recall(store, lot, start or 0)
    lane = Lane(
        lot,
        ScopeFlow(making.rules, making.lateness, whole=False, recall=recall, patience=LONGEST),
        CanonicalIntake(making.redactor, making.bounds),
        making.poison,
        recall,
        next_offset=start,
        partitions=partitions,
        format=making.format,
        ends=[*noted.ends, *(_cuts(store, lot, start) if start and progress.gap else ())],
    )
    lane.flow.resume_at(progress.watermark)
    if start is not None:
        _remember(store, lane, start - 1)
    told = _state(making, lane, (start or 0) - 1)
    if start is not None and committed is not None and committed > start:
        LOGGER.warning(
            "%s: offset %d is committed, but the store holds only what lies before %d; "
            "going on there, so that nothing is missing",
            lot,
            committed,
            start,
        )
    return lane, told


def _cuts(store: Store, lot: Lot, start: int) -> list[int]:
    """Return where blocks have to end so that the ledger's entries behind a gap come out again."""
    return [
        end
        for entry in store.ranges(lot.topic, lot.epoch)
        if entry.partition == lot.partition and entry.first > start
        for end in (entry.first - 1, entry.last)
    ]


def _remember(store: Store, lane: Lane, upto: int) -> None:
    """Fill the memory of duplicates with what is stored and could come again."""
    lot, flow = lane.lot, lane.flow
    mark = flow.watermark.at
    for keys in store.keys_since(lot.topic, lot.epoch, lot.partition, upto, mark):
        for source, name, time in keys:
            flow.seen.add((source, name), time, mark)


def _state(making: Making, lane: Lane, upto: int) -> int:
    """Restore every scope's snapshot, and tell what was stored after them; return how much."""
    lot, flow = lane.lot, lane.flow
    own = making.store.lane_snapshot(lot.topic, lot.epoch, lot.partition)
    saved = list(making.store.snapshots(lot.topic, lot.partition, lane.partitions))
    fits = all(one.format == making.format for one in saved) and (
        own is None or own.format == making.format
    )
    reached: dict[tuple[str, str], int] = {}
    after, since = -1, 0
    if fits:
        after, since = _restore(lane, own, saved, reached)
    else:
        LOGGER.info("%s: snapshots are of another version; telling everything again", lot)
    told = 0
    for batch in making.store.stored_after(lot.topic, lot.epoch, lot.partition, after, upto, since):
        told += len(batch)
        _tell(flow, batch, reached)
    return told


def _restore(
    lane: Lane, own: Snapshot | None, saved: Sequence[Snapshot], reached: dict[tuple[str, str], int]
) -> tuple[int, int]:
    """Hand snapshots to the flow; return the offset after which everything has to be told.

    What lies before the watermark of that time was late, and is not told.
    """
    lot, flow = lane.lot, lane.flow
    for one in saved:
        if one.scope == LANE:
            continue
        scope = scope_of(one.scope)
        flow.scopes.restore((scope, one.drill), ScopeSnapshot(one.state, one.due))
        lane.keys[one.scope] = one.record_key
        if (one.epoch, one.partition) == (lot.epoch, lot.partition):
            reached[scope, one.drill] = one.offset
    if own is None:
        return -1, 0
    waiting = msgspec.msgpack.decode(own.state, type=Waiting)
    place = flow.rules.latest.catalog.place
    flow.turns.take_back(
        [Row(event, place(event), late=False, drill=drill) for event, drill in waiting.rows]
    )
    return own.offset, waiting.watermark


def _tell(
    flow: ScopeFlow, batch: Sequence[StoredEvent], reached: dict[tuple[str, str], int]
) -> None:
    """Tell stored events to the scopes whose snapshots do not hold them."""
    rows, received = [], []
    for one in batch:
        event = one.event
        placement = flow.rules.at(event.time).catalog.place(event)
        if one.offset > reached.get((placement.scope, one.drill), -1):
            rows.append(Row(event, placement, late=False, drill=one.drill))
            received.append(one.received_at)
    if rows:
        flow.tell_again(rows, received)
