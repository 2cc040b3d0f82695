"""`out_of_order_recovery`: what owners declare of failure modes, as tests."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import Detail, Status, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, catalog_of, moment, of, only, told

NAME = "out_of_order_recovery"
MODE = {"symptom": "pool_exhausted", "recovery": "restart", "after": ["orders-db"]}
HEALER: dict[str, Any] = {
    "agent": "healer",
    "agent_kind": "ai_agent",
    "condition": "pool exhausted: timeouts",
}


def catalog(*, mode: dict[str, Any] | None = None, **more: Any):
    modes = {"pool": mode or MODE, **more}
    return catalog_of(services={"checkout": {"failure_modes": modes}, "orders-db": {}})


def trouble(at: float = 0, state: Any = "failing", **fields: Any) -> History:
    made = History()
    symptom(made, at, state, **fields)
    return made


def symptom(made: History, at: float, state: Any, **fields: Any) -> None:
    made.observe(at, state, **{"service": "orders-db", "scope": "shop", "target": None, **fields})


def healed(made: History, at: float = 600, **fields: Any) -> History:
    made.recovery(at, **{**HEALER, **fields})
    return made


def findings(made: History, known: Any = None, until: float = 2 * HOUR):
    return of(told(made, catalog=known or catalog(), until=until), NAME)


def test_a_recovery_before_the_one_it_has_to_come_after_is_actionable():
    (found,) = findings(healed(trouble()), until=700)
    assert (found.tier, found.status, found.count) == (Tier.ACTIONABLE, Status.OPEN, 1)
    assert "healer answered pool of checkout with restart" in found.summary
    assert "before orders-db was back, which has to come first" in found.summary
    assert found.reason == "pool declares orders-db to come first"


def test_it_is_in_order_once_the_other_is_back():
    for state in ("ok", "Ready", "resolved"):
        made = trouble()
        symptom(made, 300, state)
        assert findings(healed(made)) == []


def test_a_recovery_that_worked_brings_it_back():
    for outcome, found in (("succeeded", 0), ("unknown", 0), ("failed", 1), ("partial", 1)):
        made = trouble()
        made.action(100, 200, outcome, service="orders-db")
        assert len(findings(healed(made))) == found, outcome


def test_a_recovery_that_nobody_finished_is_not_over():
    made = History()
    made.recovery(100, "orders-db", phase="started")
    assert findings(healed(made))
    made = History()
    for number in range(2):
        made.recovery(100, "orders-db", phase="started", action_id=f"a{number}")
    made.recovery(200, "orders-db", action_id="a0", duration=100.0)
    assert findings(healed(made))


def test_one_that_is_only_told_when_it_ended_counts_from_its_start():
    made = History()
    made.recovery(900, "orders-db", duration=600.0)
    assert findings(healed(made, 950, duration=350.0))
    made = History()
    made.recovery(900, "orders-db", duration=600.0)
    assert findings(healed(made, 950)) == []


def test_a_predecessor_that_was_never_in_trouble_need_not_be_waited_for():
    assert findings(healed(History())) == []
    assert findings(healed(trouble(state="ok"))) == []
    assert findings(healed(trouble(state=0.3))) == []
    assert findings(healed(trouble(type="counter"))) == []
    assert findings(healed(trouble(service="search"))) == []
    assert findings(healed(trouble(environment="staging"))) == []


def test_trouble_in_another_scope_is_not_seen():
    assert findings(healed(trouble(scope="elsewhere"))) == []


@pytest.mark.parametrize(("at", "found"), [(HOUR, 1), (HOUR + 0.000001, 0)])
def test_trouble_that_showed_an_hour_ago_still_lasts(at, found):
    assert len(findings(healed(trouble(), at))) == found


@pytest.mark.parametrize(
    ("began", "over", "found"),
    [(595, None, 1), (595.000001, None, 0), (0, 605, 0), (0, 605.000001, 1), (0, 601, 0)],
)
def test_within_the_tolerance_of_clocks_the_order_is_unknown(began, over, found):
    made = trouble(began)
    if over is not None:
        symptom(made, over, "ok")
    assert len(findings(healed(made))) == found


def test_another_path_than_the_declared_one_is_actionable():
    (found,) = findings(healed(History(), type="failover"))
    assert found.tier is Tier.ACTIONABLE
    assert "with failover" in found.summary
    assert "where restart is declared" in found.summary
    assert found.reason == "pool declares restart, not failover"


def test_after_the_declared_path_failed_another_may_be_tried():
    made = healed(History(), 100, outcome="failed")
    assert findings(healed(made, type="failover")) == []
    made = healed(History(), 100)
    assert findings(healed(made, type="failover"))


def test_where_the_catalog_says_nothing_nothing_is_out_of_order():
    made = healed(trouble(), type="failover")
    assert findings(made, catalog_of(services={"checkout": {}})) == []
    assert findings(made, catalog_of()) == []
    assert findings(made, catalog(mode={"recovery": "restart", "after": ["orders-db"]})) == []
    assert findings(made, catalog(mode={"symptom": "pool exhausted"})) == []


def test_another_symptom_is_another_mode():
    made = healed(trouble(), type="failover", condition="the spool is exhausted")
    assert findings(made) == []


def test_signals_name_the_symptom_too():
    signals = Detail(signals=(("pool", "exhausted"),))
    assert findings(healed(trouble(), condition="slow", detail=signals))


def test_where_several_modes_match_only_what_all_ask_is_asked():
    other = {"symptom": "timeouts", "recovery": "failover"}
    assert findings(healed(trouble(), type="failover"), catalog(other=other)) == []
    assert findings(healed(trouble(), type="replace"), catalog(other=other))


def test_people_and_the_platforms_own_agents_follow_no_runbook():
    for kind in ("human", "platform"):
        assert findings(healed(trouble(), agent_kind=kind, type="failover")) == []
    made = healed(trouble(), agent_kind="platform")
    assert of(
        told(made, catalog=catalog(), settings={NAME: {"bind_platform": True}}, until=HOUR), NAME
    )


def test_demand_is_no_recovery():
    assert findings(healed(trouble(), type="scale", trigger="demand")) == []


def test_short_names_of_the_catalog_fit_full_ones():
    made = trouble(service="shop/orders-db")
    assert findings(healed(made, service="shop/checkout"))


def test_more_of_it_is_one_finding_until_it_is_quiet():
    made = trouble()
    for number in range(3):
        healed(made, 600 + number * 60)
    (found,) = findings(made, until=DAY)
    assert (found.count, found.member_count) == (3, 3)
    assert found.resolved_at == moment(720 + 2 * HOUR)


def test_order_and_path_are_two_findings():
    kinds = {one.evidence["breach"] for one in findings(healed(trouble(), type="failover"))}
    assert kinds == {"order", "path"}


def test_a_recovery_waits_for_the_last_word_about_the_other():
    made = healed(trouble(), 600)
    assert of(told(made, catalog=catalog()), NAME) == []
    assert only(told(made, catalog=catalog(), until=606), NAME).detected_at == moment(605) + 1


def test_a_service_waits_for_nobody_but_others():
    known = catalog(mode={**MODE, "after": ["checkout"]})
    assert findings(healed(trouble(service="checkout")), known) == []
    assert findings(healed(trouble(), 10 * MINUTE), known) == []
