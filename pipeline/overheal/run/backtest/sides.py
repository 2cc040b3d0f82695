"""What was found on each side, and what of it is of interest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from overheal.model import Finding
from overheal.run.backtest.comparing import Pair, about, differences
from overheal.run.backtest.plan import Plan
from overheal.run.backtest.replay import AFTER, BEFORE, ONCE, Found
from overheal.stages.relations import related
from overheal.stages.roots import stands
from overheal.state.footprint import Footprint

Reaches = dict[str, dict[str, Footprint]]
"""Side → id of a finding of the fleet → the services it reaches."""


@dataclass
class Sides:
    """All findings that were made of one history, with each side's settings, related."""

    before: list[Finding] = field(default_factory=list)
    after: list[Finding] = field(default_factory=list)


def same(plan: Plan, before: Mapping[str, Finding], after: Mapping[str, Finding]) -> set[str]:
    """Return the ids of what is of no interest: nothing differs, and no setting of its detector.

    What those find that are swayed is of interest where anything differs about the same subject.
    """
    told = plan.apart | plan.swayed
    found = {
        key
        for key, one in before.items()
        if one.detector not in plan.apart
        and key in after
        and stands(one) == stands(after[key])
        and not differences([Pair(one, after[key])])
    }
    every = [*before.items(), *after.items()]
    moved = {about(one) for key, one in every if one.detector in told and key not in found}
    return {key for key in found if about(before[key]) not in moved}


def alike(found: Found) -> set[str]:
    """Return the ids of findings about a service to which the same happened on both sides."""
    before = {one.id: one for one in found.get(BEFORE, [])}
    return {
        one.id
        for one in found.get(AFTER, [])
        if one.service and one.id in before and _what_counts(one) == _what_counts(before[one.id])
    }


def _what_counts(one: Finding) -> tuple[object, ...]:
    """Return what relations go by, for findings about a service."""
    return (
        *(one.tier, one.status, one.first_at, one.last_at, one.detected_at, one.resolved_at),
        *(one.agents, one.superseded_by, one.tier_history),
    )


def related_side(known: Found, reaches: Reaches, name: str) -> dict[str, Finding]:
    """Return the findings of one side by id, each as it stands among the others."""
    every = {one.id: one for key in (ONCE, name) for one in known.get(key, [])}
    reach = {**reaches.get(ONCE, {}), **reaches.get(name, {})}
    every.update({one.id: one for one in related(every.values(), reach)})
    return every


def joined(parts: Sequence[Found]) -> Found:
    """Return all together."""
    found: Found = {}
    for one in parts:
        for side, findings in one.items():
            found.setdefault(side, []).extend(findings)
    return found
