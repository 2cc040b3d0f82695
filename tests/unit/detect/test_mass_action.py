"""One agent on many targets at once: what counts, what is usual, how loud it is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from overheal.detect.mass_action import MassAction
from overheal.model import Event, Finding, Status, Target, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, catalog_of, flow_of, moment, of, told


def acts(
    made: History, many: int, at: float = 0, gap: float = 10.0, first: int = 0, **fields: Any
) -> History:
    """Let one script act on `many` things, each of a service and a scope of its own."""
    for number in range(first, first + many):
        name = f"svc-{number:03d}"
        chosen = {
            "service": name,
            "scope": name,
            "agent": "patcher",
            "agent_kind": "script",
            "trigger": "policy",
            "condition": "it is time",
            "target": Target("Deployment", name, "shop"),
            **fields,
        }
        made.add(at + (number - first) * gap, **chosen)
    return made


def fleet(many: int = 300, scope: str = "") -> History:
    """Return a fleet whose targets were all seen, by a rollout long before."""
    more = {"scope": scope} if scope else {}
    return acts(History("known"), many, -DAY, 1.0, trigger="rollout", agent="argocd", **more)


def found(*histories: History, settings: Any = None, until: float = 10 * MINUTE) -> list[Finding]:
    """Return the mass actions that stand."""
    events = [event for made in histories for event in made.events]
    flow = flow_of([MassAction], settings={"mass_action": settings or {}})
    return of(told(events, flow=flow, until=until), "mass_action")


def one(*histories: History, **chosen: Any) -> Finding:
    (finding,) = found(*histories, **chosen)
    return finding


def test_the_eighth_target_in_ten_minutes_opens_a_finding():
    assert found(fleet(), acts(History(), 7)) == []
    finding = one(fleet(), acts(History(), 8))
    assert finding.detected_at == moment(70)
    assert finding.first_at == moment(0)
    assert finding.tier is Tier.ACTIONABLE
    assert finding.agents == ["patcher"]
    assert finding.count == finding.member_count == 8
    assert finding.summary == (
        "patcher acted on 8 different targets of 8 scopes in 70 s since "
        "2026-03-02 02:00:00 UTC (restart), 3 % of the targets of production; "
        "it never did so before."
    )
    assert finding.evidence["seen_there"] == 300
    assert finding.evidence["services"][0] == "svc-000"


def test_targets_exactly_ten_minutes_apart_do_not_count_together():
    made = acts(History(), 7, gap=0.0)
    assert found(fleet(), acts(made, 1, 10 * MINUTE, first=7)) == []
    made = acts(History(), 7, gap=0.0)
    assert found(fleet(), acts(made, 1, 10 * MINUTE - 1, first=7))


def test_the_same_target_again_does_not_count_again():
    made = History()
    for number in range(20):
        acts(made, 4, number * 20.0, gap=1.0)
    assert found(fleet(), made) == []


def test_the_end_of_an_action_does_not_count_again():
    made = History()
    for number in range(7):
        target = Target("Deployment", f"svc-{number:03d}", "shop")
        fields = {"agent": "patcher", "trigger": "policy", "service": f"svc-{number}"}
        made.action(number * 1.0, HOUR + number, target=target, **fields)
    acts(made, 1, HOUR + 10, first=7)
    assert found(fleet(), made, until=2 * HOUR) == []


@pytest.mark.parametrize("trigger", ["rollout", "demand", "schedule"])
def test_what_a_rollout_demand_or_a_schedule_asks_for_does_not_count(trigger):
    assert found(fleet(), acts(History(), 50, trigger=trigger)) == []


@pytest.mark.parametrize("trigger", ["policy", "failure", "unknown", "manual", "cost"])
def test_every_other_trigger_counts(trigger):
    assert found(fleet(), acts(History(), 8, trigger=trigger, type="drain"))


def test_what_its_producer_disowns_does_not_count():
    disowned = {"recovery": False, "recovery_overridden": True, "trigger": "failure"}
    assert found(fleet(), acts(History(), 50, **disowned)) == []


def test_backups_do_not_count():
    assert found(fleet(), acts(History(), 50, type="backup")) == []


@pytest.mark.parametrize("kind", ["deploy", "scale", "other"])
def test_targets_that_the_action_creates_do_not_count(kind):
    assert found(acts(History(), 50, type=kind)) == []
    assert found(fleet(), acts(History(), 50, type=kind)) != []


def test_what_states_a_value_from_before_creates_nothing():
    written = {"type": "scale", "field": "replicas", "new": 0}
    assert found(acts(History(), 8, **written)) == []
    assert found(acts(History(), 8, **written, old=3)) != []


def test_a_restart_of_what_was_never_seen_counts():
    assert found(acts(History(), 8))


def test_an_agent_may_clear_away_what_it_made():
    made = acts(History(), 20, type="deploy", field="exists", new=True)
    acts(made, 20, HOUR, type="cleanup", field="exists", new=False, old=True)
    assert found(made, until=2 * HOUR) == []
    acts(made, 20, 2 * HOUR, type="cleanup", agent="sweeper", field="exists", new=False, old=True)
    assert found(made, until=3 * HOUR)


def test_what_one_lost_node_moves_is_one_thing():
    moved = {"type": "reschedule", "trigger": "failure"}
    assert found(fleet(), acts(History(), 50, condition="node node-7 is not ready", **moved)) == []
    assert found(fleet(), acts(History(), 50, caused_by=("alert-1",), **moved)) == []
    assert found(fleet(), acts(History(), 50, **moved))


def test_a_cause_in_common_does_not_excuse_restarts():
    assert found(fleet(), acts(History(), 8, caused_by=("alert-1",), trigger="failure"))


def test_what_follows_from_something_done_to_a_node_is_one_thing_with_it():
    made = History()
    drained = made.add(0, type="drain", target=Target("Node", "node-7"), service="", agent="ada")
    acts(made, 50, 5, caused_by=(drained.id,))
    acts(made, 50, 600, first=100, caused_by=(drained.action_id,))
    assert found(fleet(), made, until=2 * HOUR) == []


def test_many_drained_nodes_are_many():
    made = History()
    for number in range(8):
        node = Target("Node", f"node-{number}")
        made.add(
            number, type="drain", trigger="policy", target=node, service="", scope="c", agent="ada"
        )
    finding = one(fleet(), made)
    assert finding.title == "ada"
    assert finding.evidence["service_count"] == 0


def test_conditions_that_name_different_nodes_are_different():
    made = History()
    for number in range(8):
        acts(made, 1, number, first=number, condition=f"host-{number}. gone", trigger="failure")
    assert found(fleet(), made)


def test_the_platforms_reflexes_count_once_for_each_service():
    reflex = {"agent": "kubelet", "agent_kind": "platform", "trigger": "failure"}
    one_service = {**reflex, "service": "checkout", "scope": "shop"}
    assert found(fleet(), acts(History(), 50, **one_service)) == []
    assert found(fleet(), acts(History(), 8, **reflex))
    assert found(fleet(), acts(History(), 50, **{**reflex, "type": "evict"})) == []


def steady(hours: float, each: int = 9, **fields: Any) -> History:
    """Let a kubelet restart something of as many services in every ten minutes."""
    made, reflex = History(), {"agent": "kubelet", "agent_kind": "platform", "trigger": "failure"}
    for window in range(int(hours * 6)):
        first = window * 7 % 250
        acts(made, each, window * 10 * MINUTE, 60.0, first, **{**reflex, **fields})
    return made


def test_what_the_platform_does_all_the_time_is_usual_from_the_first_day():
    assert found(steady(12), until=HOUR) == []
    assert found(steady(12, agent="patcher", agent_kind="script"), until=HOUR)


def test_three_times_what_the_platform_did_earlier_that_day_is_unusual():
    made = acts(steady(6), 10, 6 * HOUR, 3.0, first=260, agent="kubelet", agent_kind="platform",
                trigger="failure")  # fmt: skip
    assert found(made, until=HOUR) == []
    made = acts(steady(6), 30, 6 * HOUR, 3.0, first=260, agent="kubelet", agent_kind="platform",
                trigger="failure")  # fmt: skip
    (finding,) = found(made, until=HOUR)
    assert finding.evidence["habit"] in (9, 10)
    assert finding.detected_at >= moment(6 * HOUR)


def copies(trigger: str, many: int = 20, services: int = 1) -> History:
    made = History()
    for number in range(many):
        pod = Target("Pod", f"ledger-{number}", "shop")
        service = f"ledger-{number % services}"
        fields = {"service": service, "agent": "leak-guard", "agent_kind": "script"}
        made.recovery(number, target=pod, trigger=trigger, **fields)
    return made


def test_copies_of_one_service_that_are_put_back_are_one_thing():
    assert found(fleet(), copies("failure")) == []
    assert found(fleet(), copies("unknown")) == []
    assert one(fleet(), copies("failure", services=8)).count == 8


def test_copies_that_are_removed_for_another_reason_are_many():
    assert one(fleet(), copies("policy")).count == 20


def test_an_agent_in_two_environments_is_two():
    made = acts(History(), 4)
    acts(made, 4, 100, environment="staging")
    assert found(fleet(), made) == []


def test_an_agent_does_what_it_is_used_to():
    used = acts(History("used"), 20, -5 * DAY)
    acts(used, 20, -4 * DAY)
    past = [fleet(), used]
    assert {one.first_at for one in found(*past)} == {moment(-5 * DAY), moment(-4 * DAY)}
    assert len(found(*past, acts(History(), 59, gap=1.0))) == 2
    assert len(found(*past, acts(History(), 60, gap=1.0))) == 3


def worked(*peaks: int) -> History:
    """Return what an agent did on the days before, as many targets each."""
    made = History("used")
    for back, peak in enumerate(peaks, start=1):
        acts(made, peak, -back * DAY)
    return made


def test_where_days_are_alike_twice_the_habit_is_too_much():
    alike = worked(6, 4, 4, 4, 5, 4, 4)
    assert found(fleet(), alike, acts(History(), 11)) == []
    assert one(fleet(), alike, acts(History(), 12)).evidence["habit"] == 6


@pytest.mark.parametrize("peaks", [(6, 6, 6, 6, 6, 6), (6, 3, 3, 3, 3, 3, 3, 3), (6,)])
def test_where_days_differ_or_few_are_known_three_times_is(peaks):
    assert found(fleet(), worked(*peaks), acts(History(), 17)) == []
    assert found(fleet(), worked(*peaks), acts(History(), 18))


def test_what_led_to_a_finding_once_is_no_habit():
    once = acts(History("once"), 20, -5 * DAY)
    assert len(found(fleet(), once, acts(History(), 20))) == 2


def test_a_habit_is_forgotten_after_thirty_days():
    used = History("used")
    for day in (32, 33):
        acts(used, 20, -day * DAY)
    assert len(found(fleet(), used, acts(History(), 8))) == 3


def test_what_began_before_midnight_is_no_habit():
    evening = 22 * HOUR - 30  # START is at two in the morning
    made = acts(History(), 8, evening)
    assert one(fleet(), made, until=23 * HOUR).detected_at == moment(evening + 70)


def test_in_a_large_fleet_eight_are_not_many():
    assert found(fleet(2000), acts(History(), 9)) == []
    assert found(fleet(2000), acts(History(), 10)) != []


def test_but_where_they_are_a_fifth_of_a_scope_they_are():
    small = acts(History("s"), 40, -HOUR, 1.0, trigger="rollout", agent="argocd", scope="shop")
    rest = acts(History("r"), 2000, -DAY, 1.0, first=100, trigger="rollout", agent="argocd")
    finding = one(rest, small, acts(History(), 8, scope="shop"))
    assert finding.tier is Tier.CRITICAL
    assert finding.reason == "it touched 8 of the 40 targets of shop"


def test_a_scope_with_fewer_than_ten_targets_has_no_share():
    assert one(fleet(9, "shop"), acts(History(), 8, scope="shop")).tier is Tier.ACTIONABLE
    assert one(fleet(10, "shop"), acts(History(), 8, scope="shop")).tier is Tier.CRITICAL


def test_a_fifth_of_an_environment_with_a_hundred_targets_is_critical():
    finding = one(fleet(100), acts(History(), 20))
    assert finding.reason == "it touched 20 of the 100 targets of production"
    assert one(fleet(100), acts(History(), 19)).tier is Tier.ACTIONABLE
    assert one(fleet(99), acts(History(), 50)).tier is Tier.ACTIONABLE


def felt(at: float, service: str) -> History:
    made = History("felt")
    made.felt(at, service, scope=service)
    return made


@pytest.mark.parametrize("at", [-14 * MINUTE, 35, 14 * MINUTE])
def test_users_who_feel_what_it_touched_make_it_critical(at):
    until = 20 * MINUTE
    finding = one(fleet(), acts(History(), 10), felt(at, "svc-003"), until=until)
    assert finding.tier is Tier.CRITICAL
    assert finding.reason.endswith("and users feel it")


def test_what_users_feel_elsewhere_or_much_later_does_not():
    for unfelt in (felt(60, "svc-200"), felt(17 * MINUTE, "svc-003")):
        finding = one(fleet(), acts(History(), 10), unfelt, until=20 * MINUTE)
        assert finding.tier is Tier.ACTIONABLE


def test_users_feel_it_through_what_depends_on_it():
    catalog = catalog_of(services={"web": {"depends_on": ["svc-003"]}})
    events = [*fleet().events, *acts(History(), 10).events, *felt(200, "web").events]
    (finding,) = told(events, flow=flow_of([MassAction], catalog=catalog))
    assert finding.tier is Tier.CRITICAL


def test_in_a_sandbox_nobody_is_paged():
    staging = {"environment": "staging"}
    events = acts(acts(History(), 300, -DAY, 1.0, trigger="rollout", **staging), 100, **staging)
    catalog = catalog_of(environments={"sandbox": ["staging"]})
    (finding,) = told(events, flow=flow_of([MassAction], catalog=catalog))
    assert finding.tier is Tier.ACTIONABLE


def test_it_is_over_when_there_were_not_as_many_for_half_an_hour():
    made = acts(History(), 8)
    acts(made, 4, 25 * MINUTE, first=8)
    assert one(fleet(), made, until=31 * MINUTE).status is Status.OPEN
    finding = one(fleet(), made, until=32 * MINUTE)
    assert finding.status is Status.RESOLVED
    assert finding.resolved_at == moment(70 + 30 * MINUTE)
    assert finding.count == 12


def test_after_that_the_same_again_is_another():
    made = acts(acts(History(), 8), 8, 2 * HOUR)
    assert len(found(fleet(), made, until=5 * HOUR)) == 2


def test_who_goes_on_goes_on_in_the_same_finding():
    made = acts(History(), 200, gap=20.0)
    finding = one(fleet(), made, until=2 * HOUR)
    assert finding.count == 200
    assert finding.evidence["most_in_window"] == 30
    assert len(finding.evidence["target_names"]) == 50


def drained(
    many: int = 20,
    *,
    named: bool = True,
    nodes: int = 300,
    environment: str = "production",
    after: float = 1.0,
) -> list[Event]:
    """Return a history in which a script drains nodes, and the scheduler moves what was there."""
    made = History()
    for number in range(nodes):
        made.add(-DAY + number, **node(number), agent="inventory", trigger="rollout")
    for number in range(many):
        drain = made.add(number * 2.0, **node(number), agent="patcher", trigger="policy")
        made.add(
            number * 2.0 + after,
            service=f"svc-{number}",
            scope=f"svc-{number}",
            agent="scheduler",
            type="reschedule",
            target=Target("Pod", f"pod-{number}"),
            caused_by=(drain.action_id,) if named else (),
            environment=environment,
        )
    return made.ordered()


def node(number: int) -> dict[str, Any]:
    name = f"node-{number:03d}"
    return {
        "service": "",
        "scope": "site",
        "agent_kind": "script",
        "type": "drain",
        "condition": "it is due",
        "target": Target("Node", name),
    }


def roots_of(events: list[Event]) -> dict[str, str]:
    """Return who acted → who explains it, for the mass actions that stand."""
    known = of(told(events, flow=flow_of([MassAction])), "mass_action")
    agents = {one.id: one.agents[0] for one in known}
    return {one.agents[0]: agents.get(one.inhibited_by, "") for one in known}


def test_a_mass_action_explains_the_one_that_its_actions_led_to():
    assert roots_of(drained()) == {"patcher": "", "scheduler": "patcher"}


@pytest.mark.parametrize("after", [0.0, 0.4, -1.0])
def test_what_follows_at_once_or_by_clocks_that_differ_is_led_by_it_too(after):
    events = [
        structs.replace(one, scope=f"a-{one.service}") if one.agent == "scheduler" else one
        for one in drained(after=after)
    ]
    assert roots_of(events) == {"patcher": "", "scheduler": "patcher"}


def test_what_names_another_cause_or_none_is_its_own():
    found = roots_of(drained(named=False))
    assert found.get("scheduler", "") == ""
    assert roots_of(drained(environment="staging"))["patcher"] == ""


def test_what_its_actions_led_to_before_it_was_too_much_belongs_to_it():
    flow = flow_of([MassAction])
    (finding,) = [one for one in told(drained(8), flow=flow) if one.agents == ["patcher"]]
    reach = flow.fleet._reaches[finding.id]
    assert sorted(service for _, service in reach) == [f"svc-{number}" for number in range(8)]


def test_a_chain_counts_as_its_first_agent():
    """The proxy answers the scheduler, who answers the script: the script explains both."""
    events, made = drained(), History("proxy")
    for event in events:
        if event.agent == "scheduler":
            made.add(
                (event.time - moment(0)) / 1e6 + 1,
                service=f"edge-{event.service}",
                scope=f"edge-{event.service}",
                agent="proxy",
                agent_kind="script",
                type="traffic_shift",
                trigger="failure",
                condition="gone",
                target=Target("Route", event.service),
                caused_by=(event.id,),
            )
    found = roots_of(sorted([*events, *made.events], key=lambda event: event.time))
    assert found == {"patcher": "", "scheduler": "patcher", "proxy": "patcher"}


def test_users_who_feel_what_its_actions_led_to_feel_it():
    made = History("felt")
    made.felt(30.0, "svc-3", scope="svc-3")
    found = of(told([*drained(10), *made.events], flow=flow_of([MassAction])), "mass_action")
    assert {one.agents[0]: one.tier for one in found}["patcher"] is Tier.CRITICAL


def test_what_its_actions_led_to_without_a_finding_is_forgotten():
    flow = flow_of([MassAction])
    told(drained(5), flow=flow, until=2 * DAY)
    (state,) = [one for one in flow.fleet._timeline.state.states if hasattr(one, "agents")]
    assert all(agent.led.reach == {} for agent in state.agents.values())
