"""Which finding explains or supersedes which."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from overheal.model import Finding, Status, Tier, TierChange
from overheal.stages.relations import related

FIELD = "production\0Deployment\0\0\0shop\0checkout\0replicas"


def finding(detector: str, **changes: Any) -> Finding:
    tier = changes.get("tier", Tier.ACTIONABLE)
    made: dict[str, Any] = {
        "id": f"{detector}-{changes.get('stage', 'scope')}",
        "detector": detector,
        "stage": "scope",
        "subject": "production\0checkout",
        "service": "checkout",
        "environment": "production",
        "scope": "shop",
        "first_at": 100,
        "last_at": 200,
        "detected_at": 150,
        "tier": tier,
        "tier_history": [TierChange(tier, 150, "reason")],
    }
    return Finding(**{**made, **changes})


def fight(**changes: Any) -> Finding:
    pair = {"agents": ["gitops", "hpa"], "subject": f"{FIELD}\0gitops\0hpa"}
    return finding("agent_conflict", **{**pair, **changes})


def thrash(**changes: Any) -> Finding:
    return finding("thrashing", **{"subject": FIELD, **changes})


def fleet(**changes: Any) -> Finding:
    return fight(**{"stage": "fleet", "service": "", "scope": "", **changes})


def after(*findings: Finding) -> dict[str, Finding]:
    """Return all findings as they stand after relating, the same in whatever order."""
    answers = []
    for order in permutations(findings):
        known = {one.id: one for one in order}
        known.update({one.id: one for one in related(known.values())})
        assert related(known.values()) == []
        answers.append(known)
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


def root(of: Finding, *others: Finding) -> str:
    return after(of, *others)[of.id].inhibited_by


def test_a_fight_explains_the_thrashing_of_its_field():
    assert root(thrash(), fight()) == fight().id
    assert root(thrash(subject=FIELD.replace("replicas", "image")), fight()) == ""


def test_a_degradation_explains_that_recoveries_are_frequent():
    often, masked = finding("recovery_frequency"), finding("masked_degradation")
    assert root(often, masked) == masked.id
    assert root(masked, often) == ""
    assert root(often, finding("masked_degradation", service="ledger")) == ""
    assert root(often, finding("masked_degradation", environment="staging")) == ""


def test_a_page_about_a_storm_explains_lesser_findings_of_the_service():
    storm = finding("recovery_frequency", tier=Tier.CRITICAL)
    assert root(finding("ineffective_recovery"), storm) == storm.id
    assert root(finding("ineffective_recovery"), finding("recovery_frequency")) == ""


def test_nothing_quieter_explains_a_louder_one():
    assert root(thrash(tier=Tier.CRITICAL), fight()) == ""
    loud = finding("recovery_frequency", tier=Tier.CRITICAL)
    assert root(loud, finding("masked_degradation")) == ""


def test_only_what_overlaps_in_time_explains():
    assert root(thrash(first_at=300, last_at=400), fight()) == ""


def test_what_was_retracted_explains_nothing():
    assert root(thrash(), fight(status=Status.RETRACTED)) == ""


def test_the_fleets_finding_supersedes_the_scopes_about_the_same_pair():
    known = after(fight(), fleet())
    assert known[fight().id].status is Status.SUPERSEDED
    assert known[fight().id].superseded_by == fleet().id
    assert known[fleet().id].status is Status.OPEN


def test_and_explains_the_thrashing_in_its_place():
    known = after(thrash(), fight(), fleet())
    assert known["thrashing-scope"].inhibited_by == fleet().id


def test_another_pair_another_environment_or_another_time_is_not_superseded():
    for other in (
        fleet(agents=["hpa", "keda"]),
        fleet(environment="staging"),
        fleet(first_at=300, last_at=400),
        fleet(status=Status.RETRACTED),
    ):
        assert after(fight(), other)[fight().id].status is Status.OPEN


def test_of_several_the_oldest_that_overlaps_supersedes():
    old = fleet(id="z-old", first_at=50, last_at=120)
    new = fleet(id="a-new", first_at=140, last_at=300)
    assert after(fight(), old, new)[fight().id].superseded_by == "z-old"


def test_what_has_paged_goes_on_paging_under_the_new_name():
    known = after(fight(tier=Tier.CRITICAL, reason="users feel it"), fleet())
    heir = known[fleet().id]
    assert (heir.tier, heir.reason, heir.detected_at) == (Tier.CRITICAL, "users feel it", 150)
    assert [change.tier for change in heir.tier_history] == [Tier.ACTIONABLE, Tier.CRITICAL]


def test_where_the_fleets_finding_is_gone_the_scopes_stands_again():
    gone = fleet(status=Status.RETRACTED)
    over = fight(status=Status.SUPERSEDED, superseded_by=gone.id, resolved_at=250)
    assert after(over, gone)[over.id].status is Status.RESOLVED
    assert after(over, gone)[over.id].superseded_by == ""


def test_what_a_retold_history_superseded_stays_so():
    merged = fight(status=Status.SUPERSEDED, superseded_by="another-of-the-scope")
    assert after(merged, fleet())[merged.id].superseded_by == "another-of-the-scope"
