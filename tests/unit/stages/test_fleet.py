"""The fleet stage: when a second's activity is told, and what grows afterwards."""

from __future__ import annotations

from overheal.catalog import Catalog
from overheal.model import Finding, Status
from overheal.stages.activity import condense, key_of
from overheal.stages.row import Row
from tests.support.events import collect
from tests.support.made import HOUR, MINUTE, History, flow_of, moment, of, only, told

LATENESS = 600_000_000


def fight(service: str, start: float = 0, rounds: int = 3) -> History:
    made = History(service)
    for number in range(rounds):
        at = start + number * 2 * MINUTE
        made.write(at, "hpa", 8, 3, service=service, scope=service)
        made.write(at + 30, "gitops", 3, 8, service=service, scope=service)
    return made


def stage():
    return flow_of(lateness=LATENESS).fleet


def act(at: float, agent: str = "hpa", value: int = 8):
    made = History(f"{at}{agent}")
    made.write(at, agent, value)
    catalog = Catalog()
    return condense([Row(event, catalog.place(event)) for event in made.events])


def test_a_second_is_told_once_a_later_one_is_there():
    fleet = stage()
    fleet.detect(act(100))
    assert fleet._timeline.logged == 0
    fleet.detect(act(101))
    assert fleet._timeline.logged == 1


def test_what_comes_for_an_earlier_second_does_not_wait():
    fleet = stage()
    for at in (100, 200, 150):
        fleet.detect(act(at))
    assert fleet._timeline.logged == 2


def test_the_last_second_is_told_when_time_passes():
    fleet = stage()
    fleet.detect(act(100))
    fleet.advance(moment(101))
    assert fleet._timeline.logged == 1


def test_a_second_that_grows_after_it_was_told_has_its_history_told_again():
    fleet = stage()
    fleet.detect(act(100))
    fleet.detect(act(200))
    fleet.detect(act(100, value=9))
    activity = fleet._activity((moment(100), key_of(*act(100))[1]))
    assert len(activity.ids) == 1
    assert activity.new in (8, 9)
    assert fleet._timeline.logged == 1


def test_where_seconds_grew_afterwards_the_next_ones_stay_open_for_longer():
    fleet, merged = stage(), []
    merge = fleet._timeline._merge
    fleet._timeline._merge = lambda items, start: (merged.append(start), merge(items, start))
    for at in range(90, 160):
        fleet.detect(act(at))
        if at >= 100:
            fleet.detect(act(at - 5, agent="gitops"))
    assert len(merged) == 5  # the seconds 95 to 99 had been told
    for at in range(1500, 1600):
        fleet.detect(act(at))
    assert fleet._timeline.logged == 70 + 60 + 99


def test_what_the_fleet_says_is_superseding_also_while_it_is_streamed():
    flow, known = flow_of(lateness=LATENESS), dict[str, Finding]()
    events = [*fight("checkout").events, *fight("ledger", 15).events]
    for event in sorted(events, key=lambda event: event.time):
        collect(known, flow.judge([event]).findings)
        collect(known, flow.relate(list(known.values())))
    collect(known, flow.advance(moment(HOUR)))
    collect(known, flow.relate(list(known.values())))
    fights = of(known.values(), "agent_conflict")
    assert sorted((one.stage, one.status) for one in fights) == [
        ("fleet", Status.OPEN),
        ("scope", Status.SUPERSEDED),
        ("scope", Status.SUPERSEDED),
    ]


def test_a_fight_here_and_another_there_a_day_later_are_two_of_the_scopes():
    events = [*fight("checkout").events, *fight("ledger", 24 * HOUR).events]
    assert [one.stage for one in of(told(events), "agent_conflict")] == ["scope", "scope"]


def test_users_who_felt_one_of_the_targets_make_the_fleets_finding_critical():
    events = [*fight("checkout").events, *fight("ledger", 15).events]
    felt = History("felt")
    felt.felt(5 * MINUTE, "ledger", scope="ledger")
    assert only(told(events), "agent_conflict").tier.word == "actionable"
    assert only(told([*events, *felt.events]), "agent_conflict").tier.word == "critical"
