"""The rarer parts of an action document, flat, for the detectors that ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from overheal.contract.scalars import micros, scalar
from overheal.model import Detail

ITEMS_KEPT = 50
"""Signals, pieces of evidence, checks and measures that are looked at; the document has all."""


def detail_of(data: Any) -> Detail | None:
    """Return what an action's data says beyond the ordinary, None where that is nothing."""
    agent, trigger, action = data.agent, data.trigger, data.action
    if (
        data.authority is None
        and data.decision is None
        and data.intent is None
        and data.expected.within_seconds is None
        and action.policy is None
        and agent.instance is None
        and agent.autonomy_level is None
        and trigger.signals is None
        and trigger.observed_at is None
        and trigger.observed_version is None
        and data.derived is None
        and data.before is None
        and (data.actual is None or data.actual.verified is None)
        and (data.target is None or data.target.uid is None)
    ):
        return None
    made = _detail(data)
    return None if made == _NOTHING else made


def _detail(data: Any) -> Detail:
    agent, trigger, policy = data.agent, data.trigger, data.action.policy
    decision, intent, authority = data.decision, data.intent, data.authority
    return Detail(
        instance=agent.instance or "",
        autonomy_level=agent.autonomy_level,
        policy="" if policy is None else policy.id,
        policy_version="" if policy is None else policy.version or "",
        policy_changed_at=None if policy is None else _moment(policy.changed_at),
        observed_at=_moment(trigger.observed_at),
        observed_version=trigger.observed_version or "",
        signals=tuple(
            (signal.name, signal.status or "") for signal in (trigger.signals or ())[:ITEMS_KEPT]
        ),
        evidence=()
        if decision is None
        else tuple(
            (item.source, item.kind or "", scalar(item.value))
            for item in (decision.evidence or ())[:ITEMS_KEPT]
        ),
        confidence=None if decision is None else decision.confidence,
        goal="" if intent is None else intent.goal or "",
        until=None if intent is None else _moment(intent.until),
        within=data.expected.within_seconds,
        authority="" if authority is None else authority.mode or "",
        decided="" if authority is None else authority.decision or "",
        approved_by="" if authority is None else authority.approved_by or "",
        checks=()
        if authority is None
        else tuple(
            (check.name, check.passed) for check in (authority.policy_checks or ())[:ITEMS_KEPT]
        ),
        verified=None if data.actual is None else data.actual.verified,
        alerted=None if data.impact is None else data.impact.alerted,
        uid="" if data.target is None else data.target.uid or "",
        measures=_measures(data.before),
        derived=tuple(data.derived or ()),
    )


def _measures(before: dict[str, Any] | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in (before or {}).items():
        if type(value) in (int, float) and len(found) < ITEMS_KEPT:
            found[name] = float(value)
    return found


def _moment(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


_NOTHING = Detail()
