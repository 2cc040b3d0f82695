"""`cascade`: what design and documentation say, one sentence a test."""

from __future__ import annotations

import pytest

from overheal.detect.cascade import Cascade
from overheal.model import MICROSECOND, Status, Tier
from overheal.state.edges import Edges
from tests.support.made import HOUR, MINUTE, History, catalog_of, flow_of, moment, of, only, told

NAME = "cascade"
LINE = {"b": {"depends_on": ["a"]}, "c": {"depends_on": ["b"]}, "d": {"depends_on": ["c"]}}


def chain(names: str = "abc", gap: float = 60.0, made: History | None = None, **fields) -> History:
    """Return restarts of services, each declared to be caused by the one before."""
    made, cause = made or History(), ()
    for number, name in enumerate(names):
        event = made.recovery(number * gap, name, scope=name, caused_by=cause, **fields)
        cause = (event.id,)
    return made


def row(names: str = "abc", gap: float = 60.0, **fields) -> History:
    """Return restarts of services, one after the other, that declare nothing."""
    made = History()
    for number, name in enumerate(names):
        made.recovery(number * gap, name, scope=name, **fields)
    return made


def found(history: History, **chosen):
    return of(told(history, **chosen), NAME)


def test_a_declared_chain_over_three_services_is_actionable_and_names_its_root():
    assert found(chain("ab")) == []
    one = only(told(chain("abc")), NAME)
    assert (one.tier, one.count, one.first_at) == (Tier.ACTIONABLE, 3, moment(0))
    assert one.evidence["root"]["service"] == "a"
    assert one.evidence["root"]["agent"] == "kubelet"
    assert "a → b → c" in one.summary
    assert one.members == ["e000000", "e000001", "e000002"]


def test_five_services_deep_is_critical():
    assert only(told(chain("abcd")), NAME).tier is Tier.ACTIONABLE
    assert only(told(chain("abcde")), NAME).tier is Tier.CRITICAL


@pytest.mark.parametrize("felt_at", [-MINUTE, 3 * MINUTE])
def test_users_who_feel_one_of_its_services_make_it_critical(felt_at):
    made = chain("abc")
    made.felt(felt_at, "b", scope="b")
    one = only(told(made), NAME)
    assert one.tier is Tier.CRITICAL
    assert "Users feel b" in one.summary


def test_users_who_feel_something_else_do_not():
    made = chain("abc")
    made.felt(3 * MINUTE, "z", scope="z")
    assert only(told(made), NAME).tier is Tier.ACTIONABLE


def test_users_who_feel_what_needs_it_make_it_critical():
    made = chain("abc")
    made.felt(3 * MINUTE, "z", scope="z")
    catalog = catalog_of(services={"z": {"depends_on": ["b"]}})
    assert only(told(made, catalog=catalog), NAME).tier is Tier.CRITICAL


def test_named_is_what_users_feel_itself_before_what_that_needs():
    made = chain("abc")
    made.felt(3 * MINUTE, "c", scope="c")
    catalog = catalog_of(services={"c": {"depends_on": ["a", "b"]}})
    assert "Users feel c" in only(told(made, catalog=catalog), NAME).summary


def test_a_cause_may_be_named_by_its_action_too_and_hours_later():
    made, cause = History(), ()
    for number, name in enumerate("abc"):
        event = made.recovery(number * 1.5 * HOUR, name, caused_by=cause)
        cause = (event.action_id,)
    assert len(found(made)) == 1


def test_a_chain_within_one_service_is_none():
    made, cause = History(), ()
    for number, agent in enumerate(("hpa", "controller", "node-autoscaler", "scheduler")):
        event = made.add(number * 10, agent=agent, caused_by=cause, trigger="demand", type="scale")
        cause = (event.id,)
    assert found(made) == []


def test_one_agents_rollout_over_services_is_none():
    assert found(chain("abcde", trigger="rollout", type="deploy", agent="gitops")) == []


