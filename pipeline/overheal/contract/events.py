"""From the decoded parts of a canonical document to the flat `Event` that the flow works on.

The parts are the structs that `decode` derives from the schema; this module reads their attributes
only, and decides nothing about whether a document is valid. Words that come again and again (who,
where, which field, why) are interned: detectors remember them of a great many events.
"""

from __future__ import annotations

from sys import intern
from typing import Any

from overheal.contract.details import detail_of
from overheal.contract.recovery import is_recovery
from overheal.contract.scalars import micros, scalar
from overheal.model import Detail, Event, Target, Value

COUNT_CAP = 100_000
"""How many occurrences one event may claim; beyond it the count is cut and labelled."""

CAPPED_LABEL = "overheal.capped_count"


def action_event(envelope: Any, time: int, document: bytes) -> Event:
    """Return the event of an action document; `time` is the envelope's in microseconds."""
    data = envelope.data
    agent, action, trigger, before = data.agent, data.action, data.trigger, data.before
    actual, impact, labels = data.actual, data.impact, data.labels or {}
    count, first_at = 1, time
    if data.occurrences is not None:
        count, first_at, labels = _occurrences(data.occurrences, time, labels)
    correlation_id, witness_of = envelope.correlationid or "", ""
    caused_by: tuple[str, ...] = ()
    if data.causality is not None:
        correlation_id, witness_of, caused_by = _causality(data.causality, correlation_id)
    field, old, new = _change(data.target, data.intent, before, data.after)
    ruled = is_recovery(action.type, trigger.kind)
    told = action.recovery
    uptime = before.get("prior_uptime_seconds") if before else None
    return Event(
        envelope.id,
        intern(envelope.source),
        time,
        data.action_id,
        data.phase,
        intern(data.service or ""),
        intern(data.environment),
        intern(data.scope or ""),
        intern(agent.name),
        agent.kind,
        intern(agent.mandate or ""),
        action.type,
        intern(action.name or ""),
        None if data.target is None else _target(data.target),
        intern(field),
        old,
        new,
        trigger.kind,
        intern(trigger.condition),
        "" if actual is None else actual.outcome,
        data.duration_seconds,
        ruled if told is None else told,
        told is not None and told != ruled,
        count,
        first_at,
        witness_of,
        caused_by,
        correlation_id,
        impact is not None and bool(impact.user_visible),
        _seconds(uptime),
        labels,
        document,
        detail_of(data),
    )


def observation_event(envelope: Any, time: int, document: bytes) -> Event:
    """Return the event of an observation document; `time` is the envelope's in microseconds."""
    data = envelope.data
    agent, labels = data.agent, data.labels or {}
    count, first_at = 1, time
    if data.occurrences is not None:
        count, first_at, labels = _occurrences(data.occurrences, time, labels)
    correlation_id, witness_of = envelope.correlationid or "", ""
    caused_by: tuple[str, ...] = ()
    if data.causality is not None:
        correlation_id, witness_of, caused_by = _causality(data.causality, correlation_id)
    return Event(
        id=envelope.id,
        source=intern(envelope.source),
        time=time,
        action_id="",
        phase="",
        service=intern(data.service or ""),
        environment=intern(data.environment),
        scope=intern(data.scope or ""),
        agent=intern(agent.name) if agent else "",
        agent_kind=agent.kind if agent else "",
        mandate=(agent.mandate or "") if agent else "",
        type=data.kind,
        name=intern(data.signal),
        target=None if data.target is None else _target(data.target),
        field=intern(data.signal),
        old=None,
        new=scalar(data.value if data.value is not None else data.status),
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
        detail=None if data.target is None or not data.target.uid else Detail(uid=data.target.uid),
    )


def _target(ref: Any) -> Target:
    return Target(
        intern(ref.kind),
        intern(ref.name),
        intern(ref.namespace or ""),
        intern(ref.cluster or ""),
        intern(ref.region or ""),
    )


def _occurrences(seen: Any, time: int, labels: dict[str, str]) -> tuple[int, int, dict[str, str]]:
    first_at = time if seen.first_at is None else min(time, micros(seen.first_at))
    if seen.count > COUNT_CAP:
        return COUNT_CAP, first_at, {**labels, CAPPED_LABEL: str(seen.count)}
    return seen.count, first_at, labels


def _causality(causality: Any, correlation_id: str) -> tuple[str, str, tuple[str, ...]]:
    return (
        causality.correlation_id or correlation_id,
        causality.witness_of or "",
        tuple(causality.caused_by or ()),
    )


def _change(
    target: Any, intent: Any, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> tuple[str, Value, Value]:
    """Return the field that an action writes, its old and its new value.

    The field is the target's, or the only one that `after` or `desired` names.
    """
    desired = None if intent is None else intent.desired
    field = "" if target is None else target.field or ""
    if not field:
        states = after or desired
        if states is None or len(states) != 1:
            return "", None, None
        (field,) = states
    new = after[field] if after and field in after else desired.get(field) if desired else None
    old = before.get(field) if before else None
    return field, scalar(old), scalar(new)


def _seconds(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None
