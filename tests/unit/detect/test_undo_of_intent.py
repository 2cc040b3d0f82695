"""`undo_of_intent`: what design and documentation say of declared intents, as tests."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import Detail, Status, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, moment, of, only, told

NAME = "undo_of_intent"
ADA: dict[str, Any] = {"agent_kind": "human", "trigger": "manual"}


def declared(
    value: Any = 8, old: Any = 4, until: float | None = 3 * HOUR, **fields: Any
) -> History:
    """Ada wants 8 replicas for three hours."""
    made = History()
    detail = Detail(goal="the sale", until=None if until is None else moment(until))
    fields = {"agent": "ada", **ADA, "detail": detail, **fields}
    made.write(0, fields.pop("agent"), value, old, **fields)
    return made


def findings(made: History, **chosen: Any):
    return of(told(made, **chosen), NAME)


def test_automation_that_takes_back_what_a_human_declared_is_critical():
    made = declared()
    made.write(600, "hpa", 4, 8)
    found = only(told(made), NAME)
    assert (found.tier, found.status, found.count) == (Tier.CRITICAL, Status.OPEN, 1)
    assert found.agents == ["ada", "hpa"]
    assert "hpa set replicas of Deployment shop/checkout to 4" in found.summary
    assert "10 min after ada had declared 8 (the sale)" in found.summary
    assert found.evidence["value_before"] == 4
    assert found.evidence["undone_after_seconds"] == 600.0


def test_what_an_agent_declared_is_actionable():
    made = declared(agent_kind="workflow")
    made.write(600, "hpa", 4, 8)
    assert only(told(made), NAME).tier is Tier.ACTIONABLE


def test_a_number_is_undone_only_in_the_direction_of_the_value_before():
    up = declared()
    for number, value in enumerate((12, 9, 8)):
        up.write(600 + number, "hpa", value)
    assert findings(up) == []
    up.write(700, "hpa", 7)
    assert findings(up)
    down = declared(value=2, old=4)
    down.write(600, "hpa", 1)
    assert findings(down) == []
    down.write(601, "hpa", 3)
    assert findings(down)


def test_the_value_before_is_remembered_where_the_declaration_does_not_tell_it():
    made = History()
    made.write(0, "hpa", 4)
    made.write(60, "ada", 8, **ADA, detail=Detail(goal="the sale"))
    made.write(600, "hpa", 5)
    assert only(told(made), NAME).evidence["value_before"] == 4


def test_of_a_number_without_a_value_before_nothing_can_be_said():
    made = declared(old=None)
    made.write(600, "hpa", 4)
    assert findings(made) == []


def test_of_words_any_other_value_undoes():
    made = declared("v2", "v1", field="image")
    made.write(600, "gitops", "v3", field="image")
    assert findings(made)


def test_what_was_pinned_may_move_in_no_direction():
    for value in (7, 9):
        made = declared(8, 8)
        made.write(600, "hpa", value)
        assert findings(made), value


def test_without_goal_and_end_nothing_was_declared():
    for detail in (None, Detail(policy="p")):
        made = declared(detail=detail)
        made.write(600, "hpa", 4)
        assert findings(made) == []


def test_the_window_includes_its_end():
    made = declared(until=HOUR)
    made.write(HOUR, "hpa", 4)
    assert findings(made)
    made = declared(until=HOUR)
    made.write(HOUR + 0.000001, "hpa", 4)
    assert findings(made) == []


@pytest.mark.parametrize(("kind", "lasts"), [("human", 24 * HOUR), ("workflow", HOUR)])
def test_a_goal_without_an_end_holds_for_a_while(kind, lasts):
    for at, undone in ((lasts, 1), (lasts + 1, 0)):
        made = declared(until=None, agent_kind=kind)
        made.write(at, "hpa", 4)
        assert len(findings(made)) == undone


def test_no_intent_holds_longer_than_a_week():
    for at, undone in ((7 * DAY, 1), (7 * DAY + 1, 0)):
        made = declared(until=30 * DAY)
        made.write(at, "hpa", 4)
        assert len(findings(made)) == undone


def test_an_end_that_has_passed_already_declares_nothing():
    made = declared(until=0.0)
    made.write(1, "hpa", 4)
    assert findings(made) == []


def test_the_author_and_other_people_may_change_their_minds():
    for agent, fields in (("ada", ADA), ("bob", ADA)):
        made = declared()
        made.write(600, agent, 4, **fields)
        made.write(900, "hpa", 3)
        assert findings(made) == [], agent
    made = declared(agent="gitops", agent_kind="workflow")
    made.write(600, "gitops", 4, agent_kind="workflow")
    assert findings(made) == []


@pytest.mark.parametrize("decided", ["approve", "override", "modify"])
def test_what_a_human_approved_is_no_reversal(decided):
    made = declared()
    made.write(600, "hpa", 4, detail=Detail(decided=decided, approved_by="bob"))
    assert findings(made) == []


def test_an_approval_may_be_an_event_of_its_own():
    for by, kind, undone in (("bob", "ai_agent", 0), ("", "human", 0), ("", "ai_agent", 1)):
        made = declared()
        detail = Detail(decided="approve", approved_by=by)
        fields = {"action_id": "scale-down", "phase": "approved", "outcome": "", "agent_kind": kind}
        made.write(500, "desk", 4, **fields, detail=detail)
        made.write(600, "hpa", 4, action_id="scale-down")
        assert len(findings(made)) == undone


def test_a_rejection_is_no_approval():
    made = declared()
    made.write(600, "hpa", 4, detail=Detail(decided="reject", approved_by="bob"))
    assert findings(made)


def test_what_the_author_causes_is_no_reversal_however_indirectly():
    made = declared()
    middle = made.add(300, type="deploy", agent="ci", trigger="rollout", caused_by=("a-e000000",))
    made.write(600, "gitops", 4, caused_by=(middle.id,))
    assert findings(made) == []
    made = declared()
    other = made.add(300, agent="ada", **ADA)
    made.write(600, "gitops", 4, caused_by=(other.action_id,))
    assert findings(made) == []
    made = declared()
    other = made.add(300, agent="bot")
    made.write(600, "gitops", 4, caused_by=(other.action_id,))
    assert findings(made)


def test_what_shares_the_authors_correlation_is_no_reversal():
    made = declared(correlation_id="change-7")
    made.write(600, "gitops", 4, correlation_id="change-7")
    assert findings(made) == []
    made = declared(correlation_id="change-7")
    made.write(600, "gitops", 4, correlation_id="change-8")
    assert findings(made)


def test_another_target_field_or_environment_is_another_matter():
    for fields in ({"target": "ledger"}, {"field": "paused"}, {"environment": "staging"}):
        made = declared()
        made.write(600, "hpa", 4, **fields)
        assert findings(made) == [], fields


def test_it_resolves_once_the_value_has_stood_again_for_a_while():
    made = declared()
    made.write(600, "hpa", 4)
    made.write(900, "hpa", 8)
    assert only(told(made, until=900 + 15 * MINUTE - 1), NAME).status is Status.OPEN
    found = only(told(made, until=2 * HOUR), NAME)
    assert found.resolved_at == moment(900 + 15 * MINUTE)


def test_taken_back_again_before_it_settled_is_one_finding():
    made = declared()
    for number in range(4):
        made.write(600 + number * 600, "hpa", 4)
        made.write(900 + number * 600, "gitops", 8)
    found = only(told(made), NAME)
    assert (found.count, found.member_count) == (4, 5)
    assert "4 times by now" in found.summary


def test_taken_back_again_after_it_settled_is_another():
    made = declared()
    for at, value in ((600, 4), (700, 8), (600 + HOUR, 4)):
        made.write(at, "hpa", value)
    assert len(findings(made)) == 2


def test_it_resolves_when_the_window_ends_or_the_intent_is_withdrawn():
    made = declared(until=HOUR)
    made.write(600, "hpa", 4)
    assert only(told(made, until=2 * HOUR), NAME).resolved_at == moment(HOUR)
    made = declared()
    made.write(600, "hpa", 4)
    made.write(900, "ada", 3, **ADA)
    assert only(told(made), NAME).resolved_at == moment(900)


def test_what_failed_was_neither_declared_nor_undone():
    made = declared(phase="started", action_id="wish")
    made.write(60, "ada", 8, **{**ADA, "outcome": "failed"}, action_id="wish")
    made.write(600, "hpa", 4)
    assert findings(made) == []
    made = declared()
    made.write(600, "hpa", 4, phase="started", action_id="undo")
    made.write(700, "hpa", 4, action_id="undo", outcome="failed")
    found = only(told(made, until=2 * HOUR), NAME)
    assert found.resolved_at == moment(700 + 15 * MINUTE)


def test_an_agent_cannot_replace_anothers_intent_but_a_human_can():
    made = declared(agent_kind="workflow", agent="gitops")
    made.write(300, "keda", 12, detail=Detail(goal="latency"))
    made.write(600, "hpa", 9)
    assert findings(made) == []
    made = declared(agent_kind="workflow", agent="gitops")
    made.write(300, "ada", 12, 8, **ADA, detail=Detail(goal="the sale"))
    made.write(600, "hpa", 9)
    assert only(told(made), NAME).tier is Tier.CRITICAL


def test_an_agent_that_wishes_something_else_takes_back_all_the_same():
    made = declared()
    made.write(600, "keda", 4, detail=Detail(goal="save money"))
    assert findings(made)


def test_witnesses_and_proposals_write_nothing():
    for fields in ({"witness_of": "x"}, {"phase": "proposed", "outcome": ""}):
        made = declared()
        made.write(600, "hpa", 4, **fields)
        assert findings(made) == []
