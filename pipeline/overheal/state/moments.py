"""The moments that a finding shows of its members: the first and the newest."""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern
from typing import Any

import msgspec

from overheal.model import Event
from overheal.state.packed import Packed, places_of

TIMELINE_KEPT = 300
"""How many members' moments a finding keeps for its picture: the first and the newest."""


class Member(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """One event that belongs to a finding: who did what when (microseconds UTC), how often."""

    at: int
    id: str
    agent: str
    what: str
    outcome: str
    count: int = 1


def member_of(event: Event, at: int, what: str) -> Member:
    """Return an event as a member that happened at `at`."""
    agent, what, outcome = intern(event.agent), intern(what), intern(event.outcome)
    return Member(at, event.id, agent, what, outcome, event.count)


class _Block(msgspec.Struct, array_like=True):
    """Members column by column; agents, deeds and outcomes are places among `words`."""

    times: list[int]
    words: list[str]
    agents: list[int]
    whats: list[int]
    outcomes: list[int]
    counts: list[int]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Block).decode


class _Newest(Packed[Member], array_like=True):
    @staticmethod
    def fold(records: list[Member]) -> bytes:
        words, (agents, whats, outcomes) = places_of(
            [member.agent for member in records],
            [member.what for member in records],
            [member.outcome for member in records],
        )
        times, counts = [one.at for one in records], [one.count for one in records]
        return _encode(_Block(times, words, agents, whats, outcomes, counts))


class Moments(msgspec.Struct, array_like=True):
    """The first member and the newest, oldest first."""

    first: Member | None = None
    rest: _Newest = msgspec.field(default_factory=_Newest)

    def add(self, members: Sequence[Member]) -> None:
        """Add the newest members; beyond `TIMELINE_KEPT` the oldest but the first are forgotten."""
        for member in members:
            if self.first is None:
                self.first = member
            else:
                self.rest.append(member)
        if len(self.rest) >= TIMELINE_KEPT:
            self.rest.drop(len(self.rest) - TIMELINE_KEPT + 1)

    def shown(self) -> list[dict[str, Any]]:
        """Return what a finding shows of them, as evidence."""
        rest = self.rest
        found: list[tuple[int, str, str, str, int]] = []
        for block in map(_decode, rest.blocks):
            agents, whats, outcomes = (
                map(block.words.__getitem__, column)
                for column in (block.agents, block.whats, block.outcomes)
            )
            found += zip(block.times, agents, whats, outcomes, block.counts, strict=True)
        found += [(one.at, one.agent, one.what, one.outcome, one.count) for one in rest.loose]
        first = self.first
        if first is None:
            return []
        head = (first.at, first.agent, first.what, first.outcome, first.count)
        return [
            {
                "at": at,
                "agent": agent,
                "what": what,
                "outcome": outcome or "unknown",
                "count": count,
            }
            for at, agent, what, outcome, count in [head, *found[rest.gone :]]
        ]
