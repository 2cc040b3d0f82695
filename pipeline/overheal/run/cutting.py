"""Cutting a record that holds several documents, unparsed: one that is broken costs only itself."""

from __future__ import annotations

import io

import msgspec

from overheal.adapters.base import Record
from overheal.contract.cloudevents import sized
from overheal.errors import RecordError
from overheal.model import DeadLetter
from overheal.sources.files import Input
from overheal.sources.json_stream import documents, may_hold_items


class Piece(msgspec.Struct):
    """One document of a record, or the reason why what stands there is none."""

    record: Record
    error: RecordError | None = None


def may_be_list(document: bytes) -> bool:
    """Return whether a document may be a List, such as `kubectl get -o json` writes."""
    return may_hold_items(document) and b'"specversion"' not in document


def cut(raw: bytes, origin: str, received: int) -> list[Piece]:
    """Return the documents of an array, or the items of a List, in their order."""
    source = Input(io.BytesIO(), origin, received_at=received)
    pieces: list[Piece] = []
    for batch in documents(source, iter([raw])):
        for found in batch:
            if isinstance(found, DeadLetter):
                broken = Record(origin, 0, found.payload)
                pieces.append(Piece(broken, _error_of(found)))
            else:
                pieces.append(_checked(found))
    return pieces


def _error_of(letter: DeadLetter) -> RecordError:
    problem, _, remedy = letter.reason.partition("; ")
    return RecordError(letter.code, "$", problem, remedy)


def _checked(record: Record) -> Piece:
    try:
        sized(record.raw)
    except RecordError as error:
        return Piece(record, error.with_traceback(None))
    return Piece(record)
