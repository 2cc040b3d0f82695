"""What a user may set about Kubernetes, and how an Event finds its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from overheal.adapters.kubernetes.agents import AGENTS, BUILT_IN, MANAGERS, MANDATES
from overheal.adapters.kubernetes.reasons import (
    OTHER_NORMAL,
    OTHER_WARNING,
    RULES,
    TOOL_ACTIONS,
    TOOLS,
)
from overheal.adapters.kubernetes.rule import Rule
from overheal.adapters.kubernetes.sighting import Sighting


@dataclass(frozen=True, slots=True)
class KubernetesRules:
    """What a user may set: labels that name services, names and kinds of agents, more rules.

    `service_labels` are asked in order. `managers` and `agents` are added to the defaults and win
    over them. `rules` are asked before the built-in ones.
    """

    service_labels: tuple[str, ...] = ("app.kubernetes.io/name", "app", "k8s-app")
    managers: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def manager(self, name: str, subresource: str) -> str:
        """Return the agent behind a field manager."""
        path = f"{name}/{subresource}"
        for table in (self.managers, MANAGERS):
            found = table.get(path) or table.get(name)
            if found:
                return found
        return name

    def agent(self, name: str) -> dict[str, str]:
        """Return an agent's part of a document."""
        kind = self.agents.get(name) or AGENTS.get(name)
        agent = {"name": name, "kind": kind or ("platform" if name in BUILT_IN else "script")}
        if name in MANDATES:
            agent["mandate"] = MANDATES[name]
        return agent

    def rule(self, event: Sighting) -> Rule:
        """Return the rule for an Event; there always is one."""
        known = _by_reason()
        found = _first(self.rules, event) or _first(known.get(event.reason, ()), event)
        if found is None and event.component:
            found = _first(known[""], event)
        if found is None and event.component not in BUILT_IN:
            found = next((rule for word, rule in TOOL_ACTIONS if word.match(event.action)), None)
            found = found or _first(TOOLS, event)
        if found is not None:
            return found
        return OTHER_WARNING if event.type == "Warning" else OTHER_NORMAL


def _first(rules: Sequence[Rule], event: Sighting) -> Rule | None:
    return next((rule for rule in rules if rule.fits(event)), None)


@lru_cache(maxsize=1)
def _by_reason() -> dict[str, list[Rule]]:
    index: dict[str, list[Rule]] = {"": []}
    for rule in RULES:
        for reason in rule.reasons or ("",):
            index.setdefault(reason, []).append(rule)
    return index
