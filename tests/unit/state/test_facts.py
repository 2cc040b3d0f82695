"""What an event means: every action counts once, whatever its phases, witnesses and drills."""

from __future__ import annotations

import pytest

from overheal.state.facts import FAILED, OTHER, SUCCEEDED, UNKNOWN, FactReader, outcome_of
from tests.support.made import HOUR, History, moment


def read(history: History, *, drilled: tuple[int, ...] = ()):
    reader = FactReader.new()
    return [
        reader.read(event, drilled=number in drilled) for number, event in enumerate(history.events)
    ]


def phases(*chosen, **fields) -> History:
    made = History()
    for at, (phase, outcome) in enumerate(chosen):
        duration = 1.0 if phase == "finished" else None
        made.add(at, phase=phase, outcome=outcome, duration=duration, action_id="one", **fields)
    return made


def test_an_action_is_a_recovery_once():
    facts = read(phases(("started", ""), ("finished", "succeeded"), ("finished", "succeeded")))
    assert [bool(fact and fact.recovery) for fact in facts] == [True, False, False]


def test_its_time_is_its_start_or_its_end_less_its_duration():
    made = History()
    made.add(100, phase="started")
    made.add(200, duration=60.0)
    recoveries = [fact.recovery for fact in read(made)]
    assert [recovery.at for recovery in recoveries] == [moment(100), moment(140)]


@pytest.mark.parametrize("phase", ["proposed", "approved", "rejected"])
def test_what_has_not_begun_means_nothing(phase):
    assert read(phases((phase, ""))) == [None]


def test_a_verification_alone_is_no_recovery_but_an_outcome():
    (fact,) = read(phases(("verified", "succeeded")))
    assert (fact.recovery, fact.outcome, fact.changes) == (None, True, False)


def test_an_end_is_told_once_and_again_only_with_another_outcome():
    made = phases(
        ("started", ""),
        ("finished", "unknown"),
        ("finished", "unknown"),
        ("verified", "succeeded"),
        ("verified", "succeeded"),
        ("verified", "failed"),
    )
    told = [bool(fact and fact.outcome) for fact in read(made)]
    assert told == [False, True, False, True, False, True]


def test_another_outcome_settles_a_recovery_that_was_counted():
    made = phases(("started", ""), ("finished", "succeeded"), ("verified", "failed"))
    assert [fact.settles for fact in read(made)] == [None, UNKNOWN, SUCCEEDED]


def test_an_outcome_that_comes_with_the_recovery_settles_nothing():
    assert [fact.settles for fact in read(phases(("finished", "failed")))] == [None]


def test_nothing_settles_what_a_human_did():
    made = phases(("started", ""), ("finished", "succeeded"), agent_kind="human")
    assert [fact.settles for fact in read(made)] == [None, None]


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        ("succeeded", SUCCEEDED),
        ("failed", FAILED),
        ("ineffective", FAILED),
        ("partial", OTHER),
        ("unnecessary", OTHER),
        ("unknown", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_unknown_is_not_success(outcome, wanted):
    assert outcome_of(History().add(0, outcome=outcome)) == wanted


def test_an_action_changes_a_field_once_and_a_failed_one_never():
    made = History()
    made.write(0, "hpa", 8, phase="started", action_id="one")
    made.write(9, "hpa", 8, action_id="one")
    made.write(10, "hpa", 8, outcome="failed")
    assert [bool(fact and fact.changes) for fact in read(made)] == [True, False, False]


def test_a_witness_counts_and_changes_nothing_but_may_tell_that_users_feel_it():
    made = History()
    made.write(0, "hpa", 8, witness_of="another")
    made.recovery(1, witness_of="another")
    made.recovery(2, witness_of="another", user_visible=True)
    made.observe(3, "ready", witness_of="another")
    found = read(made)
    assert [fact is not None for fact in found] == [False, False, True, False]
    assert (found[2].recovery, found[2].outcome) == (None, False)


def test_an_action_belongs_to_a_drill_when_it_was_first_seen_in_one():
    made = phases(("started", ""), ("finished", "succeeded"), ("verified", "failed"))
    assert read(made, drilled=(0,)) == [None, None, None]
    assert all(read(made, drilled=(1, 2)))


def test_what_is_observed_in_a_drill_means_nothing():
    made = History()
    made.observe(0, "ready")
    made.felt(1)
    assert read(made, drilled=(0, 1)) == [None, None]
    assert [bool(fact) for fact in read(made)] == [True, True]


def test_an_action_is_remembered_for_six_hours_of_silence():
    made = History()
    made.add(0, phase="started", action_id="slow")
    made.add(5.9 * HOUR, action_id="slow", duration=5.9 * HOUR)
    assert [bool(fact and fact.recovery) for fact in read(made)] == [True, False]


def test_one_that_is_over_for_half_an_hour_and_then_no_longer_than_as_long_again():
    made = History()
    made.add(0, action_id="over", outcome="succeeded", duration=1.0)
    made.add(1799, action_id="over", outcome="succeeded", duration=1.0)
    made.add(3601, action_id="other", outcome="succeeded", duration=1.0)
    made.add(5402, action_id="another", outcome="succeeded", duration=1.0)
    made.add(5403, action_id="over", outcome="succeeded", duration=1.0)
    recoveries = [bool(fact and fact.recovery) for fact in read(made)]
    assert recoveries == [True, False, True, True, True]


def test_one_that_ended_without_an_outcome_may_still_be_verified_for_six_hours():
    made = History()
    made.add(0, action_id="slow", outcome="unknown", duration=1.0)
    made.add(5.9 * HOUR, action_id="slow", phase="verified", outcome="failed")
    _, verified = read(made)
    assert (verified.settles, verified.outcome) == (UNKNOWN, True)


def test_what_is_not_remembered_is_believed_to_have_been_a_success():
    made = History()
    made.add(0, action_id="over", outcome="succeeded", duration=1.0)
    reader = FactReader.new()
    assert reader.disprove("over", 0)
    reader.read(made.events[0])
    assert reader.disprove("over", 1)
    assert not reader.disprove("over", 2)
