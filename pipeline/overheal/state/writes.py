"""The newest values of a field and its turns, held so that a great many take little memory."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from sys import intern

import msgspec

from overheal.model import Value
from overheal.state.packed import Packed, places_of

WRITES_KEPT = 300
"""Writes of a field that are remembered at most; beyond that a third of them is forgotten."""


class Write(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One value of a field: who wrote or saw it, when (microseconds UTC), in which event.

    Without an event it is what somebody said the value was before.
    """

    at: int
    id: str
    agent: str
    value: Value
    outcome: str = ""


Shown = tuple[int, str, Value]
"""What a finding shows of a write: when it was (microseconds UTC), whose, and the value."""


class _Block(msgspec.Struct, array_like=True):
    """Writes column by column; agents and outcomes are places among `words`."""

    times: list[int]
    words: list[str]
    agents: list[int]
    values: list[Value]
    rest: msgspec.Raw
    """Ids, and the places of outcomes: nobody asks for them but when a finding opens."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Block).decode
_decode_rest = msgspec.msgpack.Decoder(tuple[list[str], list[int]]).decode


class Writes(Packed[Write], array_like=True):
    """The newest writes of a field, oldest first; the oldest was at `since` (microseconds UTC)."""

    since: int = 0

    @property
    def last(self) -> Write:
        """The newest."""
        return self.loose[-1]

    def newest(self, count: int) -> list[Write]:
        """Return the newest `count`, no more than `BLOCK`, as far as there are so many."""
        return self.loose[-count:]

    @staticmethod
    def fold(records: list[Write]) -> bytes:
        """Return a block of writes."""
        words, (agents, outcomes) = places_of(
            [write.agent for write in records], [write.outcome for write in records]
        )
        rest = msgspec.Raw(_encode(([write.id for write in records], outcomes)))
        times, values = [write.at for write in records], [write.value for write in records]
        return _encode(_Block(times, words, agents, values, rest))

    def append(self, record: Write) -> None:
        """Add the newest; beyond `WRITES_KEPT` the oldest third is forgotten."""
        if not self.loose:
            self.since = record.at
        super().append(record)
        if self.blocks and len(self) > WRITES_KEPT:
            self.drop(WRITES_KEPT // 3)

    def drop(self, count: int) -> None:
        """Forget so many of the oldest; some must be left."""
        super().drop(count)
        times = _decode(self.blocks[0]).times if self.blocks else [self.loose[0].at]
        self.since = times[self.gone]

    def forget_before(self, time: int) -> None:
        """Forget what was at or before `time`, except the two newest."""
        if self.since > time:
            return
        gone, left = 0, len(self) - 2
        for at, _, _ in self.shown():
            if gone >= left or at > time:
                break
            gone += 1
        if gone > 0:
            self.drop(gone)

    def shown(self) -> list[Shown]:
        """Return what a finding shows of them."""
        found: list[Shown] = []
        for block in map(_decode, self.blocks):
            agents = map(block.words.__getitem__, block.agents)
            found += zip(block.times, agents, block.values, strict=True)
        loose = [(write.at, write.agent, write.value) for write in self.loose]
        return (found + loose)[self.gone :]

    def all(self) -> list[Write]:
        """Return them as they were."""
        packed = chain.from_iterable(map(_unfolded, self.blocks))
        return [*packed, *self.loose][self.gone :]


def _unfolded(packed: bytes) -> list[Write]:
    block = _decode(packed)
    ids, outcomes = _decode_rest(block.rest)
    words = list(map(intern, block.words))
    columns = zip(block.times, ids, block.agents, block.values, outcomes, strict=True)
    return [
        Write(at, key, words[agent], value, words[outcome])
        for at, key, agent, value, outcome in columns
    ]


def wants_of(writes: Iterable[Shown], kept: int = 20) -> dict[str, list[Value]]:
    """Return which values each agent wrote, the most frequent first, `kept` of each at most."""
    counted: dict[str, dict[Value, int]] = {}
    for _, agent, value in writes:
        if agent:
            values = counted.setdefault(agent, {})
            values[value] = values.get(value, 0) + 1
    return {
        agent: sorted(values, key=lambda value: (-values[value], str(value)))[:kept]
        for agent, values in sorted(counted.items())
    }
