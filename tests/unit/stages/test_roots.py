"""One root, one page: what a root across services explains."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from overheal.model import MINUTE, Finding, Status, Tier, TierChange
from overheal.stages.relations import related
from overheal.stages.roots import topmost
from overheal.state.footprint import SERVICES_KEPT, Footprint, tread

START, END = 100 * MINUTE, 110 * MINUTE


def finding(detector: str, service: str = "", **changes: Any) -> Finding:
    opened = changes.pop("opened", 105 * MINUTE)
    tier = changes.get("tier", Tier.ACTIONABLE)
    made: dict[str, Any] = {
        "id": f"{detector}-{service}",
        "detector": detector,
        "stage": "scope" if service else "fleet",
        "subject": f"production\0{service}",
        "service": service,
        "environment": "production",
        "scope": service,
        "first_at": opened,
        "last_at": opened,
        "detected_at": opened,
        "tier": tier,
        "tier_history": [TierChange(tier, opened, "reason")],
    }
    return Finding(**{**made, **changes})


def mass(**changes: Any) -> Finding:
    made = {"first_at": START, "last_at": END, "opened": 101 * MINUTE, "subject": "production\0ada"}
    return finding(changes.pop("detector", "mass_action"), **{**made, **changes})


def touched(*services: str, at: int = START) -> Footprint:
    found: Footprint = {}
    for service in services:
        tread(found, "production", service, at)
    return found


def roots(known: list[Finding], reaches: dict[str, Footprint]) -> dict[str, str]:
    """Return who is explained by whom, the same in whatever order they are known."""
    answers = []
    for order in permutations(known):
        after = {one.id: one for one in order}
        after.update({one.id: one for one in related(after.values(), reaches)})
        assert related(after.values(), reaches) == []
        answers.append({key: one.inhibited_by for key, one in after.items() if one.inhibited_by})
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


def explains(root: Finding, other: Finding, reach: Footprint | None = None) -> bool:
    reach = touched("checkout") if reach is None else reach
    return roots([root, other], {root.id: reach}) == {other.id: root.id}


def storm(**changes: Any) -> Finding:
    return finding("recovery_frequency", "checkout", **changes)


@pytest.mark.parametrize("detector", ["mass_action", "cascade"])
def test_a_root_explains_what_opens_on_a_service_it_reaches(detector):
    assert explains(mass(detector=detector, id="root"), storm())


def test_others_of_the_fleet_that_reach_a_service_are_no_roots():
    assert not explains(mass(detector="agent_conflict"), storm())


def test_a_service_it_does_not_reach_is_not_explained():
    assert not explains(mass(), storm(), touched("ledger"))
    assert not explains(mass(), storm(environment="staging"))
    assert not explains(mass(), storm(), {})


def test_what_was_open_before_the_root_came_is_not_explained():
    assert not explains(mass(), storm(opened=START - 1))
    assert explains(mass(), storm(opened=START))


def test_it_is_the_opening_that_counts_not_when_it_became_louder():
    changes = [TierChange(Tier.ACTIONABLE, START - 1, ""), TierChange(Tier.CRITICAL, END, "")]
    loud = storm(tier=Tier.CRITICAL, tier_history=changes, detected_at=END)
    assert not explains(mass(tier=Tier.CRITICAL), loud)
    assert explains(mass(), storm(tier_history=[]))


def test_what_opens_up_to_fifteen_minutes_after_the_last_action_is_explained():
    assert explains(mass(), storm(opened=END + 15 * MINUTE))
    assert not explains(mass(), storm(opened=END + 15 * MINUTE + 1))


def test_nothing_louder_is_explained():
    assert not explains(mass(), storm(tier=Tier.CRITICAL))
    assert explains(mass(tier=Tier.CRITICAL), storm(tier=Tier.CRITICAL))
    assert explains(mass(tier=Tier.CRITICAL), storm(tier=Tier.INFORMATIONAL))


@pytest.mark.parametrize("status", [Status.RETRACTED, Status.SUPERSEDED])
def test_what_does_not_stand_neither_explains_nor_is_explained(status):
    assert not explains(mass(status=status), storm())
    assert not explains(mass(), storm(status=status))


def test_what_is_over_still_explains():
    assert explains(mass(status=Status.RESOLVED), storm(status=Status.RESOLVED))


def test_of_two_roots_the_louder_and_then_the_earlier_explains():
    first, second = mass(id="b", first_at=START - 1), mass(id="a")
    reaches = {"a": touched("checkout"), "b": touched("checkout", "ledger")}
    assert roots([first, second, storm()], reaches) == {"a": "b", storm().id: "b"}
    loud = mass(id="a", tier=Tier.CRITICAL)
    assert roots([first, loud, storm()], reaches)[storm().id] == "a"


def test_a_root_is_explained_where_all_it_reaches_is():
    cascade, action = finding("cascade", id="cascade"), mass()
    within = {"cascade": touched("a", "b"), action.id: touched("a", "b", "c")}
    assert roots([cascade, action], within) == {"cascade": action.id}
    beyond = {"cascade": touched("a", "d"), action.id: touched("a", "b", "c")}
    assert roots([cascade, action], beyond) == {}


def test_a_finding_that_grows_stays_explained_while_the_root_comes_first_everywhere():
    cascade, action = finding("cascade", id="cascade", opened=102 * MINUTE), mass()
    later = touched("b", at=106 * MINUTE)
    grown = {"cascade": touched("a") | later, action.id: touched("a") | later}
    assert roots([cascade, action], grown) == {"cascade": action.id}
    ahead = {"cascade": touched("a") | later, action.id: touched("a") | touched("b", at=END)}
    assert roots([cascade, action], ahead) == {}


def test_roots_of_equal_reach_do_not_explain_each_other():
    one, other = mass(id="a"), mass(id="b")
    assert roots([one, other], {"a": touched("x"), "b": touched("x")}) == {"b": "a"}


def test_who_led_another_explains_it_whichever_was_seen_first():
    reach = {"a": touched("x"), "b": touched("x")}
    led = mass(id="a", agents=["scheduler"], first_at=START - 1)
    leads = mass(id="b", agents=["ada"], evidence={"followed_by": ["scheduler"]})
    assert roots([led, leads], reach) == {"a": "b"}
    both = mass(id="a", agents=["scheduler"], evidence={"followed_by": ["ada"]})
    assert roots([both, leads], reach) == {"b": "a"}


def test_what_a_cascade_explains_hangs_with_it_under_the_mass_action():
    cascade, action = finding("cascade", id="cascade"), mass()
    within = {"cascade": touched("checkout"), action.id: touched("checkout", "ledger")}
    found = roots([cascade, action, storm()], within)
    assert found == {"cascade": action.id, storm().id: action.id}


def test_what_is_explained_within_its_service_hangs_at_the_top_as_well():
    masked = finding("masked_degradation", "checkout")
    often = storm(first_at=START - 1, tier_history=[TierChange(Tier.ACTIONABLE, START - 1, "")])
    masked = msgspec.structs.replace(masked, first_at=START - 1)
    found = roots([masked, often, mass()], {mass().id: touched("checkout")})
    assert found == {masked.id: mass().id, often.id: mass().id}


def test_a_fight_of_the_fleet_is_explained_where_all_its_services_are():
    fight = finding("agent_conflict", id="fight", agents=["gitops", "hpa"])
    assert roots([fight, mass()], {"fight": touched("a"), mass().id: touched("a", "b")})
    assert not roots([fight, mass()], {mass().id: touched("a", "b")})


def test_a_circle_comes_to_an_end():
    assert set(topmost({"a": "b", "b": "a"}).values()) <= {"a", "b"}


def test_tens_of_thousands_of_services_are_complete_and_more_are_bounded():
    found: Footprint = {}
    for number in range(SERVICES_KEPT + 10):
        tread(found, "production", f"svc-{number}", number)
    assert len(found) == SERVICES_KEPT >= 20_000
    tread(found, "production", "svc-5", 77)
    assert found["production", "svc-5"] == (5, 77)
