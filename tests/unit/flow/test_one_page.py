"""Three hundred services in trouble by one hand are one page, in one process or in many."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import pytest

from overheal.detect.settings import SettingsBook
from overheal.flow import Flow, ScopeFlow
from overheal.model import DAY, Activity, Event, Finding, Status, Target, Tier
from overheal.run.fleet.active import Active
from overheal.run.messages import Frontier, Told, finding_record, read_finding
from overheal.stages.fleet import FleetStage
from overheal.stages.rules import RuleBook, rules_of
from tests.support.events import collect, standing
from tests.support.histories import catalog, restarted
from tests.support.made import MINUTE, History, moment

SERVICES = 300
LATENESS = 600_000_000
END = 3 * 60 * MINUTE


def rules() -> RuleBook:
    return RuleBook(rules_of(catalog(), SettingsBook()))


def night(rounds: int = 4) -> list[Event]:
    """Return a script that restarts everything, again and again, and one service of another."""
    made = History()
    for number in range(rounds * SERVICES):
        name = f"svc-{number % SERVICES:03d}"
        made.recovery(
            number * 1.0,
            name,
            scope=f"team-{number % 30:02d}",
            agent="fixer",
            agent_kind="script",
            target=Target("Deployment", name, "shop"),
            condition="the database is slow",
        )
    for number in range(5):
        made.recovery(1000 + number * 60, "alone", scope="alone", target=None)
    return made.ordered()


def one_page(found: Iterable[Finding], root_tier: Tier = Tier.CRITICAL) -> Finding:
    """Return the root, after checking that all else but one hangs under it."""
    known = list(found)
    alone = [one for one in known if one.service == "alone"]
    tops = [one for one in known if not one.inhibited_by and one.service != "alone"]
    assert [one.detector for one in tops] == ["mass_action"], [one.summary for one in tops]
    (root,) = tops
    assert root.tier is root_tier
    assert all(one.inhibited_by == "" for one in alone)
    under = [one for one in known if one.inhibited_by == root.id]
    assert len({one.service for one in under}) == SERVICES
    return root


def batches(events: Sequence[Event], size: int = 100) -> list[Sequence[Event]]:
    return [events[start : start + size] for start in range(0, len(events), size)]


@pytest.mark.parametrize("lateness", [0, LATENESS])
def test_in_one_process(lateness):
    flow, known = Flow(rules(), lateness), dict[str, Finding]()
    for batch in batches(night()):
        collect(known, flow.judge(batch).findings)
        collect(known, flow.relate(list(known.values())))
        if lateness:
            flow.fleet.thaw(flow.fleet.freeze())
        else:
            restarted(flow)
    collect(known, flow.advance(moment(END)))
    collect(known, flow.relate(list(known.values())))
    root = one_page(standing(known))
    assert root.status is Status.RESOLVED
    assert root.count == SERVICES


def test_recoveries_that_page_each_are_one_page_too():
    flow, known = Flow(rules(), 0), dict[str, Finding]()
    collect(known, flow.judge(night(rounds=11)).findings)
    collect(known, flow.relate(list(known.values())))
    storms = [one for one in known.values() if one.detector == "recovery_frequency"]
    assert sum(one.tier is Tier.CRITICAL for one in storms) == SERVICES
    one_page(standing(known))


def test_over_two_partitions_and_the_fleet_apart():
    parts = [ScopeFlow(rules(), LATENESS, whole=False) for _ in range(2)]
    fleet, known = FleetStage(rules(), LATENESS), dict[str, Finding]()
    for batch in batches(night()):
        activities: list[Activity] = []
        for number, part in enumerate(parts):
            judged = part.judge([one for one in batch if partition(one) == number])
            collect(known, judged.findings)
            activities += judged.activities
        collect(known, fleet.detect(activities))
    for part in parts:
        judged = part.advance(moment(END))
        collect(known, judged.findings)
        collect(known, fleet.detect(judged.activities))
    collect(known, fleet.advance(moment(END)))
    collect(known, fleet.relate(list(known.values())))
    one_page(standing(known))


def test_as_the_acting_member_tells_it_and_after_a_restart():
    parts = [ScopeFlow(rules(), LATENESS, whole=False) for _ in range(2)]
    active, told, relations = Active(rules(), LATENESS, 5.0, 0.0), dict[str, Finding](), {}
    for round_, batch in enumerate(batches(night())):
        for number, part in enumerate(parts):
            judged = part.judge([one for one in batch if partition(one) == number])
            learn(active, told, judged.findings)
            reached = max((one.time for one in batch), default=0)
            frontier = Frontier(number, 2, reached, reached - LATENESS, reached - LATENESS, round_)
            active.take([Told(number, round_, "", judged.activities), frontier], 0.0)
        say(active, told, relations, round_)
        if round_ == 6:
            saved = active.save()
            active = Active(rules(), LATENESS, 5.0, 0.0)
            active.restore(saved, 0.0)
            learn(active, told, [one for one in told.values() if one.stage == "scope"])
    for number, part in enumerate(parts):
        learn(active, told, part.advance(moment(END)).findings)
        active.take([Frontier(number, 2, moment(END), moment(END), moment(END), 99)], 0.0)
    active.advance(0.0)
    say(active, told, relations, 100)
    root = one_page(merged(told, relations))
    assert root.status is Status.RESOLVED
    for number in range(2):
        later = moment(END) + 30 * DAY
        active.take([Frontier(number, 2, later, later, later, 200)], 0.0)
    active.advance(0.0)
    say(active, told, relations, 201)
    one_page(merged(told, relations))
    assert root.id not in active._own
    active._stage.relate([])
    assert active._stage._reaches == {}


def merged(told: dict[str, Finding], relations: dict[str, str]) -> list[Finding]:
    """Return findings as a reader has them: with the relation told last."""
    for key, root in relations.items():
        told[key].inhibited_by = root
    return standing(told)


def learn(active: Active, told: dict[str, Finding], findings: Iterable[Finding]) -> None:
    """Let findings of scopes come over their topic."""
    for finding in findings:
        _, _, headers = finding_record(finding, "")
        bare = read_finding(headers)
        assert bare is not None
        told[bare.id] = bare
        active.learn(bare)


def say(active: Active, told: dict[str, Finding], relations: dict[str, str], now: int) -> None:
    said = active.say(now)
    active.said(said)
    collect(told, said.findings)
    relations.update({one.id: one.inhibited_by for one in said.relations})


def partition(event: Event) -> int:
    return zlib.crc32(event.scope.encode()) % 2
