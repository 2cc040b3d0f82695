"""The one place where tiers are decided; every decision keeps its reason."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.expectations import Expectation
from overheal.model import VARIANT, Finding, Tier
from overheal.state.book import Ground

ESCALATES_WHEN_FELT = frozenset({"thrashing", "agent_conflict", "cascade", "mass_action"})
"""Detectors whose findings become critical when users feel them."""


def decide(
    finding: Finding,
    grounds: Sequence[Ground],
    *,
    sandbox: bool,
    felt: bool,
    expected: Expectation | None = None,
) -> Ground:
    """Return the tier for a finding, with its reason.

    The highest ground wins, the first of equals. Users who feel it make some findings critical.
    What somebody `expected` is one step lower.
    In a sandbox nothing is critical, because nobody is to be paged for it.
    """
    best = max(grounds, key=lambda ground: ground.tier)
    if (
        felt
        and finding.detector.partition(VARIANT)[0] in ESCALATES_WHEN_FELT
        and best.tier < Tier.CRITICAL
    ):
        best = Ground(Tier.CRITICAL, f"{best.reason}, and users feel it")
    if expected is not None and best.tier > Tier.INFORMATIONAL:
        lower = Tier(best.tier - 1)
        best = Ground(lower, f"{best.reason}; {lower.word} because {expected.said()}")
    if sandbox and best.tier is Tier.CRITICAL:
        return Ground(Tier.ACTIONABLE, f"{best.reason}; a sandbox, so nobody is paged")
    return best
