"""What users feel reaches the findings of the fleet, whenever they feel it."""

from __future__ import annotations

import random

import pytest

from overheal.detect.agent_conflict import FleetAgentConflict
from overheal.detect.mass_action import MassAction
from overheal.model import Finding, Tier
from tests.support.events import collect, standing
from tests.support.histories import LATENESS, arrivals, batches, said
from tests.support.made import HOUR, MINUTE, History, catalog_of, flow_of, moment, told


def fight(made: History, service: str, start: float) -> None:
    for number in range(3):
        at = start + number * 2 * MINUTE
        fields = {"service": service, "scope": service}
        made.write(at, "hpa", 8, 3, **fields)
        made.write(at + 30, "gitops", 3, 8, **fields)


def fights() -> History:
    made = History()
    fight(made, "shop/checkout", 0)
    fight(made, "shop/ledger", 15)
    return made


def tier(made: History, **chosen: object) -> Tier:
    flow = flow_of([FleetAgentConflict], **chosen)
    (finding,) = told(made, flow=flow, until=HOUR)
    return finding.tier


@pytest.mark.parametrize("at", [-14 * MINUTE, 3 * MINUTE, 19 * MINUTE])
def test_a_fight_that_users_feel_before_during_or_after_is_critical(at):
    made = fights()
    assert tier(made) is Tier.ACTIONABLE
    made.felt(at, "shop/ledger", scope="shop/ledger")
    assert tier(made) is Tier.CRITICAL


def test_what_users_feel_of_others_elsewhere_or_later_does_not_count():
    for fields in (
        {"service": "shop/search"},
        {"service": "shop/ledger", "environment": "staging"},
    ):
        made = fights()
        made.felt(3 * MINUTE, scope="x", **fields)
        assert tier(made) is Tier.ACTIONABLE
    made = fights()
    made.felt(20 * MINUTE, "shop/ledger")
    assert tier(made) is Tier.ACTIONABLE


def test_users_feel_it_on_what_depends_on_it_by_the_catalogs_short_names():
    made = fights()
    made.felt(3 * MINUTE, "shop/web", scope="web")
    assert tier(made, catalog=catalog_of(services={"web": {"depends_on": ["x"]}})) is not (
        Tier.CRITICAL
    )
    catalog = catalog_of(
        services={"web": {"depends_on": ["api"]}, "api": {"depends_on": ["ledger"]}}
    )
    assert tier(made, catalog=catalog) is Tier.CRITICAL


def test_a_detector_of_the_fleet_may_ask_when_users_felt_a_service():
    flow = flow_of([MassAction], catalog=catalog_of(services={"web": {"depends_on": ["ledger"]}}))
    made = History()
    made.felt(5, "shop/web")
    made.recovery(8, "shop/web")
    told(made, flow=flow, until=60)
    fleet = flow.fleet
    context = fleet._context(fleet._timeline.state)
    assert context.felt_at("production", "shop/web") == moment(5)
    assert context.felt_at("production", "shop/ledger") == moment(5)
    assert context.felt_at("production", "shop/search") is None
    assert context.felt_at("staging", "shop/web") is None


@pytest.mark.parametrize("seed", range(10))
def test_in_whatever_order_it_arrives_and_whenever_the_stage_is_saved(seed):
    made = fights()
    for number in range(12):
        fields = {"service": f"svc-{number}", "agent": "ada", "agent_kind": "script"}
        fields["type"] = "drain"
        made.recovery(200 + number * 5, scope="all", **fields)
    made.felt(180, "svc-7", scope="all")
    made.felt(500, "shop/ledger", scope="shop/ledger")
    detectors = [FleetAgentConflict, MassAction]
    rng, known = random.Random(seed), dict[str, Finding]()
    flow = flow_of(detectors, lateness=LATENESS)
    for batch in batches(arrivals(made.events, rng), rng):
        collect(known, flow.judge(batch).findings)
        if rng.random() < 0.3:
            saved = flow.fleet.freeze()
            flow.fleet.thaw(saved)
    collect(known, flow.advance(moment(24 * HOUR)))
    collect(known, flow.relate(list(known.values())))
    expected = told(made, flow=flow_of(detectors), until=24 * HOUR)
    assert said(standing(known)) == said(expected)
    assert [one.tier for one in expected] == [Tier.CRITICAL, Tier.CRITICAL]
