"""The map of agents, fields and services: text, JSON that can be compared, a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from overheal.report.causal.answer import render_answer
from overheal.report.words import clean_tree


class Writes(NamedTuple):
    """An agent writes a field of a service's targets; `last_at` is RFC 3339 UTC."""

    environment: str
    scope: str
    service: str
    agent: str
    agent_kind: str
    target_kind: str
    field: str
    writes: int
    targets: int
    last_at: str


class Depends(NamedTuple):
    """Actions on one service led to actions on another; `confidence` is the mean."""

    environment: str
    cause: str
    effect: str
    kind: str
    times: int
    confidence: float


@dataclass(frozen=True)
class ServiceMap:
    """Who writes what in a scope ("": everywhere), and what led where from service to service."""

    scope: str
    writes: tuple[Writes, ...]
    depends: tuple[Depends, ...]

    @property
    def contested(self) -> list[tuple[str, str, str, list[str]]]:
        """Environment, service, field and agents of each field with several writers."""
        agents: dict[tuple[str, str, str], set[str]] = {}
        for one in self.writes:
            agents.setdefault((one.environment, one.service, one.field), set()).add(one.agent)
        return [(*key, sorted(who)) for key, who in sorted(agents.items()) if len(who) > 1]


def map_document(found: ServiceMap, *, counts: bool = True) -> dict[str, Any]:
    """Return the stable document; without `counts` it changes only when who writes what does."""
    volatile = set() if counts else {"writes", "targets", "last_at", "times", "confidence"}
    return {
        "schema_version": "1",
        "scope": found.scope,
        "writes": [_without(one._asdict(), volatile) for one in found.writes],
        "contested": [
            {"environment": env, "service": service, "field": field, "agents": agents}
            for env, service, field, agents in found.contested
        ],
        "depends": [_without(one._asdict(), volatile) for one in found.depends],
    }


def render_map_json(found: ServiceMap, *, counts: bool) -> str:
    """Return the document as JSON, in an order that does not change."""
    return json.dumps(map_document(found, counts=counts), indent=1, ensure_ascii=False) + "\n"


def render_map_text(found: ServiceMap, *, width: int) -> str:
    """Return the map as tables."""
    columns = ("service", "field", "agent", "kind", "writes", "targets", "last_at")
    rows = [
        (w.service, w.field, w.agent, w.agent_kind, w.writes, w.targets, w.last_at)
        for w in found.writes
    ]
    parts = [render_answer(columns, rows, nothing="nobody wrote anything there", width=width)]
    if found.contested:
        parts.append("\nFields with several writers\n")
        shared = [(service, field, ", ".join(who)) for _, service, field, who in found.contested]
        names = ("service", "field", "agents")
        parts.append(render_answer(names, shared, nothing="", width=width))
    if found.depends:
        parts.append("\nWhat led where\n")
        led = [(d.cause, d.effect, d.kind, d.times, d.confidence) for d in found.depends]
        names5 = ("from", "to", "known by", "times", "confidence")
        parts.append(render_answer(names5, led, nothing="", width=width))
    return "".join(parts)


def render_map_page(found: ServiceMap) -> str:
    """Return the map as one page: services and fields down, agents across."""
    safe = clean_tree(map_document(found))
    agents = sorted({one["agent"] for one in safe["writes"]})
    cells: dict[tuple[str, str, str], dict[str, int]] = {}
    for one in safe["writes"]:
        row = cells.setdefault((one["environment"], one["service"], one["field"]), {})
        row[one["agent"]] = row.get(one["agent"], 0) + one["writes"]
    pages = Environment(
        loader=PackageLoader("overheal.report"), autoescape=True, undefined=StrictUndefined
    )
    return pages.get_template("who.html.jinja").render(
        scope=safe["scope"], agents=agents, cells=cells, depends=safe["depends"], colors=()
    )


def _without(fields: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}
