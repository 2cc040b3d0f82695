"""One partition: its flow, and what waits to be stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from overheal.errors import PoisonError
from overheal.flow import Judged, ScopeFlow
from overheal.kafka.polled import Polled
from overheal.model import Activity, DeadLetter, Event, Finding
from overheal.run.intake import CanonicalIntake, Taken, scope_key, scope_of
from overheal.run.messages import Told
from overheal.run.poison import Poison
from overheal.run.worker.block import Block, Lot, recount, stored
from overheal.run.worker.recall import Recall
from overheal.stages.row import Row
from overheal.stages.snapshot import bare
from overheal.stages.turns import AHEAD
from overheal.store import Snapshot

LANE = ""
"""Scope of the snapshot that holds what belongs to the lane rather than to a scope."""

LOST = "lost to retention"
"""Reason for offsets that the topic deleted before anybody read them."""


class Outcome(msgspec.Struct):
    """What is to be told at once: findings and activity that changed, and what was refused."""

    findings: list[Finding] = []
    activities: list[Activity] = []
    letters: list[DeadLetter] = []
    late: int = 0
    duplicates: int = 0
    ignored: dict[str, int] = {}
    ahead: list[tuple[Event, int]] = []
    rows: int = 0
    records: int = 0


class Waiting(msgspec.Struct, array_like=True):
    """What the lane's own snapshot holds: what was received before its time, with its drill."""

    rows: list[tuple[Event, str]]
    watermark: int


