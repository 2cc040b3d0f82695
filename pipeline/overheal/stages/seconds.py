"""The activity of the last minutes, packed by the second, so that it can be told again."""

from __future__ import annotations

import msgspec

from overheal.model import MINUTE, Activity
from overheal.stages.activity import ActivityKey
from overheal.state.copies import grown, shrunk

SMALL = 1_000
"""Bytes of a second that are kept as they are: packing so few is not worth its time."""

_MARK = b"\x28\xb5\x2f\xfd"
"""What begins packed bytes (RFC 8878), and no map of MessagePack."""

Second = dict[str, Activity]
"""The activity of one second by the rest of its key."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Second).decode
_decode_keys = msgspec.msgpack.Decoder(list[ActivityKey]).decode


class Seconds:
    """Activities by their key. The second that was asked for last is kept as it is."""

    def __init__(self) -> None:
        self._packed: dict[int, bytes] = {}
        self._at = 0
        self._open: Second = {}

    @property
    def weight(self) -> int:
        """The bytes of all seconds."""
        return sum(map(len, self._packed.values()))

    def get(self, key: ActivityKey) -> Activity | None:
        """Return the activity with this key, None where there is none."""
        return self._second(key[0]).get(key[1]) if key[0] in self._packed else None

    def of(self, key: ActivityKey) -> Activity:
        """Return the activity with this key, which must be there."""
        return self._second(key[0])[key[1]]

    def put(self, activities: dict[ActivityKey, Activity]) -> None:
        """Add activities, or replace them."""
        grown_by: dict[int, Second] = {}
        for (at, name), activity in activities.items():
            grown_by.setdefault(at, {})[name] = activity
        for at, fresh in grown_by.items():
            second = {**self._second(at), **fresh} if at in self._packed else fresh
            if at == self._at:
                self._open = second
            encoded = _encode(second)
            self._packed[at] = encoded if len(encoded) < SMALL else shrunk(encoded)

    def forget_before(self, time: int) -> None:
        """Forget the seconds before `time` (microseconds UTC), once it is a minute of them."""
        packed = self._packed
        if packed and time - next(iter(packed)) >= MINUTE:
            self._packed = {at: second for at, second in packed.items() if at >= time}

    def _second(self, at: int) -> Second:
        if at != self._at:
            found = self._packed[at]
            self._open = _decode(grown(found) if found.startswith(_MARK) else found)
            self._at = at
        return self._open


def folded(keys: list[ActivityKey]) -> bytes:
    """Return keys packed together."""
    return shrunk(_encode(keys))


def unfolded(block: bytes) -> list[ActivityKey]:
    """Return the keys that `folded` was given."""
    return _decode_keys(grown(block))
