"""What the records of one partition hold, as columns."""

from __future__ import annotations

import msgspec

from overheal.model import DeadLetter, Event


class Taken(msgspec.Struct):
    """What records of one partition hold, in the order of their offsets.

    `events`, `offsets`, `items` and `received` are columns: an event's record, its place in a
    batch (0 where it came alone), and when the broker took it (microseconds UTC, 0: unknown).
    `felt` maps positions in these columns to the scope key which that copy is told to.
    `waiting` are offsets of records that were read and may speak later. `next_offset` is behind
    the last record, `records` how many there were.
    """

    topic: str
    partition: int
    epoch: str
    next_offset: int = 0
    records: int = 0
    events: list[Event] = []
    offsets: list[int] = []
    items: list[int] = []
    received: list[int] = []
    felt: dict[int, str] = {}
    letters: list[DeadLetter] = []
    ignored: dict[str, int] = {}
    waiting: list[int] = []

    def cut(self, offset: int) -> None:
        """Forget everything from `offset` on, so that it is read again."""
        kept = sum(1 for at in self.offsets if at < offset)
        for column in (self.events, self.offsets, self.items, self.received):
            del column[kept:]
        self.felt = {position: key for position, key in self.felt.items() if position < kept}
        self.letters = [letter for letter in self.letters if letter.line < offset]
        self.waiting = [at for at in self.waiting if at < offset]
        self.next_offset = offset


class Document(msgspec.Struct, gc=False):
    """A canonical document, the record and item it stood in, and the bytes to keep if refused."""

    document: bytes
    index: int
    item: int
    raw: bytes | None
