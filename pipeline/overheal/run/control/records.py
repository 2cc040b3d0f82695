"""Expectations and drills as records of the control topic."""

from __future__ import annotations

import msgspec

from overheal.declared import Record
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.state.words import clock, listed

_PREFIXES = (b"expectation/", b"drill/")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Expectation | DeclaredDrill).decode


def record_of(record: Record) -> tuple[bytes, bytes]:
    """Return key and value of a record; the value is JSON, and its times are microseconds UTC."""
    kind = "expectation" if isinstance(record, Expectation) else "drill"
    return f"{kind}/{record.id}".encode(), _encode(record)


def is_declared(key: bytes) -> bool:
    """Return whether the record of a key is an expectation or a drill."""
    return key.startswith(_PREFIXES)


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
