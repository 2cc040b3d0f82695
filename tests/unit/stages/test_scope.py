"""The scope stage: what is counted of services, and how much work one event is."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from tests.support.events import START
from tests.support.made import HOUR, MINUTE, History, catalog_of, flow_of, told


def tally(history: History, **chosen):
    flow = flow_of(**chosen)
    told(history, flow=flow)
    (summary,) = flow.services()
    return summary


def test_recoveries_are_split_by_outcome_and_unknown_is_not_success():
    made = History()
    for number, outcome in enumerate(("succeeded", "failed", "partial", "unknown", "unknown")):
        made.recovery(number, outcome=outcome, count=number + 1, condition=outcome)
    found = tally(made)
    assert (found.recoveries, found.succeeded, found.failed, found.unknown) == (15, 1, 5, 9)


def test_an_end_settles_what_was_unknown_at_the_start_and_a_verification_what_was_said():
    made = History()
    made.action(0, 60, "succeeded", action_id="one", condition="slow")
    made.action(100, 160, "unknown", action_id="two", condition="stuck")
    assert (tally(made).succeeded, tally(made).unknown) == (1, 1)
    made.recovery(200, phase="verified", outcome="ineffective", action_id="one")
    made.recovery(200, phase="verified", outcome="succeeded", action_id="two")
    found = tally(made)
    assert (found.recoveries, found.succeeded, found.failed, found.unknown) == (2, 1, 1, 0)


def returning(*later, **fields):
    """A success of `one`, the same trouble ten minutes later, and what is told after that."""
    made = History()
    made.recovery(0, action_id="one", count=3, first_at=-60)
    made.recovery(10 * MINUTE, outcome="unknown", **fields)
    for number, outcome in enumerate(later):
        at = 20 * MINUTE + number
        made.recovery(at, phase="verified", outcome=outcome, action_id="one", count=3)
    found = tally(made)
    return found.recoveries, found.succeeded, found.failed, found.unknown


def test_a_success_after_which_the_same_trouble_is_back_is_restated_as_failed():
    assert returning() == (4, 0, 3, 1)
    assert returning(condition="another trouble") == (4, 3, 0, 1)
    assert returning(service="checkout", agent="ada", agent_kind="human") == (3, 0, 3, 0)


def test_what_was_restated_is_not_counted_again_whatever_is_told_of_it_later():
    for later in (["failed"], ["ineffective"], ["succeeded"], ["failed", "succeeded"]):
        assert returning(*later) == (4, 0, 3, 1), later


def test_what_was_restated_is_restated_once_when_its_history_is_told_again():
    made = History()
    for minute in (0, 10, 25):
        made.recovery(minute * MINUTE)
    late = made.events.pop(1)
    flow = flow_of(lateness=30 * 60 * 1_000_000)
    flow.judge(made.events)
    (before,) = flow.services()
    flow.judge([late])
    (after,) = flow.services()
    assert (before.succeeded, before.failed) == (1, 1)
    assert (after.succeeded, after.failed) == (1, 2)


def test_what_people_do_is_counted_apart_and_settles_nothing():
    made = History()
    made.action(0, 60, "succeeded", agent="ada", agent_kind="human")
    found = tally(made)
    assert (found.recoveries, found.human_recoveries) == (0, 1)
    assert (found.succeeded, found.unknown) == (0, 0)


def test_episodes_are_recoveries_closer_together_than_fifteen_minutes():
    made = History()
    for minute in (0, 14, 28, 43, 57.9):
        made.recovery(minute * MINUTE)
    assert tally(made).episodes == 2


def test_what_happens_in_a_drill_is_not_counted():
    drill = {"id": "d", "from": START, "until": START + timedelta(hours=1)}
    made = History()
    made.recovery(60)
    made.recovery(2 * HOUR)
    assert tally(made, catalog=catalog_of(drills=[drill])).recoveries == 1


def test_recoveries_are_handed_out_once_by_the_key_of_their_event():
    made = History()
    made.action(0, 60)
    made.recovery(100, count=4)
    flow = flow_of()
    judged = flow.judge(made.ordered())
    assert [fact.count for fact in judged.counted.values()] == [1, 4]
    assert set(judged.counted) == {made.events[0].key, made.events[2].key}
    assert flow.judge(made.ordered()).counted == {}


def calls_for_one_more_event(history: History, more: History) -> int:
    """Return how many functions are called for the events of `more` after `history`."""
    flow, calls = flow_of(), 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    flow.judge(history.ordered())
    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        flow.judge(more.ordered())
    finally:
        sys.setprofile(previous)
    return calls


def busy(services: int, rounds: int) -> History:
    """Return a scope in which every service and field has something open or pending."""
    made = History()
    for number in range(rounds * services):
        name, at = f"svc-{number % services}", number * 600 / services
        made.recovery(at, name, outcome="unknown")
        made.write(
            at, ("hpa", "gitops")[number // services % 2], number // services % 2, service=name
        )
        made.add(at, type="scale", outcome="failed", service=name, agent="controller")
    return made


@pytest.mark.parametrize(
    ("small", "large"),
    [((10, 8), (200, 8)), ((10, 8), (10, 120))],
    ids=["more services", "a longer history"],
)
def test_the_work_for_one_event_does_not_grow(small, large):
    def work(services: int, rounds: int) -> int:
        before, more = busy(services, rounds), History("m")
        end = rounds * 600 + 1
        for number in range(40):
            name = f"svc-{number % 10}"
            made = more.write if number % 2 else more.recovery
            if number % 2:
                made(end + number, "hpa", number % 4, service=name)
            else:
                made(end + number, name, outcome="unknown")
        return calls_for_one_more_event(before, more)

    assert work(*large) <= 2.5 * work(*small)
