"""A success that is disproved later is told as restated, once, whatever the order of arrival."""

from __future__ import annotations

from overheal.catalog import Catalog
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.stages.rules import RuleBook, rules_of
from tests.support.events import at, restart

LATENESS = 600_000_000
FIRST, AGAIN = restart("first", at(0)), restart("again", at(8))


def flow() -> Flow:
    return Flow(RuleBook(rules_of(Catalog(), SettingsBook({}, {}))), LATENESS)


def told(made: Flow, *events) -> list[tuple[str, str, bool]]:
    judged = made.judge(list(events))
    return [(one.claim.action_id, one.event_id, one.withdrawn) for one in judged.restated]


def test_trouble_that_is_back_restates_the_success_before_it():
    made = flow()
    assert told(made, FIRST) == []
    assert told(made, AGAIN) == [("action-first", "again", False)]
    assert told(made, AGAIN) == []


def test_a_late_event_between_withdraws_what_it_takes_over():
    made = flow()
    told(made, FIRST, AGAIN)
    between = restart("between", at(4))
    assert sorted(told(made, between)) == [
        ("action-between", "again", False),
        ("action-first", "again", True),
        ("action-first", "between", False),
    ]
