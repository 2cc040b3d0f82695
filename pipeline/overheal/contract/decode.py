"""From the bytes of one canonical document to an `Event`, or to an error that says what to repair.

A fast decoder, derived from the schema, says yes to ordinary documents. Whatever it does not
accept goes to the schema's own models, which have the last word and word the error. So the fast
path only saves time: it never decides a refusal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

import msgspec

from overheal.contract import schema
from overheal.contract.derive import UtcTime, struct_for
from overheal.contract.recovery import is_recovery
from overheal.contract.strict import refuse_ambiguous, validated
from overheal.model import Event, Target, Value

COUNT_CAP = 100_000
"""How many occurrences one event may claim; beyond it the count is cut and labelled."""

CAPPED_LABEL = "overheal.capped_count"
UNNAMED_SOURCE = "urn:overheal:unnamed"
"""Source of bare documents that name none."""

_PHASE_OF_TYPE = {f"io.overheal.action.{phase}.v1": phase for phase in get_args(schema.Phase)}
_TYPE_OF_PHASE = {phase: name for name, phase in _PHASE_OF_TYPE.items()}
_EARLIEST = int(schema.EARLIEST.timestamp())
_LATEST = int(schema.LATEST.timestamp())

_Action = struct_for(schema.ActionEvent)
_Observation = struct_for(schema.Observation)
_Envelope = struct_for(schema.Envelope, ("data", msgspec.Raw))
_BARE = (("id", str), ("time", UtcTime), ("source", str | None, None))
_BareAction = struct_for(schema.ActionEvent, *_BARE)
_BareObservation = struct_for(schema.Observation, *_BARE)
_decoders = {
    kind: msgspec.json.Decoder(kind).decode
    for kind in (_Action, _Observation, _Envelope, _BareAction, _BareObservation)
}
_encode = msgspec.json.Encoder().encode


def decode(raw: bytes) -> Event:
    """Decode one canonical JSON document: a CloudEvent, or bare data with `id` and `time`.

    Raises `RecordError` naming the JSON path, what was expected and found, and the remedy.
    """
    try:
        event = _fast(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError, OverflowError):
        event = None
    if event is not None:
        return event
    return _event(*_structs_of(validated(raw)))


def _fast(raw: bytes) -> Event | None:
    if b'"specversion"' in raw:
        envelope = _decoders[_Envelope](raw)
        kind = _Observation if envelope.type == schema.OBSERVATION_TYPE else _Action
        data = _decoders[kind](envelope.data)
        added = 0
    else:
        bare_kind = _BareAction if b'"action_id"' in raw else _BareObservation
        envelope, data = _wrap(_decoders[bare_kind](raw))
        added = 4 if envelope.source == UNNAMED_SOURCE else 3
    if not _obeys_rules(envelope, data):
        return None
    event = _event(envelope, data)
    # A key that stands twice is the one thing the fast decoder overlooks: then, or where nulls or
    # spaces make the count differ, somebody slower looks.
    keys = raw.count(b'":')
    if keys != event.document.count(b'":') - added or b"\\u" in raw:
        refuse_ambiguous(raw)
    return event


def _wrap(bare: Any) -> tuple[Any, Any]:
    kind = _Observation if isinstance(bare, _BareObservation) else _Action
    data = kind(**{name: getattr(bare, name) for name in kind.__struct_fields__})
    return _Envelope(
        specversion="1.0",
        id=bare.id,
        source=bare.source or UNNAMED_SOURCE,
        type=_TYPE_OF_PHASE[data.phase] if kind is _Action else schema.OBSERVATION_TYPE,
        time=bare.time,
        data=msgspec.Raw(b"{}"),
    ), data


def _obeys_rules(envelope: Any, data: Any) -> bool:
    if not envelope.id or not _EARLIEST <= envelope.time.timestamp() < _LATEST:
        return False
    if envelope.dataschema not in (None, schema.ACTION_SCHEMA, schema.OBSERVATION_SCHEMA):
        return False
    if isinstance(data, _Observation):
        return _occurs_possibly(data) and not schema.observation_rules(data)
    return (
        _PHASE_OF_TYPE.get(envelope.type) == data.phase
        and _occurs_possibly(data)
        and not schema.action_rules(data)
    )


def _occurs_possibly(data: Any) -> bool:
    """Whether the rarer times of a document are plain enough for the fast path."""
    moments = []
    if data.occurrences is not None:
        moments += [data.occurrences.first_at, data.occurrences.last_at]
    if isinstance(data, _Action):
        moments.append(data.trigger.observed_at)
        if data.intent is not None:
            moments.append(data.intent.until)
        if data.action.policy is not None:
            moments.append(data.action.policy.changed_at)
    return all(m is None or _EARLIEST <= m.timestamp() < _LATEST for m in moments)


def _structs_of(document: tuple[dict[str, Any], dict[str, Any]]) -> tuple[Any, Any]:
    """Turn a validated envelope and data, as plain dicts, into the fast decoder's types."""
    envelope, data = document
    kind = _Observation if envelope["type"] == schema.OBSERVATION_TYPE else _Action
    return (
        msgspec.convert({**envelope, "data": msgspec.Raw(b"{}")}, _Envelope),
        msgspec.convert(data, kind),
    )


