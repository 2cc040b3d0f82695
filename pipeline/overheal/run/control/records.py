"""Expectations, drills and acknowledgements as records of the control topic."""

from __future__ import annotations

from typing import Literal

import msgspec

from overheal.declared import Record
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.state.words import clock, listed
from overheal.store.following import Acknowledgement

_PREFIXES = (b"expectation/", b"drill/")
_ACKNOWLEDGED = b"acknowledgement/"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Expectation | DeclaredDrill).decode


def record_of(record: Record) -> tuple[bytes, bytes]:
    """Return key and value of a record; the value is JSON, and its times are microseconds UTC."""
    kind = "expectation" if isinstance(record, Expectation) else "drill"
    return f"{kind}/{record.id}".encode(), _encode(record)


def is_declared(key: bytes) -> bool:
    """Return whether the record of a key is an expectation or a drill."""
    return key.startswith(_PREFIXES)


class _Acknowledged(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="acknowledgement",
):
    """What `Acknowledgement` is, with `of` for what it calls `kind`."""

    id: str
    of: Literal["finding", "follow_up"]
    at: int
    by: str
    found: str = ""
    author: str = ""


_read_acknowledged = msgspec.json.Decoder(_Acknowledged).decode


def acknowledgement_record(given: Acknowledgement) -> tuple[bytes, bytes]:
    """Return key and value of an acknowledgement; the value is JSON, its time microseconds UTC."""
    values = msgspec.structs.asdict(given)
    record = _Acknowledged(of=values.pop("kind"), **values)
    return _ACKNOWLEDGED + given.id.encode(), _encode(record)


def is_acknowledgement(key: bytes) -> bool:
    """Return whether the record of a key is an acknowledgement."""
    return key.startswith(_ACKNOWLEDGED)


def read_acknowledgement(value: bytes) -> Acknowledgement:
    """Return what a record says; raises `msgspec.DecodeError` (or its subclass) for others."""
    values = msgspec.structs.asdict(_read_acknowledged(value))
    return Acknowledgement(kind=values.pop("of"), **values)


def read_record(value: bytes) -> Record:
    """Return what a record says; raises `msgspec.DecodeError` (or its subclass) for others."""
    record: Record = _decode(value)
    if record.until <= record.since:
        raise msgspec.ValidationError(f"{record.id}: `until` does not lie after `since`")
    return record


def covered(drill: DeclaredDrill) -> str:
    """Return what a drill covers, in words."""
    if drill.everything:
        return "everything"
    scopes = [f"scope {scope}" for scope in drill.scopes]
    return listed([*drill.services, *scopes])


def spoken(record: Record) -> str:
    """Return a record as one line for logs and for whoever made it."""
    if isinstance(record, Expectation):
        where = f" in {record.environment}" if record.environment else ""
        what = f" as to {record.detector}" if record.detector else ""
        text = (
            f"{record.id}: {record.owner} expects {record.service}{where} to be recovered up to "
            f"{record.rate}{what}, from {clock(record.since)} until {clock(record.until)}: "
            f"{record.reason}"
        )
        removed = record.removed_at
        return text if removed is None else f"{text}; removed as of {clock(removed)}"
    without = " without automation" if record.no_automation else ""
    text = (
        f"{record.id}: a drill{without} of {covered(record)} by {record.owner}, from "
        f"{clock(record.since)} until {clock(record.until)}"
    )
    ended = record.ended_at
    return text if ended is None else f"{text}; ended as of {clock(ended)}"
