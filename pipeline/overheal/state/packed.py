"""Lists of small records in a few bytes for each, and lists of ids."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

BLOCK = 32
"""Records that are packed together; as many again stay as they are, since the newest are asked."""

_encode = msgspec.msgpack.Encoder().encode
_decode_ids = msgspec.msgpack.Decoder(list[str]).decode


class Packed(msgspec.Struct, Generic[T], array_like=True):
    """The newest records, oldest first; subclasses say how a block of them is packed.

    The newest are `loose`, those before them in `blocks`; of the first of these `gone` are no part
    of it.
    """

    loose: list[T] = []
    blocks: list[bytes] = []
    gone: int = 0

    def __len__(self) -> int:
        return len(self.blocks) * BLOCK - self.gone + len(self.loose)

    @staticmethod
    def fold(records: list[T]) -> bytes:
        """Return a block of records."""
        raise NotImplementedError

    def append(self, record: T) -> None:
        """Add the newest."""
        loose = self.loose
        loose.append(record)
        if len(loose) >= 2 * BLOCK:
            self.blocks.append(self.fold(loose[:BLOCK]))
            del loose[:BLOCK]

    def drop(self, count: int) -> None:
        """Forget so many of the oldest."""
        gone = self.gone + count
        packed = min(gone // BLOCK, len(self.blocks))
        del self.blocks[:packed]
        self.gone = gone - packed * BLOCK
        if not self.blocks:
            del self.loose[: self.gone]
            self.gone = 0


def places_of(*columns: list[str]) -> tuple[list[str], list[list[int]]]:
    """Return the words of columns, each once, and the columns as places among them.

    >>> places_of(["a", "b", "a"], ["b", "b", "c"])
    (['a', 'b', 'c'], [[0, 1, 0], [1, 1, 2]])
    """
    places: dict[str, int] = {}
    found = [[places.setdefault(word, len(places)) for word in column] for column in columns]
    return list(places), found


class Ids(msgspec.Struct, array_like=True):
    """A list of ids that only grows, one after the other as MessagePack has them."""

    packed: bytearray = msgspec.field(default_factory=bytearray)
    count: int = 0

    def __len__(self) -> int:
        return self.count

    def append(self, one: str) -> None:
        """Add an id."""
        self.packed += _encode(one)
        self.count += 1

    def all(self) -> list[str]:
        """Return them."""
        return _decode_ids(b"\xdd" + self.count.to_bytes(4, "big") + self.packed)
