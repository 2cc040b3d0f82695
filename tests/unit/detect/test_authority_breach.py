"""`authority_breach`: what design and documentation say of acting beyond what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import Detail, Status, Tier
from tests.support.made import DAY, HOUR, History, catalog_of, moment, of, only, told

NAME = "authority_breach"

LIMITS: dict[str, Any] = {
    "level": {"allowed_autonomy_level": 2},
    "confidence": {"escalate_below_confidence": 0.7},
    "checks": {"required_policy_checks": ["budget", "window"]},
    "boundaries": {"boundaries": ["restart", "scale"]},
}
BOT = {"agent": "bot", "agent_kind": "ai_agent"}
ADA = {"agent": "ada", "agent_kind": "human"}
WANTS = Detail(authority="approval")


def found(made: History, *limits: str, until: float | None = None, **chosen: Any) -> list[Any]:
    entry: dict[str, Any] = {}
    for limit in limits:
        entry |= LIMITS.get(limit, {"environment": limit})
    catalog = catalog_of(services={"checkout": entry} if entry else {})
    return of(told(made, catalog=catalog, until=until, **chosen), NAME)


def acted(detail: Detail | None = None, *, at: float = 0, **fields: Any) -> History:
    made = History()
    made.add(at, detail=detail, **{**BOT, **fields})
    return made


def phases(*told_phases: tuple[Any, ...]) -> History:
    """Return one action told as (moment, phase, detail, fields)."""
    made = History()
    for at, phase, detail, *fields in told_phases:
        named = {**BOT, **(fields[0] if fields else {})}
        made.add(at, phase=phase, detail=detail, action_id="one", **named)
    return made


def test_an_agent_above_the_allowed_level_is_a_breach_and_at_it_is_none():
    assert not found(acted(Detail(autonomy_level=2)), "level")
    (one,) = found(acted(Detail(autonomy_level=3)), "level")
    assert (one.tier, one.count, one.agents) == (Tier.CRITICAL, 1, ["bot"])
    assert one.evidence["rules"] == {"autonomy": 1}
    assert "bot acted above the autonomy level that the service allows (once)" in one.summary


def test_an_unknown_level_on_either_side_is_no_breach():
    assert not found(acted(Detail(autonomy_level=4)))
    assert not found(acted(Detail(instance="x")), "level")
    assert not found(acted(None), "level")


@pytest.mark.parametrize("phase", ["proposed", "approved", "rejected", "verified"])
def test_what_was_only_proposed_or_looked_at_is_no_breach(phase):
    detail = Detail(autonomy_level=4, confidence=0.1, checks=(("budget", False),))
    assert not found(acted(detail, phase=phase, type="drain"), *LIMITS, until=DAY)


def test_a_level_is_told_by_the_start_already():
    assert found(acted(Detail(autonomy_level=4), phase="started"), "level")


def test_a_witness_is_not_the_actor():
    assert not found(acted(Detail(autonomy_level=4), witness_of="other"), "level")


def test_an_entry_for_another_environment_binds_nobody_here():
    assert found(acted(Detail(autonomy_level=4)), "level", "production")
    assert not found(acted(Detail(autonomy_level=4)), "level", "staging")


def test_what_needs_approval_and_has_none_is_a_breach():
    (one,) = found(acted(WANTS))
    assert one.evidence["rules"] == {"approval": 1}


@pytest.mark.parametrize("decided", ["approve", "modify", "override"])
def test_a_decision_is_an_approval(decided):
    assert not found(acted(Detail(authority="approval", decided=decided)))


def test_a_name_is_an_approval_but_not_the_agents_own():
    assert not found(acted(Detail(authority="approval", approved_by="ada")))
    assert found(acted(Detail(authority="approval", approved_by="bot")))
    assert found(acted(Detail(authority="approval", decided="approve", approved_by="bot")))
    assert not found(acted(Detail(authority="approval", approved_by="ada"), **ADA))


def test_an_approval_phase_is_an_approval():
    assert not found(phases((0, "proposed", WANTS), (9, "approved", None), (10, "started", None)))


def test_what_the_proposal_says_of_approval_holds_for_the_action():
    (one,) = found(phases((0, "proposed", WANTS), (10, "finished", None)))
    assert one.evidence["rules"] == {"approval": 1}


def test_people_who_take_over_by_hand_need_no_approval():
    by_hand = Detail(authority="manual")
    assert not found(phases((0, "proposed", WANTS), (10, "finished", by_hand, ADA)))
    assert found(phases((0, "proposed", WANTS), (10, "finished", by_hand)))
    assert found(acted(WANTS, **ADA))


def test_an_approval_five_seconds_after_the_start_may_be_the_clock():
    for late, breaches in ((5, 0), (5.1, 1)):
        made = phases((0, "started", WANTS), (late, "approved", None), (20, "finished", None))
        assert len(found(made)) == breaches


def test_the_end_may_tell_who_approved():
    told_late = Detail(authority="approval", approved_by="ada")
    assert not found(phases((0, "started", WANTS), (9, "finished", told_late)), until=HOUR)


def test_an_action_that_goes_on_without_approval_is_a_breach_after_a_minute():
    made = phases((0, "started", WANTS))
    assert not found(made, until=59)
    (one,) = found(made, until=60)
    assert (one.first_at, one.last_at) == (moment(0), moment(60))
    assert not found(made, until=60, settings={NAME: {"settle_seconds": 61}})


def test_a_rejection_that_is_ignored_is_a_breach():
    (one,) = found(phases((0, "proposed", WANTS), (1, "rejected", None), (9, "started", None)))
    assert one.evidence["rules"] == {"rejected": 1}
    (one,) = found(acted(Detail(decided="reject", approved_by="ada")))
    assert one.evidence["rules"] == {"rejected": 1}


def test_the_last_word_before_the_start_counts():
    changed = phases((0, "rejected", None), (5, "approved", None), (9, "finished", WANTS))
    assert not found(changed)
    too_late = phases((0, "started", None), (5, "rejected", None), (9, "finished", None))
    assert not found(too_late, until=HOUR)


def test_a_failed_check_is_a_breach_unless_a_human_overrides_it():
    failed = (("budget", False),)
    (one,) = found(acted(Detail(checks=failed)))
    assert one.evidence["rules"] == {"failed_check": 1}
    assert found(acted(Detail(checks=failed, decided="approve")))
    assert not found(acted(Detail(checks=failed, decided="override", approved_by="ada")))
    assert found(acted(Detail(checks=failed, decided="override", approved_by="bot")))
    over = Detail(decided="override")
    assert not found(phases((0, "approved", over), (1, "started", Detail(checks=failed))))


def test_a_check_that_passed_when_repeated_has_passed():
    first, then = Detail(checks=(("budget", False),)), Detail(checks=(("budget", True),))
    assert not found(phases((0, "proposed", first), (9, "finished", then)))


def test_a_required_check_that_is_missing_is_a_breach():
    (one,) = found(acted(None), "checks")
    assert one.evidence["rules"] == {"missing_check": 1}
    assert found(acted(Detail(checks=(("budget", True),))), "checks")
    assert not found(acted(Detail(checks=(("budget", True), ("window", True)))), "checks")


def test_the_phases_of_an_action_may_share_its_checks():
    start, end = Detail(checks=(("budget", True),)), Detail(checks=(("window", True),))
    assert not found(phases((0, "started", start), (9, "finished", end)), "checks", until=HOUR)
    assert found(phases((0, "started", start), (61, "finished", end)), "checks")


def test_required_checks_do_not_bind_people():
    assert not found(acted(None, **ADA), "checks")


def test_required_checks_bind_the_platform_only_where_somebody_says_so():
    made = acted(None, agent="kubelet", agent_kind="platform")
    assert not found(made, "checks")
    assert found(made, "checks", settings={NAME: {"bind_platform": True}})


def test_acting_below_the_confidence_needs_a_human():
    assert not found(acted(Detail(confidence=0.7)), "confidence")
    (one,) = found(acted(Detail(confidence=0.69)), "confidence")
    assert one.evidence["rules"] == {"confidence": 1}
    assert not found(acted(Detail(confidence=0.69, approved_by="ada")), "confidence")
    assert not found(acted(Detail(instance="x")), "confidence")


def test_the_confidence_of_a_proposal_holds_for_the_action():
    unsure = Detail(confidence=0.2)
    assert found(phases((0, "proposed", unsure), (9, "finished", None)), "confidence")


def test_a_type_outside_the_boundaries_is_a_breach():
    assert not found(acted(None, type="scale"), "boundaries")
    (one,) = found(acted(None, type="drain"), "boundaries")
    assert one.evidence["rules"] == {"boundary": 1}


def test_boundaries_bind_the_platform_only_where_somebody_says_so():
    made = acted(None, type="drain", agent="kubelet", agent_kind="platform")
    assert not found(made, "boundaries")
    assert found(made, "boundaries", settings={NAME: {"bind_platform": True}})


def test_people_by_hand_are_bound_by_neither_level_nor_confidence_nor_boundaries():
    detail = Detail(autonomy_level=4, confidence=0.1)
    assert not found(acted(detail, type="drain", **ADA), "level", "confidence", "boundaries")


def test_one_finding_for_each_agent_and_service_lists_the_rules_with_counts():
    made = History()
    for number in range(3):
        detail = Detail(autonomy_level=3, confidence=0.9 if number else 0.1)
        made.add(number * HOUR, detail=detail, **BOT)
    made.add(9, detail=Detail(autonomy_level=4), agent="other", agent_kind="ai_agent")
    first, second = found(made, "level", "confidence")
    assert (first.count, first.member_count) == (3, 3)
    assert first.evidence["rules"] == {"autonomy": 3, "confidence": 1}
    assert "2026-03-02 04:00:00" in first.evidence["newest"]
    assert second.agents == ["other"]


def test_an_action_counts_once_however_often_it_is_told():
    made = phases(*[(at, "finished", Detail(autonomy_level=3)) for at in range(4)])
    (one,) = found(made, "level")
    assert (one.count, one.member_count) == (1, 1)


def test_a_second_report_that_says_less_accuses_nobody():
    checks = Detail(checks=(("budget", True), ("window", True)))
    assert not found(phases((0, "finished", checks), (30, "finished", None)), "checks")


def test_it_resolves_after_a_day_without_another_breach():
    made = acted(WANTS)
    assert found(made, until=DAY - 1)[0].status is Status.OPEN
    (one,) = found(made, until=DAY)
    assert one.resolved_at == moment(DAY)
    made.add(DAY - 1, detail=WANTS, **BOT)
    (one,) = found(made, until=9 * DAY)
    assert one.resolved_at == moment(2 * DAY - 1)


def test_what_belongs_to_no_service_has_a_finding_too():
    one = only(told(acted(WANTS, service="")), NAME)
    assert one.title == "bot"