class Lane:
    """One partition from `next_offset` on; None where nothing of it was ever stored.

    Blocks end where `ends` says, which is where an earlier owner was about to store one; else
    wherever `close` is called. What is closed is `ready` once all of it was told, until `drain`
    takes it. `partitions` is how many the topic has, `format` the digest of what snapshots look
    like.
    """

    def __init__(
        self,
        lot: Lot,
        flow: ScopeFlow,
        intake: CanonicalIntake,
        poison: Poison,
        recall: Recall,
        *,
        next_offset: int | None,
        partitions: int,
        format: str,  # noqa: A002 - the store's word
        ends: Iterable[int] = (),
    ) -> None:
        self.lot = lot
        self.flow = flow
        self.began = next_offset is not None
        self.next_offset = next_offset or 0
        self.partitions = partitions
        self.keys: dict[str, bytes] = {}
        self.newcomers: set[str] = set()
        self.poisoned: PoisonError | None = None
        self._intake = intake
        self._poison = poison
        self._recall = recall
        self._names: set[str] = set()
        self._format = format
        self._ends = deque(sorted(end for end in ends if end >= self.next_offset))
        self._ready: list[Block] = []
        self._closed: list[Block] = []
        self._open: Block | None = None
        self._arrived = deque([(0, self.next_offset - 1)])
        self._told = -1

    def __repr__(self) -> str:
        return f"Lane({self.lot}, next_offset={self.next_offset})"

    @property
    def pending(self) -> int:
        """How many events and dead letters wait to be stored."""
        return sum(block.size for block in self._blocks)

    @property
    def has_blocks(self) -> bool:
        """Whether anything waits to be stored, if only the news that nothing is there."""
        return bool(self._blocks)

    @property
    def first_offset(self) -> int:
        """The first offset that waits to be stored, else the next one."""
        return min((one.first for one in self._blocks), default=self.next_offset)

    @property
    def told_upto(self) -> int:
        """The offset up to which everything was told, and nothing waits; -1 where unknown."""
        first = self.flow.turns.first_waiting
        while self._arrived and self._arrived[0][0] <= first:
            _, self._told = self._arrived.popleft()
        return self._told

    def told(self, activities: list[Activity]) -> Told:
        """Return activity with where the lane stands."""
        return Told(self.lot.partition, self.next_offset - 1, self.lot.epoch, activities)

    def begin_at(self, lowest: int) -> int:
        """Take note that the topic holds nothing before an offset; return how many are lost.

        Those were never read: the ledger says so, as ignored records with the reason.
        """
        lost = max(0, lowest - self.next_offset) if self.began else 0
        if lost:
            self.close()
            block = self._block()
            block.last = lowest - 1
            block.ignored[LOST] = lost
            self.next_offset = lowest
            self.close()
        self.next_offset = max(self.next_offset, lowest)
        self.began = True
        return lost

    def take(self, polled: Polled, present: int) -> list[Outcome]:
        """Judge records; `present` (microseconds UTC) stands in for unknown times of receipt."""
        outcomes: list[Outcome] = []
        parts = iter(self._parts(polled))
        while self.poisoned is None and (part := next(parts, None)) is not None:
            outcomes.append(self._take(part, present))
        return outcomes

    def advance(self, now: int, clock: int) -> Outcome:
        """Let event time pass up to `now`, and the present up to `clock` (microseconds UTC)."""
        return self._passed(self.flow.advance(now, clock))

    def release(self) -> Outcome:
        """Tell what waits for others that happened before it."""
        return self._passed(self.flow.release())

    def _passed(self, judged: Judged) -> Outcome:
        if judged.findings or judged.recounted or judged.restated:
            self._note(self._block(), judged)
        return Outcome(judged.findings, judged.activities)

    def close(self) -> None:
        """End the block under way; it is ready once all of it was told.

        So whatever comes of a block is stored with it, before the ledger says that it is there.
        """
        if self._open is not None:
            self._open.watermark = self.flow.watermark.at
            self._open.arrived = self.flow.turns.arrived
            self._closed.append(self._open)
            self._open = None
        while self._closed and self.flow.turns.is_told(self._closed[0].arrived):
            block = self._closed.pop(0)
            block.settle(self._closed)
            self._ready.append(block)

    def _end(self) -> None:
        """End a block where one ended that an earlier owner was about to store."""
        self._ends.popleft()
        if self._open is not None:
            self._open.again = True
        self.close()

    @property
    def ready(self) -> list[Block]:
        """The blocks that can be stored, oldest first."""
        return list(self._ready)

    def streak(self) -> str:
        """Return what the next owner has to know of refusals in a row."""
        return self._poison.remembered(self.lot.partition)

    def drain(self) -> list[Block]:
        """Return the blocks that can be stored, oldest first."""
        ready, self._ready = self._ready, []
        return ready

    def durable(self, offset: int) -> None:
        """Take note that everything up to and with `offset` is stored."""
        self._recall.durable(offset)

    def snapshots(self, block: Block, written_at: int) -> int:
        """Put the state of every scope that changed on the newest block; return how many.

        Call it right after `close`, while nothing later was judged.
        """
        waiting = Waiting(
            [(bare(row.event), row.drill) for row in self.flow.turns.waiting],
            self.flow.watermark.at,
        )
        own = msgspec.msgpack.encode(waiting)
        made = []
        for (scope, drill), saved in self.flow.take_snapshots():
            name = scope_key(scope)
            key = self.keys.get(name, name.encode())
            made.append(
                self._snapshot(name, drill, saved.state, saved.due, key, block.last, written_at)
            )
        # The lane's own goes last: it says that all the others are complete.
        made.append(self._snapshot(LANE, "", own, 0, b"", block.last, written_at))
        block.snapshots = made
        return len(made)

    def _snapshot(  # noqa: PLR0917 - what differs from snapshot to snapshot
        self, scope: str, drill: str, state: bytes, due: int, key: bytes, offset: int, at: int
    ) -> Snapshot:
        return Snapshot(
            topic=self.lot.topic,
            scope=scope,
            drill=drill,
            epoch=self.lot.epoch,
            partition=self.lot.partition,
            partitions=self.partitions,
            offset=offset,
            record_key=key,
            format=self._format,
            due=due,
            state=state,
            written_at=at,
        )

    def _parts(self, polled: Polled) -> list[Polled]:
        """Return the records from `next_offset` on, parted where a block has to end."""
        parts = []
        rest = polled
        start = sum(1 for offset in rest.offsets if offset < self.next_offset)
        if start:
            rest = _sliced(rest, start, None)
        for end in self._ends:
            if not rest.offsets or rest.offsets[-1] < end:
                break
            at = sum(1 for offset in rest.offsets if offset <= end)
            parts.append(_sliced(rest, 0, at))
            rest = _sliced(rest, at, None)
        return [part for part in [*parts, rest] if part.offsets]

    def _take(self, polled: Polled, present: int) -> Outcome:
        while self._ends and polled.offsets[0] > self._ends[0]:
            self._end()
        taken = self._intake.take(polled, self.lot.topic, self.lot.epoch, present)
        self.poisoned = self._poison.watch(taken)
        felt = self._felt(taken)
        judged = self.flow.judge(taken.events, taken.received)
        if felt:
            judged.findings += self.flow.feel(felt)
        rows = stored(self.lot, taken, judged.rows, judged.positions, judged.counted)
        block = self._block()
        block.take(taken, rows, judged.duplicates)
        self.next_offset = taken.next_offset
        self._arrived.append((self.flow.turns.arrived, self.next_offset - 1))
        self._note(block, judged)
        self._learn(judged.rows, judged.positions, taken, polled)
        if self.poisoned is not None:
            block.records -= sum(1 for at in polled.offsets if at > block.last)
        if self._ends and block.last >= self._ends[0]:
            self._end()
        self._recall.note(judged.rows, self.next_offset - 1)
        return Outcome(
            judged.findings,
            judged.activities,
            taken.letters,
            late=sum(row.late for row in judged.rows),
            duplicates=judged.duplicates,
            ignored=taken.ignored,
            ahead=_ahead(taken),
            rows=len(rows),
            records=len(polled.offsets),
        )

    def _felt(self, taken: Taken) -> list[tuple[str, Event]]:
        """Take out the copies that are told to a scope and not stored."""
        if not taken.felt:
            return []
        found = [(scope_of(home), taken.events[position]) for position, home in taken.felt.items()]
        kept = [at for at in range(len(taken.events)) if at not in taken.felt]
        for name in ("events", "offsets", "items", "received"):
            column = getattr(taken, name)
            setattr(taken, name, [column[at] for at in kept])
        taken.ignored["felt elsewhere"] = taken.ignored.get("felt elsewhere", 0) + len(found)
        return found

    @property
    def _blocks(self) -> list[Block]:
        opened = [] if self._open is None else [self._open]
        return [*self._ready, *self._closed, *opened]

    def _block(self) -> Block:
        if self._open is None:
            self._open = Block(self.lot, self.next_offset, self.next_offset - 1)
        return self._open

    @staticmethod
    def _note(block: Block, judged: Judged) -> None:
        for finding in judged.findings:
            block.findings[finding.id] = finding
        for event, counted in judged.recounted:
            block.recounts[event.key] = recount(event, counted)
        block.restate(judged.restated)

    def _learn(self, rows: list[Row], positions: list[int], taken: Taken, polled: Polled) -> None:
        """Note the scopes that are new here, and the key that their records carry."""
        known = self.keys
        for row, position in zip(rows, positions, strict=True):
            name = row.placement.scope
            if name not in self._names:
                self._names.add(name)
                scope = scope_key(name)
                if scope not in known:
                    at = polled.offsets.index(taken.offsets[position])
                    known[scope] = polled.keys[at] or scope.encode()
                    self.newcomers.add(scope)


def _sliced(polled: Polled, start: int, end: int | None) -> Polled:
    part = slice(start, end)
    return Polled(
        polled.partition,
        polled.values[part],
        polled.keys[part],
        polled.offsets[part],
        polled.received[part],
        polled.headers[part],
    )


def _ahead(taken: Taken) -> list[tuple[Event, int]]:
    """Return the events that lie well after their own receipt, with it."""
    pairs = zip(taken.events, taken.received, strict=True)
    return [(event, at) for event, at in pairs if at and event.time > at + AHEAD]
