"""What is remembered of one scope, as one value that can be saved and restored."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.model import MINUTE, Event
from overheal.state.alarms import NEVER
from overheal.state.book import Book, Ground
from overheal.state.expecting import Expecting
from overheal.state.facts import FAILED, OTHER, SUCCEEDED, UNKNOWN, FactReader, Recovery, outcome_of

EPISODE_GAP = 15 * MINUTE
_COLUMN = {UNKNOWN: "unknown", SUCCEEDED: "succeeded", FAILED: "failed", OTHER: "failed"}


class Tally(msgspec.Struct):
    """Counts of one service; see `model.ServiceSummary`."""

    service: str
    environment: str
    owner: str = ""
    recoveries: int = 0
    human_recoveries: int = 0
    episodes: int = 0
    succeeded: int = 0
    failed: int = 0
    unknown: int = 0
    first_at: int = 0
    last_at: int = 0
    last_recovery: int = 0

    def see(self, event: Event) -> None:
        """Take any event of the service."""
        if not self.first_at:
            self.first_at = event.time
        self.last_at = max(self.last_at, event.time)

    def recover(self, fact: Recovery) -> None:
        """Take one recovery."""
        if not fact.automated:
            self.human_recoveries += fact.count
            return
        self.recoveries += fact.count
        self._add(_COLUMN[outcome_of(fact.event)], fact.count)
        if not self.last_recovery or fact.at - self.last_recovery >= EPISODE_GAP:
            self.episodes += 1
        self.last_recovery = max(self.last_recovery, fact.at)

    def settle(self, event: Event, before: int) -> None:
        """Take another outcome of a recovery that was counted; `before` is its class until now."""
        column = _COLUMN[before]
        moved = min(event.count, getattr(self, column))
        self._add(column, -moved)
        self._add(_COLUMN[outcome_of(event)], moved)

    def _add(self, column: str, count: int) -> None:
        setattr(self, column, getattr(self, column) + count)


class ScopeState(msgspec.Struct):
    """Everything remembered of one scope: each detector's state, findings, counts, who felt what.

    `key` is the scope's with its environment, `name` without; `reached` is the event time up to
    which it was told. `felt` holds when users last felt a service or what it depends on, `grounds`
    the last grounds of open findings. `expecting` is how expectations stand, by their id and the
    service's key, `lowered` the ids of the expectations that lower a finding.
    """

    key: str
    name: str
    states: list[Any]
    book: Book
    reader: FactReader
    tallies: dict[str, Tally] = {}
    felt: dict[str, int] = {}
    grounds: dict[str, list[Ground]] = {}
    reached: int = 0
    due: int = NEVER
    drill: str = ""
    paged: set[str] = set()
    expecting: dict[str, Expecting] = {}
    lowered: dict[str, list[str]] = {}


def save(state: ScopeState) -> bytes:
    """Return a scope's state as bytes; `load` gives it back."""
    bare = msgspec.structs.replace(state, states=[])
    return msgspec.msgpack.encode((bare, [msgspec.msgpack.encode(item) for item in state.states]))


def load(saved: bytes, types: list[type[Any]]) -> ScopeState:
    """Return the state that `save` was given; `types` are those of `states`, in order."""
    state, parts = msgspec.msgpack.decode(saved, type=tuple[ScopeState, list[bytes]])
    state.states = [
        msgspec.msgpack.decode(part, type=kind) for part, kind in zip(parts, types, strict=True)
    ]
    return state


class FleetState(msgspec.Struct):
    """Everything the fleet stage remembers: each detector's state, and the findings."""

    states: list[Any]
    book: Book


def save_fleet(state: FleetState) -> bytes:
    """Return the fleet's state as bytes; `load_fleet` gives it back."""
    return msgspec.msgpack.encode(
        (state.book, [msgspec.msgpack.encode(item) for item in state.states])
    )


def load_fleet(saved: bytes, types: list[type[Any]]) -> FleetState:
    """Return the state that `save_fleet` was given; `types` are those of `states`, in order."""
    book, parts = msgspec.msgpack.decode(saved, type=tuple[Book, list[bytes]])
    return FleetState(
        [msgspec.msgpack.decode(part, type=kind) for part, kind in zip(parts, types, strict=True)],
        book,
    )
