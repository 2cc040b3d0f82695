"""A scope's history as bytes, so that another process can go on where this one stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from overheal.model import Event
from overheal.stages.row import Counted, Row, Told
from overheal.stages.rules import RuleBook
from overheal.state.alarms import NEVER
from overheal.state.scope import FleetState, ScopeState, load, save
from overheal.state.timeline import Key, Reach, Timeline


class Snapshot(msgspec.Struct, frozen=True):
    """What a scope remembers; `due` is when time alone will change it (microseconds UTC)."""

    state: bytes
    due: int = NEVER


class _Saved(msgspec.Struct, array_like=True):
    """A scope's state, and what its timeline could still tell again."""

    state: bytes
    since: int
    base: bytes | None
    keys: list[Key]
    items: list[tuple[Event, str, Counted | None]]
    told: Key | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Saved).decode


def frozen(timeline: Timeline[ScopeState, Told], settled: int = 0) -> Snapshot:
    """Return a scope as it stands; nothing will come before `settled` (microseconds UTC)."""
    reach = timeline.reach(settled)
    items = [(told.row.event, told.row.drill, told.counted) for told in reach.items]
    saved = _Saved(save(timeline.state), reach.since, reach.base, reach.keys, items, reach.told)
    return Snapshot(_encode(saved), timeline.state.due)


def revived(
    timeline: Timeline[ScopeState, Told],
    snapshot: Snapshot,
    types: Sequence[type[Any]],
    rules: RuleBook,
) -> None:
    """Let a timeline stand where the one stood that was frozen."""
    saved = _decode(snapshot.state)
    timeline.state = load(saved.state, list(types))
    items = [
        Told(Row(event, rules.at(event.time).catalog.place(event), False, drill), counted)
        for event, drill, counted in saved.items
    ]
    timeline.revive(Reach(saved.since, saved.base, saved.keys, items, saved.told))


def format_of(types: Sequence[type[Any]]) -> str:
    """Return a digest of what snapshots look like; another one cannot be read."""
    shapes = msgspec.inspect.multi_type_info([_Saved, ScopeState, FleetState, *types])
    return hashlib.blake2b(repr(shapes).encode(), digest_size=8).hexdigest()
