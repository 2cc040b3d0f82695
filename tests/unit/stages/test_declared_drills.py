"""A drill that was declared by command is judged as one of the catalog's file."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from overheal.catalog import Catalog
from overheal.declared import Declared
from overheal.detect.settings import SettingsBook
from overheal.drills import DeclaredDrill
from overheal.flow import Flow
from overheal.model import Event
from overheal.stages.rules import RuleBook, rules_of
from tests.support import histories
from tests.support.histories import history, said, streamed
from tests.support.made import DAY, HOUR, History, catalog_of, moment, told

SERVICES: dict[str, Any] = {"checkout": {"scope": "shop"}, "ledger": {"scope": "shop"}}


def flow(catalog: Catalog, *drills: DeclaredDrill, lateness: int = 0) -> Flow:
    declared = Declared()
    for drill in drills:
        declared.add(drill)
    rules = rules_of(catalog, SettingsBook({}, catalog.overrides))
    return Flow(RuleBook(rules, declared), lateness)


@pytest.mark.parametrize("seed", range(12))
def test_it_leaves_the_same_findings_and_counts_in_any_order(seed):
    rng = random.Random(seed)
    drill = DeclaredDrill(
        id="d",
        since=moment(rng.uniform(0, HOUR)),
        until=moment(rng.uniform(2 * HOUR, 9 * HOUR)),
        services=rng.choice([(), ("ledger",)]),
        scopes=rng.choice([(), ("shop",)]),
        no_automation=rng.random() < 0.5,
    )
    written = {
        "id": "d",
        "from": _when(drill.since),
        "until": _when(drill.until),
        "no_automation": drill.no_automation,
    }
    if not drill.everything:
        written |= {"services": list(drill.services), "scopes": list(drill.scopes)}
    events: list[Event] = history(seed, 150)
    by_file = flow(catalog_of(services=SERVICES, drills=[written]))
    by_command = flow(catalog_of(services=SERVICES), drill)
    expected = said(told(events, flow=by_file, until=30 * DAY))
    assert said(told(events, flow=by_command, until=30 * DAY)) == expected
    assert by_command.services() == by_file.services()
    arriving = flow(catalog_of(services=SERVICES), drill, lateness=histories.LATENESS)
    assert said(streamed(events, arriving, seed, 30 * DAY)) == expected


def test_one_that_was_ended_ends_there_and_the_catalog_s_come_first():
    drill = DeclaredDrill(
        id="d", since=moment(0), until=moment(DAY), ended_at=moment(HOUR), services=("checkout",)
    )
    written = {"id": "file", "from": _when(moment(0)), "until": _when(moment(HOUR / 2))}
    made = History()
    for hour in (0.25, 0.75, 1.0):
        made.recovery(hour * HOUR)
    rows = flow(catalog_of(drills=[written]), drill).judge(made.events).rows
    assert [row.drill for row in rows] == ["file", "d", ""]


def test_of_two_at_once_the_first_to_begin_counts_whatever_was_declared_first():
    late, early = (
        DeclaredDrill(id=name, since=moment(start), until=moment(3 * DAY))
        for name, start in (("late", 2 * HOUR), ("early", HOUR))
    )
    for drills in ([late, early], [early, late]):
        declared = Declared()
        for drill in drills:
            declared.add(drill)
        found = [declared.drill_at("a", "b", moment(hour * HOUR)) for hour in (0.5, 1, 2, 48, 72)]
        assert found == ["", "early", "early", "early", ""]


def test_a_thousand_drills_of_the_past_cost_an_event_nothing():
    declared = Declared()
    for number in range(1000):
        start = moment(-number * DAY)
        declared.add(DeclaredDrill(id=f"d{number}", since=start, until=start + 1))
    assert declared.drill_at("a", "b", moment(0)) == "d0"
    assert declared.drill_at("a", "b", moment(2 * DAY)) == ""
    assert max(map(len, declared._of_day.values())) <= 2


def _when(at: int) -> Any:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
