"""A scope's history as bytes, so that another process can go on where this one stopped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from overheal.model import Event
from overheal.stages.row import Counted, Row, Told
from overheal.stages.rules import RuleBook
from overheal.state.alarms import NEVER
from overheal.state.copies import grown, shrunk
from overheal.state.facts import Claim
from overheal.state.log import SavedLog
from overheal.state.scope import FleetState, ScopeState, load, save
from overheal.state.timeline import Key, Reach, Timeline

ScopeTimeline = Timeline[ScopeState, Told, bytes]


class Snapshot(msgspec.Struct, frozen=True):
    """What a scope remembers; `due` is when time alone will change it (microseconds UTC)."""

    state: bytes
    due: int = NEVER


class _Saved(msgspec.Struct, array_like=True):
    """A scope's state, and what its timeline could still tell again."""

    state: bytes
    since: int
    base: bytes | None
    log: SavedLog[bytes]
    told: Key | None


class Logged(msgspec.Struct, array_like=True, gc=False):
    """What a scope logs of an event that it was told: all but what nobody asks again."""

    event: Event
    drill: str
    counted: Counted | None
    disproved: tuple[Claim, ...] = ()


_PACKED = "copies and blocks of the log packed by Zstandard "
"""How the bytes in a snapshot are written, which their type does not tell."""

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Saved).decode
_decode_block = msgspec.msgpack.Decoder(list[bytes]).decode
_decode_logged = msgspec.msgpack.Decoder(Logged).decode


def packed(told: Told) -> bytes:
    """Return what is logged of an event: the document is stored by now, and labels with it."""
    row = told.row
    return _encode(Logged(bare(row.event), row.drill, told.counted, told.disproved))


def bare(event: Event) -> Event:
    """Return an event without what nobody asks for once it is stored."""
    return msgspec.structs.replace(event, document=b"", labels={})


def folded(logged: list[bytes]) -> bytes:
    """Return logged events packed together: they are much alike."""
    return shrunk(_encode(logged))


def unfolded(block: bytes) -> list[bytes]:
    """Return the logged events that `folded` was given."""
    return _decode_block(grown(block))


def unpacked(logged: bytes, rules: RuleBook) -> Told:
    """Return a logged event, placed by the rules of its time."""
    found = _decode_logged(logged)
    placement = rules.at(found.event.time).catalog.place(found.event)
    row = Row(found.event, placement, late=False, drill=found.drill)
    return Told(row, found.counted, found.disproved)


def frozen(timeline: ScopeTimeline, settled: int = 0) -> Snapshot:
    """Return a scope as it stands; nothing will come before `settled` (microseconds UTC)."""
    reach = timeline.reach(settled)
    saved = _Saved(save(timeline.state), reach.since, reach.base, reach.log, reach.told)
    return Snapshot(_encode(saved), timeline.state.due)


def revived(timeline: ScopeTimeline, snapshot: Snapshot, types: Sequence[type[Any]]) -> None:
    """Let a timeline stand where the one stood that was frozen."""
    saved = _decode(snapshot.state)
    timeline.state = load(saved.state, list(types))
    timeline.revive(Reach(saved.since, saved.base, saved.log, saved.told))


def format_of(types: Sequence[type[Any]]) -> str:
    """Return a digest of what snapshots look like; another one cannot be read.

    It is the same in every process: where functions lie in memory is no part of it.
    """
    shapes = msgspec.inspect.multi_type_info([_Saved, Logged, ScopeState, FleetState, *types])
    written = _PACKED + _ADDRESS.sub("", repr(shapes))
    return hashlib.blake2b(written.encode(), digest_size=8).hexdigest()
