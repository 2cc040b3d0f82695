"""Making many events quickly: straight to the decoded form, in seconds after START."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from overheal.catalog import Catalog, parse
from overheal.contract.recovery import is_recovery
from overheal.detect import registry
from overheal.detect.base import Described
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import MICROSECOND, Event, Finding, Target
from overheal.stages.rules import RuleBook, Rules
from overheal.stages.telling import order
from tests.support.events import START, collect, standing

START_AT = int(START.timestamp()) * MICROSECOND
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

EVERY: tuple[type[Described[Any, Any]], ...] = (
    *registry.SCOPE_DETECTORS,
    *registry.FLEET_DETECTORS,
)


def moment(seconds: float) -> int:
    """Return a moment after START in microseconds."""
    return START_AT + round(seconds * MICROSECOND)


def seconds(at: int) -> float:
    """Return how long after START a moment in microseconds lies."""
    return (at - START_AT) / MICROSECOND


def name_of(detector: type[Described[Any, Any]]) -> str:
    """Return a detector's name, with its stage where two share one."""
    return f"{detector.name}-{registry.stage(detector)}"


class History:
    """Events in the order in which they were made; ids count up."""

    def __init__(self, prefix: str = "e") -> None:
        self.events: list[Event] = []
        self._prefix = prefix

    def add(self, at: float, **fields: Any) -> Event:
        """Add any event `at` seconds after START."""
        count = len(self.events)
        event_id = fields.pop("id", f"{self._prefix}{count:06d}")
        made: dict[str, Any] = {
            "id": event_id,
            "source": "urn:test",
            "time": moment(at),
            "action_id": f"a-{event_id}",
            "phase": "finished",
            "service": "checkout",
            "environment": "production",
            "scope": "shop",
            "agent": "kubelet",
            "agent_kind": "platform",
            "mandate": "",
            "type": "restart",
            "name": "",
            "target": None,
            "field": "",
            "old": None,
            "new": None,
            "trigger": "failure",
            "condition": "liveness probe failed",
            "outcome": "succeeded",
            "duration": 0.0,
            "recovery": None,
            "recovery_overridden": False,
            "count": 1,
            "first_at": None,
            "witness_of": "",
            "caused_by": (),
            "correlation_id": "",
            "user_visible": False,
            "prior_uptime": None,
            "labels": {},
            "document": b"{}",
        }
        made.update(fields)
        if made["recovery"] is None:
            made["recovery"] = bool(made["phase"]) and is_recovery(made["type"], made["trigger"])
        first = made["first_at"]
        made["first_at"] = made["time"] if first is None else min(moment(first), made["time"])
        if made["phase"] == "started":
            made["outcome"], made["duration"] = "", None
        event = Event(**made)
        self.events.append(event)
        return event

    def recovery(self, at: float, service: str = "checkout", **fields: Any) -> Event:
        """Add one finished restart after a failure."""
        return self.add(at, service=service, **fields)

    def action(self, start: float, end: float, outcome: str = "succeeded", **fields: Any) -> None:
        """Add both phases of one restart."""
        action_id = fields.pop("action_id", f"long-{len(self.events)}-{self._prefix}")
        self.add(start, phase="started", action_id=action_id, **fields)
        self.add(end, outcome=outcome, duration=end - start, action_id=action_id, **fields)

    def write(self, at: float, agent: str, value: Any, old: Any = None, **fields: Any) -> Event:
        """Add one write of a Deployment's replicas, as demand asks."""
        service = fields.get("service", "checkout")
        target = fields.pop("target", service)
        if isinstance(target, str):
            target = Target("Deployment", target, "shop")
        made = {
            "type": "scale",
            "agent_kind": "autoscaler",
            "trigger": "demand",
            "condition": "wanted",
            "field": "replicas",
            "outcome": "unknown",
        }
        return self.add(at, agent=agent, new=value, old=old, target=target, **{**made, **fields})

    def observe(self, at: float, state: Any, node: str = "node-3", **fields: Any) -> Event:
        """Add one observed state of a node."""
        made = {
            "phase": "",
            "action_id": "",
            "service": "",
            "scope": "cluster",
            "agent": "",
            "agent_kind": "",
            "type": "symptom",
            "field": "node_ready",
            "name": "node_ready",
            "trigger": "",
            "condition": "",
            "outcome": "",
            "duration": None,
            "target": Target("Node", node),
        }
        return self.add(at, new=state, **{**made, **fields})

    def felt(self, at: float, service: str = "checkout", **fields: Any) -> Event:
        """Add an alert that says users feel a service."""
        made = {"service": service, "scope": "shop", "type": "alert", "target": None}
        return self.observe(at, None, user_visible=True, **{**made, **fields})

    def ordered(self) -> list[Event]:
        """Return the events in event-time order."""
        return in_order(self.events)


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events in the order in which a scope is told them."""
    return sorted(events, key=order)


def catalog_of(**document: Any) -> Catalog:
    """Return a catalog from the parts of its file."""
    return parse(document, "catalog", registry.names())


def flow_of(
    detectors: Iterable[type[Described[Any, Any]]] = EVERY,
    *,
    catalog: Catalog | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    lateness: int = 0,
    strict: bool = False,
) -> Flow:
    """Return a flow with these detectors alone; `strict` refuses settings that contradict."""
    known = catalog or Catalog()
    book = SettingsBook(settings, known.overrides, strict=strict)
    chosen = list(detectors)
    scope = [kind(book.lookup(kind)) for kind in registry.SCOPE_DETECTORS if kind in chosen]
    fleet = [kind(book.lookup(kind)) for kind in registry.FLEET_DETECTORS if kind in chosen]
    return Flow(RuleBook(Rules(known, scope, fleet)), lateness)


def told(
    history: History | Iterable[Event],
    *,
    until: float | None = None,
    flow: Flow | None = None,
    **chosen: Any,
) -> list[Finding]:
    """Return the findings that stand after a history, told in event-time order, and `until`."""
    events = history.ordered() if isinstance(history, History) else in_order(history)
    flow = flow or flow_of(**chosen)
    known: dict[str, Finding] = {}
    collect(known, flow.judge(events).findings)
    end = moment(until) if until is not None else max((e.time for e in events), default=0)
    collect(known, flow.advance(end))
    collect(known, flow.relate(list(known.values())))
    return standing(known)


def only(findings: Iterable[Finding], detector: str) -> Finding:
    """Return the one finding of a detector."""
    found = [finding for finding in findings if finding.detector == detector]
    assert len(found) == 1, [finding.summary for finding in found]
    return found[0]


def of(findings: Iterable[Finding], detector: str) -> list[Finding]:
    """Return the findings of a detector."""
    return [finding for finding in findings if finding.detector == detector]
