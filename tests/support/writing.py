"""From a few words to the canonical document of one event."""

from __future__ import annotations

import json
from typing import Any

SOURCE = "urn:story"


def action(
    event_id: str,
    time: str,
    agent: dict[str, str],
    what: str,
    service: str = "",
    *,
    thing: str = "",
    sets: str = "",
    why: str = "wanted",
    kind: str = "policy",
    outcome: str = "succeeded",
    took: float = 0.0,
    phase: str = "finished",
    action_id: str = "",
    because: str = "",
    sees: dict[str, str] | None = None,
    saw: str = "",
    saw_version: str = "",
    goal: str = "",
    until: str = "",
    before: dict[str, Any] | None = None,
    within: float | None = None,
    felt: bool = False,
    scope: str = "",
) -> dict[str, Any]:
    """Return the document of one phase of an action.

    `thing` is kind and name ("Deployment checkout"), `sets` a field's values ("replicas 3 → 8" or
    "replicas → 8"), `kind` the kind of trigger and `why` its words, `because` the id of the cause,
    `sees` what each source said, `saw` when (or `saw_version` what version of) the world was
    observed, `goal` and `until` a declared intent, `before` numbers of the state before, `within`
    the seconds in which it was expected to end.
    """
    field, old, new = _change(sets)
    target_kind, _, name = thing.partition(" ")
    signals = [{"name": source, "status": status} for source, status in (sees or {}).items()]
    state = {**(before or {}), **({field: old} if old is not None else {})}
    over = phase in ("finished", "verified")
    data: dict[str, Any] = {
        "action_id": action_id or f"a-{event_id}",
        "phase": phase,
        "service": service,
        "scope": scope,
        "agent": agent,
        "action": {"type": what},
        "target": _some(kind=target_kind, name=name, field=field) if thing else None,
        "trigger": _some(
            condition=why, kind=kind, signals=signals, observed_at=saw, observed_version=saw_version
        ),
        "intent": _some(goal=goal, until=until),
        "expected": _some(outcome="it is as wanted", within_seconds=within),
        "actual": {"outcome": outcome} if over else None,
        "before": state,
        "after": {field: new} if field else None,
        "causality": {"caused_by": [because]} if because else None,
        "impact": {"user_visible": True} if felt else None,
    }
    made = _document(event_id, time, f"io.overheal.action.{phase}.v1", data)
    if over:
        made["data"]["duration_seconds"] = took
    return made


def observation(
    event_id: str,
    time: str,
    what: str,
    service: str = "",
    *,
    kind: str = "alert",
    status: str = "",
    value: Any = None,
    thing: str = "",
    felt: bool = False,
    scope: str = "",
    because: str = "",
) -> dict[str, Any]:
    """Return the document of an observation: `what` was seen, and in which state or how much."""
    target_kind, _, name = thing.partition(" ")
    data = {
        "kind": kind,
        "signal": what,
        "service": service,
        "scope": scope,
        "status": status,
        "value": value,
        "target": _some(kind=target_kind, name=name) if thing else None,
        "user_visible": felt or None,
        "causality": {"caused_by": [because]} if because else None,
    }
    return _document(event_id, time, "io.overheal.observation.v1", data)


def _document(event_id: str, time: str, type_: str, data: dict[str, Any]) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": type_, "time": time}
    return {**envelope, "data": _some(**data)}


def _change(sets: str) -> tuple[str, Any, Any]:
    """Return field, old and new value of "replicas 3 → 8".

    >>> _change("replicas 3 → 8"), _change("plan → p2")
    (('replicas', 3, 8), ('plan', None, 'p2'))
    """
    if not sets:
        return "", None, None
    before, _, new = sets.partition("→")
    field, _, old = before.strip().partition(" ")
    return field, _value(old) if old else None, _value(new.strip())


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _some(**parts: Any) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value not in (None, "", [], {})}
