"""A success that is disproved later is told as restated, once, whatever the order of arrival."""

from __future__ import annotations

from overheal.flow import Flow
from tests.support.events import at, new_flow, restart

FIRST, AGAIN = restart("first", at(0)), restart("again", at(8))


def told(made: Flow, *events) -> list[tuple[str, str, bool]]:
    judged = made.judge(list(events))
    return [(one.claim.action_id, one.event_id, one.withdrawn) for one in judged.restated]


def test_trouble_that_is_back_restates_the_success_before_it():
    made = new_flow()
    assert told(made, FIRST) == []
    assert told(made, AGAIN) == [("action-first", "again", False)]
    assert told(made, AGAIN) == []


def test_a_late_event_between_withdraws_what_it_takes_over():
    made = new_flow()
    told(made, FIRST, AGAIN)
    between = restart("between", at(4))
    assert sorted(told(made, between)) == [
        ("action-between", "again", False),
        ("action-first", "again", True),
        ("action-first", "between", False),
    ]
