"""Making one event as the decoder would have made it from its document."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from overheal.contract.recovery import is_recovery
from overheal.model import MICROSECOND, Detail, Event, Target, Value

SOURCE = "urn:overheal:simulated"
ENVIRONMENT = "production"

_NOTHING = Detail()


def micros(start: int, seconds: float) -> int:
    """Return the moment `seconds` after `start` (microseconds UTC)."""
    return start + round(seconds * MICROSECOND)


def action(
    event_id: str,
    time: int,
    *,
    agent: str,
    kind: str,
    type_: str,
    service: str = "",
    scope: str = "",
    trigger: str = "unknown",
    condition: str = "wanted",
    phase: str = "finished",
    outcome: str = "succeeded",
    duration: float = 0.0,
    action_id: str = "",
    name: str = "",
    mandate: str = "",
    target: Target | None = None,
    field: str = "",
    old: Value = None,
    new: Value = None,
    caused_by: tuple[str, ...] = (),
    user_visible: bool = False,
    uptime: float | None = None,
    detail: Detail | None = None,
) -> Event:
    """Return one action event; `time` is microseconds UTC, `duration` and `uptime` seconds."""
    over = phase in ("finished", "verified")
    measures = {} if detail is None else detail.measures
    if field and type(old) in (int, float):
        measures = {**measures, field: float(old)}  # type: ignore[arg-type]
    if uptime is not None:
        measures = {**measures, "prior_uptime_seconds": uptime}
    if measures:
        detail = msgspec.structs.replace(detail or _NOTHING, measures=measures)
    return Event(
        event_id, SOURCE, time, action_id or f"a-{event_id}", phase, service, ENVIRONMENT, scope,
        agent, kind, mandate, type_, name, target, field, old, new, trigger, condition,
        outcome if over else "", duration if over else None, is_recovery(type_, trigger), False, 1,
        time, "", caused_by, "", user_visible, uptime, {}, b"", detail,
    )  # fmt: skip


def observation(
    event_id: str,
    time: int,
    *,
    kind: str,
    signal: str,
    service: str = "",
    scope: str = "",
    value: Value = None,
    target: Target | None = None,
    agent: str = "",
    agent_kind: str = "",
    mandate: str = "",
    user_visible: bool = False,
    caused_by: tuple[str, ...] = (),
) -> Event:
    """Return one observation; `time` is microseconds UTC."""
    return Event(
        event_id, SOURCE, time, "", "", service, ENVIRONMENT, scope, agent, agent_kind, mandate,
        kind, signal, target, signal, None, value, "", "", "", None, False, False, 1, time, "",
        caused_by, "", user_visible, None, {}, b"",
    )  # fmt: skip


def document_of(event: Event) -> bytes:
    """Return the canonical document, as JSON, of an event made here: the decoder's inverse."""
    data = _action(event) if event.phase else _observation(event)
    phase = f"action.{event.phase}" if event.phase else "observation"
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": f"io.overheal.{phase}.v1",
        "time": _rfc3339(event.time),
        "data": {key: value for key, value in data.items() if value not in (None, {}, "")},
    }
    if event.service:
        envelope["subject"] = event.service
    return msgspec.json.encode(envelope)


def _observation(event: Event) -> dict[str, Any]:
    return {
        "service": event.service,
        "environment": event.environment,
        "scope": event.scope,
        "kind": event.type,
        "signal": event.name,
        "value": event.new,
        "target": _target(event, ""),
        "user_visible": event.user_visible or None,
        "agent": event.agent and _agent(event, _NOTHING),
        "causality": (event.caused_by and {"caused_by": list(event.caused_by)}) or None,
    }


def _action(event: Event) -> dict[str, Any]:
    detail = event.detail or _NOTHING
    before: dict[str, Any] = dict(detail.measures)
    if event.old is not None:
        before[event.field] = event.old
    over = event.phase in ("finished", "verified")
    return {
        "action_id": event.action_id,
        "phase": event.phase,
        "service": event.service,
        "environment": event.environment,
        "scope": event.scope,
        "agent": _agent(event, detail),
        "action": {"type": event.type} | _some(name=event.name, policy=_policy(detail)),
        "target": _target(event, event.field),
        "trigger": _trigger(event, detail),
        "intent": _some(goal=detail.goal, until=_moment(detail.until)),
        "decision": _some(
            confidence=detail.confidence,
            evidence=[
                {"source": source, "kind": kind, "value": value}
                for source, kind, value in detail.evidence
            ],
        ),
        "authority": _some(
            mode=detail.authority,
            decision=detail.decided,
            approved_by=detail.approved_by,
            policy_checks=[{"name": name, "passed": passed} for name, passed in detail.checks],
        ),
        "expected": {"outcome": "as wanted"} | _some(within_seconds=detail.within),
        "actual": {"outcome": event.outcome} if over else None,
        "duration_seconds": event.duration,
        "before": before,
        "after": {} if event.new is None else {event.field: event.new},
        "causality": _some(caused_by=list(event.caused_by)),
        "impact": {"user_visible": True} if event.user_visible else {},
    }


def _agent(event: Event, detail: Detail) -> dict[str, Any]:
    return {"name": event.agent, "kind": event.agent_kind} | _some(
        mandate=event.mandate, instance=detail.instance, autonomy_level=detail.autonomy_level
    )


def _policy(detail: Detail) -> dict[str, Any] | None:
    changed = _moment(detail.policy_changed_at)
    return _some(id=detail.policy, version=detail.policy_version, changed_at=changed) or None


def _trigger(event: Event, detail: Detail) -> dict[str, Any]:
    return {"kind": event.trigger, "condition": event.condition} | _some(
        signals=[{"name": name, "status": status} for name, status in detail.signals],
        observed_at=_moment(detail.observed_at),
        observed_version=detail.observed_version,
    )


def _target(event: Event, field: str) -> dict[str, str] | None:
    target = event.target
    if target is None:
        return None
    parts = {"kind": target.kind, "name": target.name, "namespace": target.namespace}
    parts |= {"cluster": target.cluster, "region": target.region, "field": field}
    return {key: value for key, value in parts.items() if value}


def _some(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _moment(time: int | None) -> str | None:
    return None if time is None else _rfc3339(time)


def _rfc3339(time: int) -> str:
    whole, fraction = divmod(time, MICROSECOND)
    days, second = divmod(whole, 86_400)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{_day(days)}T{clock}.{fraction:06d}Z"


_DAYS: dict[int, str] = {}


def _day(days: int) -> str:
    """Return the date `days` after 1970-01-01; the few there are, are remembered."""
    if days not in _DAYS:
        _DAYS[days] = (date(1970, 1, 1) + timedelta(days=days)).isoformat()
    return _DAYS[days]
