"""What is remembered of one scope, as one value that can be saved and restored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from overheal.model import HOUR, MINUTE, Event
from overheal.state.alarms import NEVER
from overheal.state.book import Book, Ground
from overheal.state.expecting import Expecting
from overheal.state.facts import (
    FAILED,
    OTHER,
    SUCCEEDED,
    UNKNOWN,
    Claim,
    FactReader,
    Recovery,
    outcome_of,
)
from overheal.state.footprint import Footprint
from overheal.state.memory import Recent

EPISODE_GAP = 15 * MINUTE

FELT_WITHIN = 15 * MINUTE
"""How far what users feel may lie from what they feel it through (microseconds)."""

FELT_KEPT = 7 * HOUR
"""How long the fleet remembers it: beyond the longest window of its detectors (microseconds)."""

_encode = msgspec.msgpack.Encoder().encode

_COLUMN = {UNKNOWN: "unknown", SUCCEEDED: "succeeded", FAILED: "failed", OTHER: "failed"}


_decoders: dict[Any, Callable[[bytes], Any]] = {}


def _decoder(kind: Any) -> Callable[[bytes], Any]:
    """Return what decodes a type; making it takes longer than using it."""
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.msgpack.Decoder(kind).decode
    return found


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

    def see(self, at: int) -> None:
        """Take any event of the service, by its time (microseconds UTC)."""
        if not self.first_at:
            self.first_at = at
        self.last_at = max(self.last_at, at)

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
        self._move(_COLUMN[before], _COLUMN[outcome_of(event)], event.count)

    def disprove(self, count: int) -> None:
        """Take as many reported successes for failures."""
        self._move(_COLUMN[SUCCEEDED], _COLUMN[FAILED], count)

    def _move(self, column: str, other: str, count: int) -> None:
        moved = min(count, getattr(self, column))
        self._add(column, -moved)
        self._add(other, moved)

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

    def disprove(self, claim: Claim, now: int) -> bool:
        """Count a recovery that was reported as succeeded as failed from `now` on.

        What is reported of it later changes nothing any more. Returns whether it was counted as a
        success until now.
        """
        known = self.reader.disprove(claim.action_id, now)
        tally = self.tallies.get(claim.service)
        if known and tally is not None:
            tally.disprove(claim.count)
        return known


def save(state: ScopeState) -> bytes:
    """Return a scope's state as bytes; `load` gives it back."""
    return _encode((msgspec.structs.replace(state, states=[]), state.states))


def load(saved: bytes, types: list[type[Any]]) -> ScopeState:
    """Return the state that `save` was given; `types` are those of `states`, in order."""
    state, parts = _decoder(tuple[ScopeState, list[msgspec.Raw]])(saved)
    state.states = [_decoder(kind)(part) for part, kind in zip(parts, types, strict=True)]
    found: ScopeState = state
    return found


class FleetState(msgspec.Struct):
    """Everything the fleet stage remembers: each detector's state, the findings, who felt what.

    `felt` holds when users last felt a service or what it depends on, by environment and name,
    and `felt_last` the newest of these. `grounds` are the last grounds of
    open findings; `reached` is what closed ones reached.
    """

    states: list[Any]
    book: Book
    felt: Recent[int] = msgspec.field(default_factory=lambda: Recent(FELT_KEPT))
    felt_last: int = 0
    grounds: dict[str, list[Ground]] = {}
    reached: dict[str, Footprint] = {}


def save_fleet(state: FleetState) -> bytes:
    """Return the fleet's state as bytes; `load_fleet` gives it back."""
    return _encode((msgspec.structs.replace(state, states=[]), state.states))


def load_fleet(saved: bytes, types: list[type[Any]]) -> FleetState:
    """Return the state that `save_fleet` was given; `types` are those of `states`, in order."""
    state, parts = _decoder(tuple[FleetState, list[msgspec.Raw]])(saved)
    state.states = [_decoder(kind)(part) for part, kind in zip(parts, types, strict=True)]
    found: FleetState = state
    return found
