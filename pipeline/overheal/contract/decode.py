"""From the bytes of one canonical document to an `Event`, or to an error that says what to repair.

A fast decoder, derived from the schema, says yes to ordinary documents. Whatever it does not
accept goes to the schema's own models (`strict`), which have the last word and word the error. So
the fast path only saves time: it never decides a refusal.

Errors quote what they found: redact first (`redaction`), then decode.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

import msgspec

from overheal.contract import schema
from overheal.contract.derive import UtcTime, struct_for
from overheal.contract.events import (
    CAPPED_LABEL,
    COUNT_CAP,
    action_event,
    observation_event,
)
from overheal.contract.exact import MAX_DEPTH, parse
from overheal.contract.scalars import micros
from overheal.contract.strict import NEWER_MINOR_LABEL, UNNAMED_SOURCE, validated
from overheal.errors import RecordError
from overheal.model import Event

__all__ = [
    "CAPPED_LABEL",
    "COUNT_CAP",
    "NEWER_MINOR_LABEL",
    "UNNAMED_SOURCE",
    "decode",
    "decode_many",
    "micros",
]

_PHASE_OF_TYPE = {f"io.overheal.action.{phase}.v1": phase for phase in get_args(schema.Phase)}
_TYPE_OF_PHASE = {phase: name for name, phase in _PHASE_OF_TYPE.items()}
_EARLIEST = micros(schema.EARLIEST)
_LATEST = micros(schema.LATEST)
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

_Action = struct_for(schema.ActionEvent)
_Observation = struct_for(schema.Observation)
_ActionDocument = struct_for(schema.Envelope, ("data", _Action))
_ObservationDocument = struct_for(schema.Envelope, ("data", _Observation))
_BARE = (("id", str), ("time", UtcTime), ("source", str | None, None))
_BareAction = struct_for(schema.ActionEvent, *_BARE)
_BareObservation = struct_for(schema.Observation, *_BARE)

_read_action = msgspec.json.Decoder(_ActionDocument).decode
_read_observation = msgspec.json.Decoder(_ObservationDocument).decode
_read_bare_action = msgspec.json.Decoder(_BareAction).decode
_read_bare_observation = msgspec.json.Decoder(_BareObservation).decode
_read_anything = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

_DECLINED = (msgspec.DecodeError, RecordError, RecursionError, UnicodeError, OverflowError)


def decode(raw: bytes) -> Event:
    """Decode one canonical JSON document: a CloudEvent, or bare data with `id` and `time`.

    Raises `RecordError` naming the JSON path, what was expected and found, and the remedy.
    """
    try:
        event = _fast(raw)
    except _DECLINED:
        event = None
    return _definitive(raw) if event is None else event


def decode_many(raws: Sequence[bytes]) -> list[Event | RecordError]:
    """Decode many documents; in place of each refused one stands its error."""
    decoded: list[Event | RecordError] = []
    add = decoded.append
    for raw in raws:
        try:
            event = _fast(raw)
        except _DECLINED:
            event = None
        if event is None:
            try:
                event = _definitive(raw)
            except RecordError as error:
                add(error.with_traceback(None))
                continue
        add(event)
    return decoded


def _fast(raw: bytes) -> Event | None:
    """Return the event of an ordinary document; None or a decoding error where others must look."""
    if b'"action_id"' in raw:
        return _fast_action(raw)
    return _fast_observation(raw)


def _fast_action(raw: bytes) -> Event | None:
    added = 0
    if b'"specversion"' in raw:
        envelope = _read_action(raw)
    else:
        envelope, added = _wrapped(_read_bare_action(raw), _Action, _ActionDocument)
    data, schema_id = envelope.data, envelope.dataschema
    time = micros(envelope.time)
    if (
        _EARLIEST <= time < _LATEST
        and _PHASE_OF_TYPE.get(envelope.type) == data.phase
        and (schema_id is None or schema_id == schema.ACTION_SCHEMA)
        and not schema.action_rules(data)
        and _ordinary_action(data)
    ):
        document = _encode(envelope)
        _refuse_repeated_keys(raw, document, added)
        return action_event(envelope, time, document)
    return None


def _fast_observation(raw: bytes) -> Event | None:
    added = 0
    if b'"specversion"' in raw:
        envelope = _read_observation(raw)
    else:
        envelope, added = _wrapped(_read_bare_observation(raw), _Observation, _ObservationDocument)
    data, schema_id = envelope.data, envelope.dataschema
    time = micros(envelope.time)
    if (
        _EARLIEST <= time < _LATEST
        and envelope.type == schema.OBSERVATION_TYPE
        and (schema_id is None or schema_id == schema.OBSERVATION_SCHEMA)
        and not schema.observation_rules(data)
        and (data.occurrences is None or _ordinary_times(data.occurrences))
        and _ordinary(data.value)
        and _ordinary(data.ext)
    ):
        document = _encode(envelope)
        _refuse_repeated_keys(raw, document, added)
        return observation_event(envelope, time, document)
    return None


def _wrapped(bare: Any, kind: Any, document: Any) -> tuple[Any, int]:
    """Return a bare document in an envelope, and how many quotation marks that adds to its JSON."""
    data = kind(*(getattr(bare, name) for name in kind.__struct_fields__))
    wrapped = document(
        "1.0",
        bare.id,
        bare.source or UNNAMED_SOURCE,
        _TYPE_OF_PHASE[data.phase] if kind is _Action else schema.OBSERVATION_TYPE,
        bare.time,
        data,
    )
    return wrapped, 14 if bare.source is None else 10


def _refuse_repeated_keys(raw: bytes, document: bytes, added: int) -> None:
    r"""Raise `RecordError` where a key stands twice, which the fast decoder overlooks.

    `document` is what was understood of `raw`, encoded again. A repeated key is lost on the way,
    and its quotation marks with it; nulls and defaults are lost too, so a difference is looked at
    more closely. An escaped `\u0022` would blur the count; a NUL is refused with them.
    """
    if b"\\" in raw and (b"\\u0022" in raw or b"\\u0000" in raw):
        parse(raw)
        return
    marks = raw.count(b'"')
    if marks != document.count(b'"') - added and marks != _encode(_read_anything(raw)).count(b'"'):
        parse(raw)


def _ordinary_action(data: Any) -> bool:
    """Whether times, numbers and nesting in the rarer parts are plain enough for the fast path."""
    intent, trigger, policy = data.intent, data.trigger, data.action.policy
    return (
        (data.before is None or _ordinary(data.before))
        and (data.after is None or _ordinary(data.after))
        and (data.ext is None or _ordinary(data.ext))
        and (data.occurrences is None or _ordinary_times(data.occurrences))
        and (trigger.observed_at is None or _possible(trigger.observed_at))
        and (trigger.signals is None or _ordinary_signals(trigger.signals))
        and (intent is None or (_possible(intent.until) and _ordinary(intent.desired)))
        and (policy is None or _possible(policy.changed_at))
        and (data.decision is None or _ordinary_evidence(data.decision.evidence))
    )


def _ordinary_times(seen: Any) -> bool:
    return _possible(seen.first_at) and _possible(seen.last_at)


def _ordinary_signals(signals: list[Any]) -> bool:
    return all(_ordinary(signal.value) and _ordinary(signal.threshold) for signal in signals)


def _ordinary_evidence(evidence: list[Any] | None) -> bool:
    return evidence is None or all(_ordinary(item.value) for item in evidence)


def _possible(moment: datetime | None) -> bool:
    return moment is None or _EARLIEST <= micros(moment) < _LATEST


def _ordinary(value: Any, levels: int = MAX_DEPTH // 2) -> bool:
    """Whether an open value nests little, and its whole numbers fit in 64 bits."""
    kind = type(value)
    if kind is dict:
        for inner in value.values():
            if type(inner) is not str and not (levels and _ordinary(inner, levels - 1)):
                return False
        return True
    if kind is list:
        return levels > 0 and all(_ordinary(inner, levels - 1) for inner in value)
    return kind is not int or _INT64_MIN <= value <= _INT64_MAX


def _definitive(raw: bytes) -> Event:
    envelope, data = validated(raw)
    is_observation = envelope["type"] == schema.OBSERVATION_TYPE
    kind = _ObservationDocument if is_observation else _ActionDocument
    document = msgspec.convert({**envelope, "data": data}, kind)
    build = observation_event if is_observation else action_event
    return build(document, micros(document.time), _encode(document))
