"""The map of agents, fields and services: text, JSON that can be compared, a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
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


class Needs(NamedTuple):
    """The catalog says that a service needs another; `seen`: actions on that led to some on it."""

    service: str
    needs: str
    owner: str
    seen: bool


@dataclass(frozen=True)
class ServiceMap:
    """Who writes what in a scope ("": everywhere), and who depends on whom.

    `depends` is what was seen, `needs` what the catalog says.
    """

    scope: str
    writes: tuple[Writes, ...]
    depends: tuple[Depends, ...]
    needs: tuple[Needs, ...] = ()

    @cached_property
    def in_catalog(self) -> frozenset[tuple[str, str]]:
        """Cause and effect of what the catalog says, as far as it is told here."""
        return frozenset((one.needs, one.service) for one in self.needs)

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
        "depends": [
            {
                **_without(one._asdict(), volatile),
                "in_catalog": (one.cause, one.effect) in found.in_catalog,
            }
            for one in found.depends
        ],
        "catalog": [one._asdict() for one in found.needs],
    }


def render_map_json(found: ServiceMap, *, counts: bool) -> str:
    """Return the document as JSON, in an order that does not change."""
    return json.dumps(map_document(found, counts=counts), indent=1, ensure_ascii=False) + "\n"


def render_map_text(found: ServiceMap, *, width: int) -> str:
    """Return the map as tables."""
    columns = ("service", "field", "agent", "kind", "writes", "targets", "last (UTC)")
    rows = [
        (w.service, w.field, w.agent, w.agent_kind, w.writes, w.targets, _minute(w.last_at))
        for w in found.writes
    ]
    parts = [render_answer(columns, rows, nothing="nobody wrote anything there", width=width)]
    if found.contested:
        parts.append("\nFields with several writers\n")
        shared = [(service, field, ", ".join(who)) for _, service, field, who in found.contested]
        names = ("service", "field", "agents")
        parts.append(render_answer(names, shared, nothing="", width=width))
    if found.depends:
        parts.append("\nSeen: actions on one led to actions on the other\n")
        led = [
            (d.cause, d.effect, d.kind, d.times, d.confidence, _yes(d[1:3] in found.in_catalog))
            for d in found.depends
        ]
        names6 = ("from", "to", "known by", "times", "confidence", "in catalog")
        parts.append(render_answer(names6, led, nothing="", width=width))
    if found.needs:
        parts.append("\nCatalog: what depends on what\n")
        needed = [(n.service, n.needs, n.owner, _yes(n.seen)) for n in found.needs]
        names4 = ("service", "depends on", "owner", "seen")
        parts.append(render_answer(names4, needed, nothing="", width=width))
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
        scope=safe["scope"],
        agents=agents,
        cells=cells,
        contested=safe["contested"],
        depends=safe["depends"],
        needs=safe["catalog"],
        colors=(),
    )


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _without(fields: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}
