"""`compound_hazard`: what design and documentation say, one sentence a test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from overheal.detect.compound_hazard import CompoundHazard
from overheal.detect.compound_hazard.chains import LINKS_KEPT
from overheal.detect.settings import SettingsBook
from overheal.errors import ConfigError
from overheal.model import Status, Target, Tier
from tests.support.events import START
from tests.support.made import HOUR, History, catalog_of, flow_of, moment, only, told

NAME = "compound_hazard"
SHOP = {
    "services": {
        "checkout": {"depends_on": ["orders-db"], "scope": "shop"},
        "edge": {"depends_on": ["checkout"], "scope": "shop"},
        "orders-db": {"scope": "shop"},
        "blog": {"depends_on": ["blog-db"], "scope": "shop"},
    }
}
WHO = {
    "perf": ("scale", "latency", "checkout"),
    "thrift": ("cleanup", "cost", "orders-db"),
    "router": ("traffic_shift", "reliability", "edge"),
    "gitops": ("config_change", "", "checkout"),
}


def act(made: History, at: float, agent: str, **fields: Any):
    """Add one finished action of an agent, on its own target."""
    kind, mandate, service = WHO.get(agent, ("scale", "", "checkout"))
    service = fields.pop("service", service)
    given = {
        "agent": agent,
        "mandate": mandate,
        "type": kind,
        "service": service,
        "trigger": "policy",
        "agent_kind": "ai_agent",
        "target": Target("Thing", f"{agent}-{service}", "shop"),
        **fields,
    }
    return made.add(at, **given)


def night(*agents: str, gap: float = 40.0, **fields: Any) -> History:
    made = History()
    for number, agent in enumerate(agents or ("perf", "thrift", "router")):
        act(made, number * gap, agent, **fields)
    return made


def found(made: History, catalog: dict[str, Any] | None = None, **chosen: Any):
    known = catalog_of(**(SHOP if catalog is None else catalog))
    settings = chosen.pop("settings", None)
    flow = flow_of([CompoundHazard], catalog=known, settings=settings)
    return told(made, flow=flow, **chosen)


def test_the_third_mandate_within_two_minutes_on_one_dependency_is_critical_at_once():
    one = only(found(night()), NAME)
    assert (one.tier, one.count) == (Tier.CRITICAL, 3)
    assert one.detected_at == moment(80)
    assert one.members == ["e000000", "e000001", "e000002"]
    assert one.service == "orders-db"


def test_two_mandates_are_not_enough():
    assert found(night("perf", "thrift", "perf", "thrift")) == []


def test_it_names_agents_mandates_deeds_and_what_they_share():
    one = only(found(night()), NAME)
    assert one.agents == ["perf", "thrift", "router"]
    assert one.evidence["mandates"] == {
        "perf": "latency",
        "thrift": "cost",
        "router": "reliability",
    }
    assert one.evidence["shared"] == "orders-db"
    assert one.evidence["within_seconds"] == 80
    for words in ("perf (latency: scale of Thing shop/perf-checkout)", "orders-db", "thrift (cost"):
        assert words in one.summary


@pytest.mark.parametrize(("gap", "fires"), [(60.0, True), (60.001, False)])
def test_the_window_includes_its_limit(gap, fires):
    assert bool(found(night(gap=gap))) is fires


def test_the_start_of_the_third_action_opens_it_and_its_end_counts_no_second_time():
    made = night("perf", "thrift")
    act(made, 100, "router", phase="started", action_id="shift")
    act(made, 400, "router", action_id="shift", duration=300.0)
    one = only(found(made), NAME)
    assert one.detected_at == moment(100)
    assert one.member_count == 3


def test_an_end_long_after_its_start_is_not_a_new_action():
    made = History()
    act(made, 0, "router", phase="started", action_id="shift")
    act(made, HOUR, "router", action_id="shift", duration=HOUR)
    act(made, HOUR + 1, "perf")
    act(made, HOUR + 2, "thrift")
    assert found(made) == []


def test_what_is_reported_as_failed_changed_nothing():
    made = night("perf", "thrift")
    act(made, 100, "router", outcome="failed")
    assert found(made) == []


@pytest.mark.parametrize("phase", ["finished", "verified"])
def test_what_turns_out_to_have_failed_does_not_count_for_a_later_one(phase):
    made = night("perf")
    act(made, 20, "thrift", phase="started", action_id="shed")
    act(made, 30, "thrift", phase=phase, outcome="failed", action_id="shed")
    act(made, 40, "router")
    assert found(made) == []


def test_outcomes_that_are_not_known_to_have_failed_count():
    assert found(night(outcome="unknown"))
    assert found(night(outcome="partial"))


@pytest.mark.parametrize("phase", ["proposed", "approved", "rejected"])
def test_proposals_and_rejections_do_not_count(phase):
    made = night("perf", "thrift")
    act(made, 100, "router", phase=phase, outcome="")
    assert found(made) == []


def test_observations_do_not_count():
    made = night("perf", "thrift")
    made.observe(100, "bad", service="edge", scope="shop", agent="router", mandate="reliability")
    assert found(made) == []


def test_actions_in_a_drill_do_not_count():
    drill = {
        "id": "game-day",
        "services": ["edge"],
        "from": START,
        "until": START + timedelta(hours=1),
    }
    assert found(night(), {**SHOP, "drills": [drill]}) == []


def test_agents_whose_mandate_nobody_stated_do_not_count():
    made = night("perf", "thrift")
    act(made, 100, "mystery", service="edge")
    assert found(made) == []


def test_well_known_controllers_have_a_mandate():
    made = night("perf", "thrift")
    act(made, 100, "gitops")
    assert only(found(made), NAME).evidence["mandates"]["gitops"] == "conformity"


def test_the_same_mandate_counts_once_however_it_is_spelled():
    made = night("perf", "thrift")
    act(made, 100, "other", mandate=" Latency", service="edge")
    assert found(made) == []


def test_an_agent_counts_once_whatever_it_says_its_mandate_is():
    made = night("perf", "thrift")
    act(made, 90, "perf", mandate="reliability", service="edge")
    assert found(made) == []


@pytest.mark.parametrize(("mandate", "fires"), [("", False), ("safety", True)])
def test_a_person_counts_only_with_a_mandate_that_was_stated(mandate, fires):
    made = night("perf", "thrift")
    act(made, 100, "gitops", agent_kind="human", mandate=mandate)
    assert bool(found(made)) is fires


def test_a_release_and_what_it_sets_off_count_for_nobody():
    made = night("perf", "thrift")
    merged = act(made, 100, "router", type="deploy", trigger="rollout")
    assert found(made) == []
    act(made, 110, "router", caused_by=(merged.id,))
    assert found(made) == []
    act(made, 115, "router")
    assert only(found(made), NAME).detected_at == moment(115)


def test_a_release_that_an_agent_set_off_counts_as_that_agent():
    made = night("perf", "thrift")
    cause = act(made, 100, "router", service="blog")
    assert found(made) == []
    act(made, 110, "ci", type="deploy", trigger="rollout", caused_by=(cause.id,))
    assert only(found(made), NAME).detected_at == moment(110)


def test_services_that_share_nothing_are_no_hazard():
    made = night("perf", "thrift")
    act(made, 100, "router", service="blog")
    assert found(made) == []


def test_a_third_service_that_all_need_is_shared():
    made = night("perf", gap=10)
    act(made, 10, "thrift", service="edge")
    act(made, 20, "router", service="edge")
    assert only(found(made), NAME).evidence["shared"] in {"checkout", "orders-db"}


def test_full_names_are_found_under_the_short_names_of_the_catalog():
    made = History()
    for number, agent in enumerate(("perf", "thrift", "router")):
        act(made, number, agent, service=f"prod/shop/{WHO[agent][2]}")
    one = only(found(made), NAME)
    assert (one.tier, one.service) == (Tier.CRITICAL, "prod/shop/orders-db")


def test_a_dependency_without_an_entry_of_its_own_is_known_by_its_name():
    services = {"checkout": {"depends_on": ["db"], "scope": "shop"}}
    made = night("perf")
    act(made, 10, "thrift", service="shop/db")
    act(made, 20, "router", service="shop/db")
    assert only(found(made, {"services": services}), NAME).tier is Tier.CRITICAL


def test_one_target_is_shared_whatever_the_catalog_knows():
    one = only(found(night(service="x", target=Target("Pool", "web")), {}), NAME)
    assert (one.tier, one.evidence["shared"], one.title) == (Tier.CRITICAL, "Pool web", "Pool web")
    assert one.evidence["shared_by"] == "target"


def test_services_that_the_catalog_does_not_know_are_at_most_actionable():
    made = night()
    made.felt(85, "edge")
    one = only(found(made, {}), NAME)
    assert (one.tier, one.service, one.evidence["shared_by"]) == (Tier.ACTIONABLE, "", "unknown")
    assert "the catalog does not know" in one.summary


def test_one_unknown_service_beside_two_that_share_something_is_actionable():
    made = night("perf", "thrift")
    act(made, 100, "router", service="cdn")
    assert only(found(made), NAME).tier is Tier.ACTIONABLE


@pytest.mark.parametrize("order", [("perf", "blogger", "x"), ("x", "perf", "blogger")])
def test_one_unknown_service_beside_two_that_share_nothing_is_silent(order):
    made = History()
    services = {"perf": "checkout", "blogger": "blog", "x": "cdn"}
    for number, agent in enumerate(order):
        act(made, number, agent, service=services[agent], mandate=agent)
    assert found(made) == []


def test_scopes_and_environments_are_apart():
    made = night("perf", "thrift")
    act(made, 100, "router", environment="staging")
    assert found(made) == []
    made = night("perf", "thrift", service="x", target=Target("Pool", "web"))
    act(made, 100, "router", service="y", scope="elsewhere", target=Target("Pool", "web"))
    assert found(made, {}) == []


def chain(*causes: tuple[str, ...], middle: str = "deployment-controller") -> History:
    """An autoscaler, a deployment controller and a node autoscaler; `causes` of the last two."""
    made = History()
    act(made, 0, "perf", id="first", action_id="a-first")
    act(made, 10, "thrift", service="edge")
    act(made, 20, middle, id="second", action_id="a-second", caused_by=causes[0])
    act(made, 30, "karpenter-2", id="third", mandate="packing", caused_by=causes[1])
    return made


def test_a_causal_chain_counts_as_its_first_agent():
    assert found(chain((), ()))
    assert found(chain(("a-first",), ("a-second",))) == []
    assert found(chain(("first",), ("second",))) == []


def test_what_somebody_without_a_mandate_set_off_does_not_count():
    assert found(chain((), ("a-second",), middle="ada")) == []


def test_what_an_alert_set_off_counts_by_itself():
    made = History()
    alert = made.observe(0, "high", type="alert", service="checkout", scope="shop")
    for number, agent in enumerate(("perf", "thrift", "router")):
        act(made, number + 1, agent, caused_by=(alert.id,))
    assert found(made)


def test_an_observation_hands_on_what_caused_it():
    made = night("perf", "thrift")
    pending = made.observe(45, "pending", service="checkout", scope="shop", caused_by=("e000000",))
    act(made, 50, "router", caused_by=(pending.id,))
    assert found(made) == []


@pytest.mark.parametrize("early", [True, False])
def test_a_chain_goes_on_through_a_witness(early):
    made = night("perf", "thrift")
    at = -1 if early else 45
    act(made, at, "seer", witness_of="a-e000000", id="seen", action_id="a-seen")
    act(made, 50, "router", caused_by=("seen",))
    assert found(made) == []


def test_a_witness_does_not_act():
    made = night("perf", "thrift")
    act(made, 100, "router", witness_of="somebody-elses")
    assert found(made) == []


def test_a_chain_that_began_before_the_window_counts_as_its_first_agent_when_it_acts():
    made = History()
    act(made, 0, "perf", id="first")
    act(made, 200, "carrier", service="edge", caused_by=("first",))
    act(made, 210, "thrift")
    act(made, 220, "gitops")
    one = only(found(made), NAME)
    assert set(one.agents) == {"perf", "thrift", "gitops"}
    assert one.evidence["agents"][0]["through"] == ["carrier"]


def test_an_action_that_names_its_cause_only_at_its_end_counts_no_longer():
    made = History()
    act(made, 0, "perf", id="first")
    act(made, 10, "thrift", phase="started", action_id="late", service="edge")
    act(made, 20, "thrift", action_id="late", service="edge", caused_by=("first",))
    act(made, 30, "router")
    assert found(made) == []


def test_the_end_of_a_link_of_a_chain_takes_nothing_back():
    made = History()
    act(made, 0, "perf", id="first")
    act(made, 130, "carrier", phase="started", action_id="c", caused_by=("first",))
    act(made, 140, "carrier", action_id="c", caused_by=("first",))
    act(made, 150, "thrift")
    act(made, 160, "router")
    assert found(made)


def test_an_action_that_names_itself_as_its_cause_is_its_own():
    made = night("perf", "thrift")
    act(made, 100, "router", id="self", action_id="a-self", caused_by=("self", "a-self"))
    assert found(made)


def test_writing_what_stands_is_agreement():
    made = History()
    target = Target("Deployment", "checkout", "shop")
    for number, agent in enumerate(("perf", "thrift", "router")):
        act(made, number, agent, service="checkout", target=target, field="replicas", new=5)
    assert found(made) == []
    made = night("perf", "thrift")
    act(made, 100, "router", target=target, field="weight", new=5, old=5)
    assert found(made) == []


def test_more_agents_join_the_one_finding():
    made = night()
    act(made, 100, "gitops")
    act(made, 110, "saver", mandate="thrift", service="edge")
    one = only(found(made), NAME)
    assert (one.count, one.member_count) == (5, 5)
    assert one.evidence["within_seconds"] == 110


def test_what_overlaps_with_an_open_finding_joins_it_even_where_it_shares_another_thing():
    catalog = {
        "services": {
            "a": {"depends_on": ["one"], "scope": "shop"},
            "b": {"depends_on": ["one", "two"], "scope": "shop"},
            "c": {"depends_on": ["two"], "scope": "shop"},
        }
    }
    made = History()
    for number, (agent, service) in enumerate(
        [("p", "a"), ("q", "b"), ("r", "b"), ("s", "c"), ("t", "c")]
    ):
        act(made, number * 10, agent, service=service, mandate=agent)
    assert only(found(made, catalog), NAME).count == 5


def test_what_was_actionable_becomes_critical_once_more_is_known():
    made = night("perf", "thrift")
    act(made, 50, "router", service="cdn")
    act(made, 60, "gitops", service="edge")
    one = only(found(made), NAME)
    assert [change.tier for change in one.tier_history] == [Tier.ACTIONABLE, Tier.CRITICAL]


def test_it_resolves_after_half_an_hour_without_a_meeting():
    made = night()
    one = only(found(made, until=80 + 1800), NAME)
    assert (one.status, one.resolved_at) == (Status.RESOLVED, moment(80 + 1800))
    assert only(found(made, until=80 + 1799), NAME).status is Status.OPEN


def test_one_agent_that_goes_on_alone_does_not_keep_it_open():
    made = night()
    for minute in range(4, 60):
        act(made, minute * 60, "perf")
    one = only(found(made, until=2 * HOUR), NAME)
    assert (one.resolved_at, one.member_count) == (moment(80 + 1800), 3)


def test_a_new_meeting_after_that_is_a_new_finding():
    made = night()
    for number, agent in enumerate(("perf", "thrift", "router")):
        act(made, 80 + 1800 + number, agent)
    assert len(found(made)) == 2


def test_settings_hold():
    settings = {NAME: {"agents": 2, "window_seconds": 600.0, "quiet_minutes": 1.0}}
    made = night("perf", "thrift", gap=600)
    one = only(found(made, settings=settings, until=660), NAME)
    assert (one.count, one.resolved_at) == (2, moment(660))


def test_one_agent_alone_cannot_be_a_meeting():
    with pytest.raises(ConfigError, match="1 alone meets nobody; write 2 or more"):
        SettingsBook({NAME: {"agents": 1}}, strict=True).lookup(CompoundHazard)
    SettingsBook({NAME: {"agents": 2}}, strict=True).lookup(CompoundHazard)


def test_a_sandbox_pages_nobody():
    catalog = {**SHOP, "environments": {"sandbox": ["staging"]}}
    assert only(found(night(environment="staging"), catalog), NAME).tier is Tier.ACTIONABLE


def test_what_was_remembered_of_causes_is_bounded():
    flow = flow_of([CompoundHazard])
    made = History()
    for number in range(3 * LINKS_KEPT):
        act(made, number / 100, "mystery")
    told(made, flow=flow)
    (timeline,) = flow.scope.scopes._scopes.values()
    links = timeline.state.states[0].chains.links
    assert LINKS_KEPT <= len(links) <= LINKS_KEPT * 4 // 3 + 2