def test_several_agents_that_act_by_schedule_are_none():
    made, cause = History(), ()
    for number, name in enumerate("abcd"):
        fields = {"trigger": "schedule", "type": "backup", "agent": f"cron-{name}"}
        cause = (made.add(number * 60, service=name, caused_by=cause, **fields).id,)
    assert found(made) == []


def test_agents_that_react_to_one_another_are_a_chain_though_nothing_failed():
    made, cause = History(), ()
    for number, name in enumerate("abc"):
        fields = {"trigger": "cost", "type": "scale", "agent": f"ai-{name}"}
        cause = (made.add(number * 60, service=name, caused_by=cause, **fields).id,)
    assert len(found(made)) == 1


def test_a_drain_that_reschedules_pods_everywhere_is_none():
    made = History()
    drain = made.add(0, service="", scope="cluster", agent="ops", type="drain", trigger="policy")
    for number, name in enumerate("abcdef"):
        fields = {"type": "reschedule", "agent": "controller", "caused_by": (drain.id,)}
        made.recovery(number + 1, name, **fields)
    assert found(made) == []


def test_a_person_who_repairs_what_broke_does_not_lengthen_it():
    made = chain("ab")
    made.recovery(180, "c", agent="ada", agent_kind="human", caused_by=("e000001",))
    assert found(made) == []


def test_along_the_catalog_a_recovery_soon_after_what_it_needs_follows():
    catalog = catalog_of(services=LINE)
    one = only(told(row("abc"), catalog=catalog), NAME)
    assert {link["by"] for link in one.evidence["links"]} == {"catalog"}
    assert found(row("abc")) == []
    assert found(row("cba"), catalog=catalog) == []


def test_the_follower_must_come_within_the_setting_and_not_in_the_same_second():
    catalog = catalog_of(services=LINE)
    assert len(found(row("abc", gap=120.0), catalog=catalog)) == 1
    assert found(row("abc", gap=121.0), catalog=catalog) == []
    assert found(row("abc", gap=0.2), catalog=catalog) == []


def test_along_the_catalog_only_recoveries_follow():
    catalog = catalog_of(services=LINE)
    assert found(row("abcd", trigger="demand", type="scale"), catalog=catalog) == []
    assert found(row("abcd", type="reschedule"), catalog=catalog) == []
    assert found(row("abcd", agent_kind="human"), catalog=catalog) == []


def test_what_has_one_declared_cause_is_not_linked_by_the_catalog():
    catalog = catalog_of(services=LINE)
    assert found(row("abcd", caused_by=("node-lost",)), catalog=catalog) == []


def test_environments_are_apart():
    made = chain("ab")
    made.recovery(180, "c", environment="staging", caused_by=("e000001",))
    assert found(made) == []


def test_a_cause_that_is_told_after_its_effect_still_counts():
    made = History()
    made.recovery(0.5, "a", id="z-first")
    made.recovery(0.4, "b", id="m-second", caused_by=("z-first",))
    made.recovery(0.3, "c", id="a-third", caused_by=("m-second",))
    assert len(found(made)) == 1
    late = History()
    late.recovery(6.0, "a", id="z-first")
    late.recovery(0.0, "b", id="m-second", caused_by=("z-first",))
    late.recovery(7.0, "c", id="a-third", caused_by=("m-second",))
    assert found(late) == []


def test_it_is_one_finding_that_grows_and_resolves_after_quiet():
    made = chain("abcd", gap=600.0)
    for number in range(5):
        made.recovery(2000 + number, f"x{number}", caused_by=("e000002",))
    one = only(told(made, until=2004 + 1799), NAME)
    assert (one.status, one.count, one.evidence["service_count"]) == (Status.OPEN, 9, 9)
    one = only(told(made, until=2004 + 1800), NAME)
    assert (one.status, one.resolved_at) == (Status.RESOLVED, moment(2004 + 1800))


