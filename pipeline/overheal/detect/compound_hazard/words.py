"""What is remembered of an open finding, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from overheal.detect.compound_hazard.crowds import Act
from overheal.detect.compound_hazard.things import TARGET, is_target
from overheal.model import MICROSECOND, Finding
from overheal.state.words import clock, listed, span

UNKNOWN = ""
"""The thing that is shared where the catalog does not know the services."""

PARTS_KEPT, DEEDS_KEPT = 20, 5
"""Agents that are named in a finding, and deeds of each."""


class Part(msgspec.Struct):
    """What one agent has to do with it; `by` others where they acted for it."""

    mandate: str
    deeds: list[str]
    services: list[str]
    by: list[str]
    first_at: int


class Hazard(msgspec.Struct):
    """One open finding: the thing its agents share, and what each of them did.

    `home` is the scope with its environment; `recent` tells when which of its actions happened, of
    those that may still meet others.
    """

    finding: str
    home: str
    thing: str
    quiet_at: int = 0
    parts: dict[str, Part] = {}
    recent: dict[str, int] = {}

    @property
    def subject(self) -> str:
        """Scope with its environment, and the thing."""
        return f"{self.home}\0{self.thing}"

    def take(self, acts: Sequence[Act]) -> list[Act]:
        """Take acts that meet, oldest first; return those that are new."""
        fresh = [act for act in acts if act.action not in self.recent]
        self.recent |= {act.action: act.at for act in fresh}
        for act in fresh:
            part = self.parts.get(act.agent)
            if part is None:
                if len(self.parts) >= PARTS_KEPT:
                    continue
                part = self.parts[act.agent] = Part(act.mandate, [], [], [], act.at)
            _add(part.deeds, act.what)
            _add(part.services, act.service)
            if act.by != act.agent:
                _add(part.by, act.by)
        return fresh


def tell(hazard: Hazard, finding: Finding) -> None:
    """Put sentence, next step and numbers on a finding."""
    parts = hazard.parts
    what, place = _thing(hazard.thing), hazard.home.partition("\0")[2] or "one scope"
    took = (max(part.first_at for part in parts.values()) - finding.first_at) / MICROSECOND
    finding.agents = list(parts)
    finding.title = what or place
    finding.evidence |= {
        "shared": what,
        "shared_by": "target" if is_target(hazard.thing) else "dependency",
        "agents": [
            {
                "agent": agent,
                "mandate": part.mandate,
                "did": list(part.deeds),
                "services": list(part.services),
                "through": list(part.by),
            }
            for agent, part in parts.items()
        ],
        "mandates": {agent: part.mandate for agent, part in parts.items()},
        "within_seconds": took,
    }
    if hazard.thing == UNKNOWN:
        finding.evidence["shared_by"] = "unknown"
    deeds = [f"{agent} ({part.mandate}: {part.deeds[0]})" for agent, part in parts.items()]
    end = (
        f"all on {what}, which they share" if what else "on services that the catalog does not know"
    )
    finding.summary = (
        f"{len(parts)} agents with different mandates acted within {span(took)} in {place} since "
        f"{clock(finding.first_at)}, each without a reported failure: {listed(deeds)}; {end}."
    )
    first, *others = parts
    finding.next_step = (
        f"Hold {listed(others)} until {first}'s change has settled, look at "
        f"{what or 'what these services share'} now, and take the last change back first."
    )


def _thing(thing: str) -> str:
    """Return a thing's name as people read it, `""` where nobody knows what is shared."""
    if not is_target(thing):
        return thing
    kind, cluster, region, namespace, name = thing.removeprefix(TARGET).split("\0")
    path = "/".join(part for part in (cluster, region, namespace, name) if part)
    return f"{kind} {path}".strip()


def _add(known: list[str], fresh: str) -> None:
    if fresh and fresh not in known and len(known) < DEEDS_KEPT:
        known.append(fresh)
