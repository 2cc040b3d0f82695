"""`incomplete_action`: what design and documentation say of actions half done."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import Detail, Status, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, moment, of, told

NAME = "incomplete_action"
BOT = {"agent": "bot", "agent_kind": "ai_agent", "type": "scale", "trigger": "demand"}


def found(made: History, until: float | None = None, **chosen: Any) -> list[Any]:
    return of(told(made, until=until, **chosen), NAME)


def phases(*told_phases: tuple[Any, ...], **fields: Any) -> History:
    """Return one action told as (moment, phase)."""
    made = History()
    for at, phase in told_phases:
        made.add(at, phase=phase, action_id="one", **{**BOT, **fields})
    return made


def habitual(count: int = 5) -> History:
    """Return a history of an agent that has told as many starts, one action a minute."""
    made = History()
    for number in range(count):
        made.action(number * MINUTE, number * MINUTE + 9, **BOT)
    return made


def test_an_action_without_an_end_is_incomplete_after_an_hour():
    made = phases((0, "started"))
    assert not found(made, HOUR - 1)
    (one,) = found(made, HOUR)
    assert (one.tier, one.count, one.members) == (Tier.INFORMATIONAL, 1, ["e000000"])
    assert (one.first_at, one.last_at) == (moment(0), moment(HOUR))
    assert "scale at 2026-03-02 02:00:00 UTC, which began and did not end" in one.summary


def test_three_times_what_was_expected_is_too_long():
    made = phases((0, "started"), detail=Detail(within=20.0))
    assert not found(made, 59)
    assert found(made, 60)
    assert not found(made, 60, settings={NAME: {"factor": 4}})


def test_what_should_take_no_time_has_the_tolerance_of_clocks():
    made = phases((0, "started"), detail=Detail(within=0.0))
    assert not found(made, 4)
    assert found(made, 5)


@pytest.mark.parametrize("phase", ["finished", "verified", "rejected"])
def test_an_end_a_verification_and_a_cancellation_complete_it(phase):
    assert not found(phases((0, "started"), (HOUR - 1, phase)), DAY)


def test_a_late_end_resolves_it():
    (one,) = found(phases((0, "started"), (2 * HOUR, "finished")), DAY)
    assert (one.status, one.resolved_at) == (Status.RESOLVED, moment(2 * HOUR))


def test_an_end_is_given_up_after_a_week():
    (one,) = found(phases((0, "started")), 8 * DAY)
    assert one.resolved_at == moment(7 * DAY)


def test_witnesses_and_people_are_left_out():
    assert not found(phases((0, "started"), witness_of="other"), DAY)
    assert not found(phases((0, "started"), agent="ada", agent_kind="human"), DAY)


def test_a_person_may_end_what_automation_began():
    made = phases((0, "started"))
    made.add(99, action_id="one", agent="ada", agent_kind="human")
    assert not found(made, DAY)


def test_a_second_report_of_a_start_or_end_is_nothing():
    assert not found(phases((0, "started"), (1, "started"), (9, "finished"), (10, "finished")), DAY)
    (one,) = found(phases((0, "started"), (1, "started")), DAY)
    assert one.count == 1


def test_several_without_an_end_at_the_same_time_are_actionable():
    for count, tier in ((2, Tier.INFORMATIONAL), (3, Tier.ACTIONABLE)):
        made = History()
        for number in range(count):
            made.add(number * MINUTE, phase="started", **BOT)
        (one,) = found(made, DAY)
        assert (one.count, one.tier) == (count, tier)
        assert one.evidence["without_end"] == count


def test_those_that_ended_late_are_no_longer_several():
    made = History()
    for number in range(4):
        made.action(number * 3 * HOUR, number * 3 * HOUR + 2 * HOUR, **BOT)
    every = found(made, DAY)
    assert [one.tier for one in every] == [Tier.INFORMATIONAL] * 4


def test_a_recovery_without_an_end_is_actionable():
    (one,) = found(phases((0, "started"), type="restart", trigger="failure"), DAY)
    assert one.tier is Tier.ACTIONABLE
    assert "has not recovered since" in one.reason


def test_a_recovery_without_an_end_is_an_oddity_where_the_service_recovered_since():
    made = phases((0, "started"), type="restart", trigger="failure")
    made.recovery(MINUTE)
    (one,) = found(made, DAY)
    assert one.tier is Tier.INFORMATIONAL
    for fields in ({"outcome": "failed"}, {"service": "ledger"}):
        made = phases((0, "started"), type="restart", trigger="failure")
        made.recovery(MINUTE, **fields)
        (one,) = found(made, DAY)
        assert one.tier is Tier.ACTIONABLE


def test_an_end_without_a_start_is_ordinary_for_who_reports_no_starts():
    made = History()
    for number in range(40):
        made.add(number * MINUTE, **BOT)
    assert not found(made, DAY)


def test_an_end_without_a_start_is_odd_for_who_reports_starts():
    for known, findings in ((4, 0), (5, 1)):
        made = habitual(known)
        made.add(HOUR, **BOT)
        every = found(made, HOUR + 6)
        assert len(every) == findings
        if every:
            assert every[0].evidence["kinds"] == {"unstarted": 1}
            assert every[0].tier is Tier.INFORMATIONAL


def test_a_habit_is_of_one_type_of_action():
    made = habitual()
    made.add(HOUR, **{**BOT, "type": "drain"})
    assert not found(made, DAY)


def test_what_began_before_anybody_listened_has_no_start():
    made = habitual()
    made.add(HOUR, duration=2 * HOUR, **BOT)
    assert not found(made, DAY)


def test_a_start_told_five_seconds_after_the_end_is_the_clocks_doing():
    for late, kinds in ((5, None), (5.1, {"unstarted": 1})):
        made = habitual()
        made.add(HOUR, action_id="one", **BOT)
        made.add(HOUR + late, phase="started", action_id="one", **BOT)
        every = found(made, DAY)
        assert [one.evidence["kinds"] for one in every] == ([kinds] if kinds else [])


def test_an_end_before_its_start_is_odd_for_everybody():
    assert not found(phases((0, "finished"), (5, "started")), DAY)
    (one,) = found(phases((0, "finished"), (6, "started")), HOUR)
    assert one.evidence["kinds"] == {"backwards": 1}


@pytest.mark.parametrize("phase", ["proposed", "approved"])
def test_an_action_that_began_before_it_was_asked_for_is_odd(phase):
    assert not found(phases((0, "started"), (5, phase), (9, "finished")), HOUR)
    (one,) = found(phases((0, "started"), (6, phase), (9, "finished")), HOUR)
    assert one.evidence["kinds"] == {"early": 1}
    (one,) = found(phases((0, "started"), (3, "finished"), (9, phase)), HOUR)
    assert one.evidence["kinds"] == {"early": 1}


def test_an_end_says_by_its_duration_that_the_action_began_before_it_was_asked_for():
    asked = ((100, "proposed"), (160, "finished"))
    assert not found(phases(*asked, duration=65.0), HOUR)
    (one,) = found(phases(*asked, duration=66.0), HOUR)
    assert one.evidence["kinds"] == {"early": 1}


def test_it_is_said_once_of_each_action():
    made = phases(
        (0, "started"), (6, "proposed"), (7, "approved"), (8, "finished"), (9, "approved")
    )
    (one,) = found(made, HOUR)
    assert one.count == 1


def test_an_oddity_is_over_after_a_day():
    (one,) = found(phases((0, "finished"), (6, "started")), 3 * DAY)
    assert one.resolved_at == moment(DAY + 6)


def test_it_stays_open_until_both_oddity_and_missing_end_are_over():
    made = phases((0, "started"), (9, "proposed"))
    made.add(2 * DAY, action_id="one", **BOT)
    (one,) = found(made, 3 * DAY)
    assert (one.count, one.resolved_at) == (2, moment(2 * DAY))


def test_what_belongs_to_no_service_is_named_after_its_agent():
    (one,) = found(phases((0, "started"), service=""), DAY)
    assert one.title == "bot"