def test_what_joins_after_it_resolved_is_another_finding_with_the_same_root():
    made = chain("abc")
    made.recovery(HOUR, "d", caused_by=("e000002",))
    both = found(made, until=3 * HOUR)
    assert len(both) == 2
    assert {one.subject for one in both} == {"production\0e000000"}


def test_it_says_which_services_it_reached_and_when():
    flow = flow_of([Cascade])
    one = only(told(chain("abc"), flow=flow), NAME)
    state = flow.fleet._timeline.state.states[0]
    reached = flow.fleet._rules.latest.fleet[0].reaches(state, one)
    assert reached == {
        ("production", name): (moment(60 * n), moment(60 * n)) for n, name in enumerate("abc")
    }


def learned(days: int = 40) -> History:
    """Return a fleet without catalog in which b follows a and c follows b, each also alone."""
    made = History()
    for number in range(days):
        at = number * 24 * HOUR
        made.recovery(at, f"other-{number % 9}")
        made.recovery(at + 3 * HOUR + number % 7 * 60, "b")
        made.recovery(at + 3 * HOUR + number % 7 * 60 + 40, "c")
        made.recovery(at + 9 * HOUR, "a")
        made.recovery(at + 9 * HOUR + 30, "b")
        if number == days - 1:
            made.recovery(at + 9 * HOUR + 70, "c")
    return made


def test_without_a_catalog_it_follows_learned_edges_and_says_that_they_are_inferred():
    one = only(told(learned()), NAME)
    assert {link["by"] for link in one.evidence["links"]} == {"inferred"}
    assert all(0.8 <= link["confidence"] < 1 for link in one.evidence["links"])
    assert "Inferred, not declared: a to b" in one.summary
    assert found(learned(), settings={NAME: {"confidence": 1.0}}) == []


def test_learned_edges_do_not_count_where_the_catalog_knows_better():
    catalog = catalog_of(services={"c": {"depends_on": ["z"]}})
    assert found(learned(), catalog=catalog) == []


def test_of_siblings_the_learner_blames_the_common_leader():
    edges = Edges()
    for number in range(60):
        at = number * 8 * 3600 * MICROSECOND
        edges.trouble("root", at)
        both = [("left", 20, number % 3), ("right", 10 + 20 * (number % 2), number % 4)]
        for name, lag, follows in sorted(both, key=lambda item: item[1]):
            if follows:
                edges.trouble(name, at + lag * MICROSECOND)
        edges.trouble(f"x{number % 20}", at + 3600 * MICROSECOND)
    assert edges.confidence("root", "left") > 0.9
    assert edges.confidence("root", "right") > 0.9
    assert edges.confidence("left", "right") < 0.2
    assert edges.confidence("right", "left") < 0.2
    assert edges.confidence("left", "root") == 0.0
    said = {(edge.leader, edge.follower) for edge in edges.edges(0.8)}
    assert said == {("root", "left"), ("root", "right")}


def test_what_happens_together_in_either_order_has_a_cause_outside():
    edges = Edges()
    for number in range(40):
        at = number * 8 * 3600 * MICROSECOND
        first, then = ("left", "right") if number % 2 else ("right", "left")
        edges.trouble(first, at)
        edges.trouble(then, at + 20 * MICROSECOND)
        edges.trouble(f"x{number % 20}", at + 3600 * MICROSECOND)
    assert max(edges.confidence("left", "right"), edges.confidence("right", "left")) < 0.5


def test_a_crowd_teaches_nothing_and_memory_is_bounded():
    edges = Edges()
    for number in range(200):
        for service in range(60):
            edges.trouble(f"s{service}", (number * 3600 + service) * MICROSECOND)
    assert edges.notes <= 60 * 100 * 8
    assert max(len(one.heard) for one in edges.services.values()) <= 100
    assert not [edge for edge in edges.edges(0.8) if int(edge.follower[1:]) > 35]
