"""When a field turned back, and in which events, in a few bytes for each turn."""

from __future__ import annotations

from struct import unpack

import msgspec

TURNS_KEPT = 1_000
"""Turns of a field that are remembered at most; beyond that a tenth of them is forgotten."""

_WIDTH = 8
_LOST = 100
"""So many ids of forgotten turns are borne with before the rest is packed anew."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[str]).decode


class Turns(msgspec.Struct, array_like=True):
    """Turns of one field, oldest first.

    `times` holds eight bytes for each (microseconds UTC, the lowest first), `ids` the events' ids
    one after the other as MessagePack has them; the first `gone` of these are no part of it.
    """

    times: bytearray = msgspec.field(default_factory=bytearray)
    ids: bytearray = msgspec.field(default_factory=bytearray)
    gone: int = 0

    def __len__(self) -> int:
        return len(self.times) // _WIDTH

    def append(self, at: int, event: str) -> None:
        """Add the newest."""
        self.times += at.to_bytes(_WIDTH, "little", signed=True)
        self.ids += _encode(event)
        if len(self) > TURNS_KEPT:
            self._drop(TURNS_KEPT // 10)

    def at(self, place: int) -> int:
        """Return when a turn was; a negative place counts from the newest, which is -1."""
        start = (place if place >= 0 else len(self) + place) * _WIDTH
        return int.from_bytes(self.times[start : start + _WIDTH], "little", signed=True)

    def all_at(self) -> tuple[int, ...]:
        """Return when each was."""
        return unpack(f"<{len(self)}q", self.times)

    @property
    def first(self) -> str:
        """The id of the oldest turn's event."""
        return self._ids()[0]

    def forget_before(self, time: int) -> None:
        """Forget those at or before `time`."""
        if not self.times:
            return
        gone = 0
        while gone < len(self) and self.at(gone) <= time:
            gone += 1
        if gone:
            self._drop(gone)

    def _drop(self, count: int) -> None:
        del self.times[: count * _WIDTH]
        self.gone += count
        if self.gone >= _LOST:
            self.ids = bytearray(b"".join(map(_encode, self._ids())))
            self.gone = 0

    def _ids(self) -> list[str]:
        count = self.gone + len(self)
        return _decode(b"\xdd" + count.to_bytes(4, "big") + self.ids)[self.gone :]
