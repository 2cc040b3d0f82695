"""A producer whose clock runs ahead ends nothing early for others, and is judged in its time."""

from __future__ import annotations

from overheal.detect.settings import SettingsBook
from overheal.flow import ScopeFlow
from overheal.model import MICROSECOND, Status
from overheal.stages.rules import RuleBook, rules_of
from overheal.state.watermark import LATENESS
from tests.support.events import collect
from tests.support.made import HOUR, MINUTE, History, catalog_of, moment, seconds


def flow() -> ScopeFlow:
    catalog = catalog_of()
    return ScopeFlow(RuleBook(rules_of(catalog, SettingsBook({}, catalog.overrides))), LATENESS)


def storm(count: int = 6) -> History:
    made = History()
    for number in range(count):
        made.recovery(number * MINUTE, outcome="unknown")
    return made


def test_an_event_an_hour_ahead_resolves_nothing():
    judging, known = flow(), {}
    for event in storm().events:
        collect(known, judging.judge([event], [event.time + MICROSECOND]).findings)
    ahead = History("ahead").recovery(3 * HOUR)
    judged = judging.judge([ahead], [moment(6 * MINUTE)])
    collect(known, judged.findings)
    assert [row.event.id for row in judged.rows] == [ahead.id]
    assert [one.status for one in known.values()] == [Status.OPEN]
    assert judging.turns.waiting == judged.rows


def test_it_is_judged_once_its_time_has_come():
    judging, known = flow(), {}
    ahead = History("ahead").recovery(2 * MINUTE + 30, outcome="unknown")
    judged = judging.judge([ahead], [moment(0)])
    assert judged.counted == {}
    for event in storm().events:
        judged = judging.judge([event], [event.time + MICROSECOND])
        collect(known, judged.findings)
        if event.time == moment(2 * MINUTE):
            assert [(one.id, counted.count) for one, counted in judged.recounted] == [(ahead.id, 1)]
    assert judging.turns.waiting == []
    (finding,) = known.values()
    assert ahead.id in finding.members
    assert finding.count == 7


def test_where_nothing_comes_any_more_the_present_brings_it_out():
    judging = flow()
    ahead = History("ahead").recovery(HOUR)
    judging.judge([ahead], [moment(0)])
    assert judging.advance(moment(0), moment(30 * MINUTE)).recounted == []
    judged = judging.advance(moment(0), moment(HOUR))
    assert [one.id for one, _ in judged.recounted] == [ahead.id]


def test_it_makes_nobody_late():
    judging = flow()
    judging.judge([History("ahead").recovery(5 * HOUR)], [moment(0)])
    assert seconds(judging.watermark.at) == -600
    (row,) = judging.judge([History().recovery(-9 * MINUTE)], [moment(1)]).rows
    assert not row.late


def test_without_times_of_receipt_nobody_is_ahead():
    judging = flow()
    judging.judge([History("ahead").recovery(5 * HOUR)])
    assert judging.turns.waiting == []
