"""A chain of actions that has spread beyond one service."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from heapq import nsmallest
from typing import Any

import msgspec

from overheal.detect.cascade.steps import Step
from overheal.model import MINUTE
from overheal.state.memory import RecentKeys
from overheal.state.moments import Member

FELT_WITHIN = 15 * MINUTE
STEPS_KEPT, SERVICES_KEPT, LINKS_KEPT, INFERRED_KEPT = 200, 2_000, 50, 500
SERVICES_SHOWN = 50


def through(environment: str, service: str) -> str:
    """Return the key of a service that users felt, itself or through what needs it."""
    return f"{environment}\0{service}"


def directly(environment: str, service: str) -> str:
    """Return the key of a service that users felt itself."""
    return f"{environment}\0\0{service}"


class Chain(msgspec.Struct, dict=True):
    """All that follows from one root; `reached` is service → when it was first and last acted on.

    `steps` are those not joined to a finding yet, `deepest` the longest line, `links` how a service
    was reached: from, to, how, how sure. `inferred` are the links that nobody declared, between
    events: cause, effect, how, how sure.
    """

    root: Step
    last_at: int
    steps: list[Step] = []
    reached: dict[str, tuple[int, int]] = {}
    links: list[tuple[str, str, str, float]] = []
    inferred: list[tuple[str, str, str, float]] = []
    deepest: list[Step] = []
    count: int = 0
    felt: str = ""
    finding: str = ""

    @property
    def depth(self) -> int:
        """Over how many services the longest line leads."""
        return len(self.deepest)

    def add(self, step: Step, parent: Step | None, line: list[Step]) -> None:
        """Take one more step; `line` is the line up to it."""
        self.count += 1
        self.last_at = max(self.last_at, step.at)
        if len(self.steps) < STEPS_KEPT:
            self.steps.append(step)
        if step.service and (step.service in self.reached or len(self.reached) < SERVICES_KEPT):
            if step.service not in self.reached:
                _add(self._called, step.service)
            first, last = self.reached.get(step.service, (step.at, step.at))
            self.reached[step.service] = (min(first, step.at), max(last, step.at))
        if parent is not None and parent.place != step.place and len(self.links) < LINKS_KEPT:
            self.links.append((parent.place, step.place, step.via, step.sure))
        if parent is not None and step.via != "declared" and len(self.inferred) < INFERRED_KEPT:
            self.inferred.append((parent.key, step.key, step.via, step.sure))
        if len(line) > len(self.deepest):
            self.deepest = line

    @cached_property
    def _called(self) -> dict[str, list[str]]:
        """The services that it reached by full and by short name; not saved."""
        found: dict[str, list[str]] = {}
        for service in self.reached:
            _add(found, service)
        return found

    def among(self, names: Iterable[str]) -> set[str]:
        """Return the services that it reached and that are called by these names."""
        return {service for name in names for service in self._called.get(name, ())}

    def feels(self, felt: RecentKeys, services: Iterable[str]) -> None:
        """Note the first of some of its services, in order of names, that users feel or felt.

        One that they felt itself comes before those that it needs. Of others this was asked when
        they were last reached or felt.
        """
        if self.felt:
            return
        environment, among = self.root.environment, sorted(services)
        for key in (directly, through):
            for service in among:
                first, last = self.reached[service]
                for name in (service, service.rpartition("/")[2]):
                    at = felt.get(key(environment, name))
                    if at is not None and first - FELT_WITHIN <= at <= last + FELT_WITHIN:
                        self.felt = service
                        return

    def members(self) -> list[Member]:
        """Return the steps that wait, as members of a finding, and let them go."""
        steps, self.steps = sorted(self.steps, key=lambda step: (step.at, step.key)), []
        return [
            Member(step.at, step.key, step.agent, f"{step.what} {step.place}", step.outcome)
            for step in steps
        ]

    def evidence(self) -> dict[str, Any]:
        """Return the numbers behind the sentence."""
        root = self.root
        return {
            "root": {
                "agent": root.agent,
                "service": root.service,
                "action": root.what,
                "target": root.target,
                "at": root.at,
            },
            "depth": self.depth,
            "path": [
                {"at": step.at, "agent": step.agent, "action": step.what, "service": step.service}
                for step in self.deepest
            ],
            "services": nsmallest(SERVICES_SHOWN, self.reached),
            "service_count": len(self.reached),
            "links": [
                {"from": start, "to": end, "by": via, "confidence": round(sure, 3)}
                for start, end, via, sure in self.links
            ],
            "inferred": [
                [cause, effect, via, round(sure, 3)] for cause, effect, via, sure in self.inferred
            ],
            "felt": self.felt,
        }


def _add(called: dict[str, list[str]], service: str) -> None:
    for name in {service, service.rpartition("/")[2]}:
        called.setdefault(name, []).append(service)
