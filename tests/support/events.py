"""Making events and feeding them to a flow, for tests that speak of behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from overheal.catalog import Catalog
from overheal.contract.decode import decode
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import Event, Finding, Status
from overheal.stages.rules import RuleBook, rules_of

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def at(minutes: float = 0, *, seconds: float = 0, hours: float = 0) -> str:
    """Return a moment after START as RFC 3339."""
    moment = START + timedelta(minutes=minutes, seconds=seconds, hours=hours)
    return moment.isoformat().replace("+00:00", "Z")


def document(event_id: str, time: str, **changes: Any) -> dict[str, Any]:
    """Return one finished restart as a CloudEvent; `changes` replaces parts of `data`."""
    data: dict[str, Any] = {
        "action_id": f"action-{event_id}",
        "phase": "finished",
        "service": "checkout",
        "agent": {"name": "kubelet", "kind": "platform"},
        "action": {"type": "restart"},
        "trigger": {"condition": "liveness probe failed", "kind": "failure"},
        "expected": {"outcome": "the container runs"},
        "actual": {"outcome": "succeeded"},
        "duration_seconds": 0.0,
    }
    data.update(changes)
    if data["phase"] != "finished":
        data.pop("actual", None)
        data.pop("duration_seconds", None)
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:test",
        "type": f"io.overheal.action.{data['phase']}.v1",
        "time": time,
        "data": {key: value for key, value in data.items() if value is not None},
    }


def restart(event_id: str, time: str, **changes: Any) -> Event:
    """Return one finished restart."""
    return decode(json.dumps(document(event_id, time, **changes)).encode())


def write(
    event_id: str,
    time: str,
    agent: str,
    value: Any,
    *,
    old: Any = None,
    name: str = "checkout",
    field: str = "replicas",
    kind: str = "controller",
    trigger: str = "demand",
    **changes: Any,
) -> Event:
    """Return one finished write of a field."""
    agent_kind = {"controller": "autoscaler"}.get(kind, kind)
    changed: dict[str, Any] = {
        "service": name,
        "agent": {"name": agent, "kind": agent_kind},
        "action": {"type": "scale"},
        "trigger": {"condition": "wanted", "kind": trigger},
        "target": {"kind": "Deployment", "name": name, "field": field},
        "after": {field: value},
        "before": None if old is None else {field: old},
    }
    return restart(event_id, time, **{**changed, **changes})


def observe(
    event_id: str, time: str, status: str, *, name: str = "node-3", **changes: Any
) -> Event:
    """Return one observed state of a node."""
    data = {
        "scope": "cluster",
        "kind": "symptom",
        "signal": "node_ready",
        "status": status,
        "target": {"kind": "Node", "name": name},
        **changes,
    }
    return decode(
        json.dumps(
            {
                "specversion": "1.0",
                "id": event_id,
                "source": "urn:test",
                "type": "io.overheal.observation.v1",
                "time": time,
                "data": data,
            }
        ).encode()
    )


def judge(
    events: Iterable[Event],
    *,
    catalog: Catalog | None = None,
    settings: dict[str, dict[str, Any]] | None = None,
    until: str | None = None,
) -> list[Finding]:
    """Return the findings that stand after these events, in event-time order, and then `until`."""
    flow = new_flow(catalog=catalog, settings=settings, lateness=0)
    ordered = sorted(events, key=lambda event: (event.time, event.id))
    known: dict[str, Finding] = {}
    collect(known, flow.judge(ordered).findings)
    end = micros(until) if until else max((event.time for event in ordered), default=0)
    collect(known, flow.advance(end))
    collect(known, flow.relate(list(known.values())))
    return standing(known)


def new_flow(
    *,
    catalog: Catalog | None = None,
    settings: dict[str, dict[str, Any]] | None = None,
    lateness: int = 600_000_000,
) -> Flow:
    """Return a flow that has seen nothing."""
    found = catalog or Catalog()
    rules = rules_of(found, SettingsBook(settings, found.overrides))
    return Flow(RuleBook(rules), lateness)


def collect(known: dict[str, Finding], changed: Iterable[Finding]) -> None:
    """Keep the newest state of each finding."""
    known.update({finding.id: finding for finding in changed})


def standing(known: dict[str, Finding]) -> list[Finding]:
    """Return findings that are neither superseded nor retracted, in order of their first moment."""
    gone = (Status.SUPERSEDED, Status.RETRACTED)
    return sorted(
        (finding for finding in known.values() if finding.status not in gone),
        key=lambda finding: (finding.first_at, finding.id),
    )


def micros(time: str) -> int:
    """Return RFC 3339 as microseconds UTC."""
    return round(datetime.fromisoformat(time).timestamp() * 1_000_000)
