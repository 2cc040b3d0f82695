"""The one place where tiers are decided."""

from __future__ import annotations

import pytest

from overheal import tier
from overheal.model import Finding, Tier
from overheal.state.book import Ground

QUIET, LOUD = Ground(Tier.ACTIONABLE, "often"), Ground(Tier.CRITICAL, "very often")


def about(detector: str) -> Finding:
    return Finding(
        id="f",
        detector=detector,
        stage="scope",
        subject="s",
        service="checkout",
        environment="production",
        scope="shop",
        first_at=1,
        last_at=2,
        detected_at=2,
    )


def decided(*grounds: Ground, detector: str = "thrashing", **chosen: bool) -> Ground:
    return tier.decide(about(detector), grounds, **{"sandbox": False, "felt": False, **chosen})


def test_the_highest_ground_wins_and_the_first_of_equals():
    assert decided(QUIET, LOUD) == LOUD
    assert decided(QUIET, Ground(Tier.ACTIONABLE, "again")) == QUIET


@pytest.mark.parametrize("detector", ["thrashing", "agent_conflict"])
def test_users_who_feel_it_make_it_critical(detector):
    found = decided(QUIET, detector=detector, felt=True)
    assert found == Ground(Tier.CRITICAL, "often, and users feel it")


@pytest.mark.parametrize(
    "detector", ["recovery_frequency", "masked_degradation", "ineffective_recovery"]
)
def test_others_are_not_louder_for_it(detector):
    assert decided(QUIET, detector=detector, felt=True) == QUIET


def test_in_a_sandbox_nothing_is_critical_and_the_reason_says_so():
    for grounds, felt in (([LOUD], False), ([QUIET], True)):
        found = decided(*grounds, sandbox=True, felt=felt)
        assert found.tier is Tier.ACTIONABLE
        assert found.reason.endswith("a sandbox, so nobody is paged")
