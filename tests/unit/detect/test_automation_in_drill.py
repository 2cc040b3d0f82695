"""`automation_in_drill`: who touched what, in a drill that was to go without automation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from overheal.declared import Declared
from overheal.drills import DeclaredDrill
from overheal.model import Status, Tier
from tests.support.events import START, collect
from tests.support.made import (
    HOUR,
    MINUTE,
    History,
    catalog_of,
    flow_of,
    moment,
    of,
    only,
    seconds,
    told,
)

NAME = "automation_in_drill"


def drilled(hours: float = 2, **changes: Any) -> Any:
    drill = {
        "id": "unplugged",
        "from": START + timedelta(hours=1),
        "until": START + timedelta(hours=1 + hours),
        "no_automation": True,
        "owner": "web",
    }
    services = changes.pop("services_known", {})
    environments = changes.pop("environments", {})
    return catalog_of(drills=[{**drill, **changes}], services=services, environments=environments)


def found(made: History, until: float = 2 * HOUR, catalog: Any = None) -> list[Any]:
    return of(told(made, until=until, catalog=catalog or drilled()), NAME)


def test_an_automated_action_is_a_finding_at_once_and_names_who_and_which_drill():
    made = History()
    made.recovery(HOUR + MINUTE, agent="fixer", agent_kind="ai_agent")
    (one,) = found(made)
    assert (one.tier, one.status) == (Tier.ACTIONABLE, Status.OPEN)
    assert one.service == "checkout"
    assert one.agents == ["fixer"]
    assert "unplugged" in one.summary
    assert "unplugged" in one.reason
    assert one.evidence["drill"] == "unplugged"
    assert one.evidence["by_kind"] == {"ai_agent": 1}
    assert "platform" not in one.summary


def test_it_is_told_although_drills_are_not_and_nothing_else_of_the_drill_is():
    made = History()
    for number in range(12):
        made.recovery(HOUR + number * MINUTE)
    flow = flow_of(catalog=drilled())
    assert [one.detector for one in told(made, flow=flow)] == [NAME]
    assert flow.services()[0].recoveries == 0


def test_the_platform_s_own_agents_are_automation_and_the_finding_says_so():
    made = History()
    made.recovery(HOUR + MINUTE)
    made.recovery(HOUR + 2 * MINUTE, agent="fixer", agent_kind="script")
    (one,) = found(made)
    assert "once the platform's own agents, which are automation too" in one.summary
    assert one.evidence["by_kind"] == {"platform": 1, "script": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"agent": "ada", "agent_kind": "human"},
        {"witness_of": "somebody-elses"},
        {"phase": "proposed"},
        {"phase": "approved"},
        {"phase": "rejected"},
        {"phase": "verified"},
        {"service": ""},
        {"service": "cart"},
    ],
    ids=str,
)
def test_what_is_no_touch(fields):
    made = History()
    made.recovery(HOUR + MINUTE, **fields)
    assert not found(made, catalog=drilled(services=["checkout"]))


def test_an_action_that_began_before_the_drill_is_no_touch_and_its_first_moment_counts():
    made = History()
    made.recovery(HOUR + MINUTE, duration=61.0)
    assert not found(made)
    made.recovery(HOUR + MINUTE, duration=60.0)
    (one,) = found(made)
    assert seconds(one.first_at) == HOUR


def test_the_end_of_the_drill_is_no_part_of_it():
    made = History()
    made.recovery(3 * HOUR)
    assert not found(made, until=4 * HOUR)


def test_an_action_counts_once_and_all_of_a_service_are_one_finding():
    made = History()
    made.action(HOUR + MINUTE, HOUR + 2 * MINUTE)
    made.recovery(HOUR + 3 * MINUTE, type="scale")
    (one,) = found(made)
    assert (one.count, one.member_count) == (2, 2)


def test_services_and_environments_are_found_apart():
    made = History()
    made.recovery(HOUR + MINUTE)
    made.recovery(HOUR + MINUTE, service="cart")
    made.recovery(HOUR + MINUTE, environment="staging")
    assert len(found(made)) == 3


@pytest.mark.parametrize("name", ["id", "action_id"])
def test_what_a_person_caused_is_the_person_s_however_long_the_chain(name):
    made = History()
    first = made.add(HOUR + 1, agent="ada", agent_kind="human", type="deploy")
    second = made.recovery(HOUR + 2, caused_by=(getattr(first, name),))
    made.recovery(HOUR + 3, caused_by=(getattr(second, name),))
    assert not found(made)


def test_what_automation_caused_is_automation_s():
    made = History()
    first = made.add(HOUR + 1, agent="autoscaler", agent_kind="autoscaler", type="scale")
    made.recovery(HOUR + 2, caused_by=(first.id, "unheard-of"))
    assert found(made)[0].count == 2


def test_it_resolves_when_the_drill_is_over():
    made = History()
    made.recovery(HOUR + MINUTE)
    (one,) = found(made, until=5 * HOUR)
    assert one.status is Status.RESOLVED
    assert seconds(one.resolved_at) == 3 * HOUR


def test_a_drill_that_is_ended_early_ends_its_findings_as_of_then():
    known = Declared()
    window = {"since": moment(HOUR), "until": moment(24 * HOUR)}
    drill = DeclaredDrill(id="unplugged", no_automation=True, **window)
    known.add(drill)
    flow, found = flow_of(), {}
    flow.scope.rules.declared.add(drill)
    made = History()
    made.recovery(HOUR + MINUTE)
    made.recovery(4 * HOUR)
    collect(found, flow.judge(made.events[:1]).findings)
    flow.scope.rules.declared.add(
        DeclaredDrill(id="unplugged", ended_at=moment(2 * HOUR), no_automation=True, **window)
    )
    collect(found, flow.advance(moment(2 * HOUR + 6 * MINUTE)))
    collect(found, flow.judge(made.events[1:]).findings)
    one = only(found.values(), NAME)
    assert one.status is Status.RESOLVED
    assert seconds(one.resolved_at) == 2 * HOUR
    assert one.count == 1


def test_more_may_be_borne_where_automation_cannot_be_suspended():
    catalog = drilled(services_known={"checkout": {NAME: {"actions": 3}}})
    made = History()
    for number in range(2):
        made.recovery(HOUR + number * MINUTE)
    assert not found(made, catalog=catalog)
    made.recovery(HOUR + 5 * MINUTE)
    (one,) = found(made, catalog=catalog)
    assert (one.count, one.member_count) == (3, 3)
    assert seconds(one.first_at) == HOUR


def test_a_sandbox_is_judged_and_pages_nobody():
    catalog = drilled(environments={"sandbox": ["staging"]})
    made = History()
    for number in range(20):
        made.recovery(HOUR + number, environment="staging")
    (one,) = found(made, catalog=catalog)
    assert one.tier is Tier.ACTIONABLE


def test_nothing_is_found_in_a_drill_that_allows_automation():
    made = History()
    made.recovery(HOUR + MINUTE)
    assert not found(made, catalog=drilled(no_automation=False))
