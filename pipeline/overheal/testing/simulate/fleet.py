"""The names of a simulated fleet: services in scopes, what they depend on, pods and nodes."""

from __future__ import annotations

from typing import Any

from overheal.model import Target

PODS = 3
"""Pods of each service."""


class Fleet:
    """Services 0, 1, 2 … in scopes of `per_scope`.

    The first service of a scope is its database, the second an interface in front of it, and all
    others depend on that interface.
    """

    def __init__(self, services: int, per_scope: int, nodes: int) -> None:
        self.per_scope = per_scope
        self.services = [f"team-{i // per_scope:04d}/svc-{i:05d}" for i in range(services)]
        self.scopes = [f"team-{i // per_scope:04d}" for i in range(services)]
        self.deployments = [
            Target("Deployment", f"svc-{i:05d}", scope) for i, scope in enumerate(self.scopes)
        ]
        self.pods = [
            [Target("Pod", f"svc-{i:05d}-{pod}", scope) for pod in range(PODS)]
            for i, scope in enumerate(self.scopes)
        ]
        self.nodes = [f"node-{i:03d}" for i in range(nodes)]

    def depends_on(self, service: int) -> list[str]:
        """Return the names of what a service depends on directly."""
        first = service - service % self.per_scope
        if service == first:
            return []
        return [self.services[first if service == first + 1 else first + 1]]

    def catalog(self) -> dict[str, dict[str, Any]]:
        """Return the catalog's entries by service."""
        return {
            name: {"depends_on": needed, "scope": self.scopes[i]}
            for i, name in enumerate(self.services)
            if (needed := self.depends_on(i)) or self.per_scope > 1
        }
