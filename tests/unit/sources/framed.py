"""Framing bytes in a test: what comes back, sorted into records and dead letters."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator

from overheal.adapters.base import Record
from overheal.model import DeadLetter
from overheal.sources.files import Input
from overheal.sources.framing import frame
from overheal.sources.limits import Batch

Framed = tuple[list[Record], list[DeadLetter]]


class Pieces:
    """A stream whose reads return pieces of the given sizes, round and round, as a pipe may."""

    def __init__(self, data: bytes, sizes: Iterable[int]) -> None:
        self._rest = io.BytesIO(data)
        self._sizes = itertools.cycle(sizes)

    def read(self, size: int, /) -> bytes:
        return self._rest.read(min(size, next(self._sizes)))

    def close(self) -> None:
        pass


def framed(
    data: bytes,
    sizes: Iterable[int] = (1 << 30,),
    by: Callable[[Input], Iterator[Batch]] = frame,
) -> Framed:
    records: list[Record] = []
    letters: list[DeadLetter] = []
    for batch in by(Input(Pieces(data, sizes), "input", received_at=7)):
        assert batch
        for item in batch:
            if isinstance(item, DeadLetter):
                letters.append(item)
            else:
                records.append(item)
    return records, letters


def values(data: bytes, sizes: Iterable[int] = (1 << 30,)) -> list[object]:
    """What the records mean; there must be no dead letter."""
    records, letters = framed(data, sizes)
    assert letters == []
    return [json.loads(record.raw) for record in records]