def micros(moment: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC of an aware moment."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _event(envelope: Any, data: Any) -> Event:
    document = _encode(msgspec.structs.replace(envelope, data=msgspec.Raw(_encode(data))))
    time = micros(envelope.time)
    count, first_at, labels = _occurrences(data, time)
    target, causality = data.target, data.causality
    caused_by: tuple[str, ...] = ()
    witness_of = ""
    correlation_id = envelope.correlationid or ""
    if causality is not None:
        caused_by = tuple(causality.caused_by or ())
        witness_of = causality.witness_of or ""
        correlation_id = causality.correlation_id or correlation_id
    if target is not None:
        target = Target(
            target.kind,
            target.name,
            target.namespace or "",
            target.cluster or "",
            target.region or "",
        )
    if isinstance(data, _Observation):
        agent = data.agent
        value = data.value if data.value is not None else data.status
        return Event(
            id=envelope.id,
            source=envelope.source,
            time=time,
            action_id="",
            phase="",
            service=data.service or "",
            environment=data.environment,
            scope=data.scope or "",
            agent=agent.name if agent else "",
            agent_kind=agent.kind if agent else "",
            mandate=(agent.mandate or "") if agent else "",
            type=data.kind,
            name=data.signal,
            target=target,
            field=data.signal,
            old=None,
            new=_scalar(value),
            trigger="",
            condition="",
            outcome="",
            duration=None,
            recovery=False,
            recovery_overridden=False,
            count=count,
            first_at=first_at,
            witness_of=witness_of,
            caused_by=caused_by,
            correlation_id=correlation_id,
            user_visible=bool(data.user_visible),
            prior_uptime=None,
            labels=labels,
            document=document,
        )
    agent, action, trigger = data.agent, data.action, data.trigger
    field, old, new = _change(data)
    ruled = is_recovery(action.type, trigger.kind)
    before = data.before
    uptime = before.get("prior_uptime_seconds") if before else None
    return Event(
        id=envelope.id,
        source=envelope.source,
        time=time,
        action_id=data.action_id,
        phase=data.phase,
        service=data.service or "",
        environment=data.environment,
        scope=data.scope or "",
        agent=agent.name,
        agent_kind=agent.kind,
        mandate=agent.mandate or "",
        type=action.type,
        name=action.name or "",
        target=target,
        field=field,
        old=old,
        new=new,
        trigger=trigger.kind,
        condition=trigger.condition,
        outcome=data.actual.outcome if data.actual else "",
        duration=data.duration_seconds,
        recovery=ruled if action.recovery is None else action.recovery,
        recovery_overridden=action.recovery is not None and action.recovery != ruled,
        count=count,
        first_at=first_at,
        witness_of=witness_of,
        caused_by=caused_by,
        correlation_id=correlation_id,
        user_visible=bool(data.impact and data.impact.user_visible),
        prior_uptime=float(uptime) if isinstance(uptime, int | float) else None,
        labels=labels,
        document=document,
    )


def _occurrences(data: Any, time: int) -> tuple[int, int, dict[str, str]]:
    labels = data.labels or {}
    seen = data.occurrences
    if seen is None:
        return 1, time, labels
    first_at = time if seen.first_at is None else min(time, micros(seen.first_at))
    if seen.count > COUNT_CAP:
        return COUNT_CAP, first_at, {**labels, CAPPED_LABEL: str(seen.count)}
    return seen.count, first_at, labels


def _change(data: Any) -> tuple[str, Value, Value]:
    """Return the field that an action writes, its old and its new value.

    The field is the target's, or the only one that `after` or `desired` names.
    """
    after = data.after or {}
    desired = (data.intent.desired if data.intent else None) or {}
    field = (data.target.field if data.target else None) or ""
    if not field:
        states = after or desired
        if len(states) != 1:
            return "", None, None
        (field,) = states
    new = after[field] if field in after else desired.get(field)
    old = (data.before or {}).get(field)
    return field, _scalar(old), _scalar(new)


def _scalar(value: Any) -> Value:
    """Return a value that can be compared and stored: structures become their JSON text."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return msgspec.json.encode(value, order="sorted").decode()
