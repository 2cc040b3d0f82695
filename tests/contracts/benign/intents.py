"""What people and agents mean to do, and what they know when they do it."""

from __future__ import annotations

from typing import Any

from overheal.model import Detail, Target
from tests.contracts.benign.entry import Benign
from tests.support.made import HOUR, MINUTE, History, moment

RECORD = Target("dns_record", "api")
MODES = {
    "pool": {"symptom": "pool exhausted", "recovery": "restart", "after": ["orders-db"]},
}
ADA: dict[str, Any] = {"agent_kind": "human", "trigger": "manual"}


def prepared_for_the_sale(until: float = 2 * HOUR) -> History:
    """Ada scales out for a sale of two hours; the autoscaler goes up with it, and down after."""
    made = History()
    wish = Detail(goal="the sale", until=moment(until))
    made.write(0, "ada", 8, 4, **ADA, detail=wish)
    made.write(30 * MINUTE, "hpa", 10, 8)
    made.write(90 * MINUTE, "hpa", 8, 10)
    made.write(2 * HOUR + 60, "hpa", 4, 8)
    return made


def rolled_out_by_hand(approved: str = "bob") -> History:
    """A release that is declared, and taken back by a rollback that somebody approved."""
    made = History()
    fields: dict[str, Any] = {"field": "image", "type": "deploy"}
    made.write(0, "ada", "v2", "v1", **{**ADA, **fields}, detail=Detail(goal="release v2"))
    made.write(300, "rollouts", "v2", "v2", **fields, trigger="rollout")
    yes = Detail(decided="approve", approved_by=approved)
    made.write(600, "rollouts", "v1", "v2", **fields, detail=yes, trigger="rollout")
    return made


def plans_in_turn(observed: float = 2.0) -> History:
    """Three enactors that apply one plan after another, each having looked right before."""
    made = History()
    for number in range(12):
        at = number * 5 * MINUTE
        detail = Detail(instance="abc"[number % 3], observed_at=moment(at - observed))
        fields: dict[str, Any] = {"target": RECORD, "field": "plan", "type": "config_change"}
        made.write(at, "enactor", f"plan-{number}", **fields, agent_kind="workflow", detail=detail)
    return made


def both_fire(other: str = "plan-1") -> History:
    """Two redundant mechanisms that saw the same and do the same, the second without need."""
    made = History()
    fields: dict[str, Any] = {"target": RECORD, "field": "plan", "type": "failover"}
    fields |= {"agent_kind": "workflow", "outcome": "succeeded"}
    made.write(-600, "one", "plan-0", **fields)
    for number, (agent, plan) in enumerate((("one", "plan-1"), ("two", other))):
        made.write(60 + number * 60, agent, plan, **fields, detail=Detail(observed_at=moment(0)))
    return made


def in_order(wait: float = 10 * MINUTE) -> History:
    """A database that fails and comes back; then what depends on it is restarted."""
    made = History()
    made.observe(0, "failing", service="orders-db", scope="shop", target=None, type="alert")
    fields: dict[str, Any] = {"agent": "healer", "agent_kind": "ai_agent"}
    made.action(60, 300, service="orders-db", **fields, condition="disk full")
    made.recovery(wait, **fields, condition="pool exhausted")
    return made


ENTRIES = [
    Benign(
        "a sale that somebody prepared for",
        prepared_for_the_sale,
        lambda: prepared_for_the_sale(until=3 * HOUR),
        "undo_of_intent",
    ),
    Benign(
        "a rollback that somebody approved",
        rolled_out_by_hand,
        lambda: rolled_out_by_hand(approved=""),
        "undo_of_intent",
    ),
    Benign(
        "plans that are applied in turn",
        plans_in_turn,
        lambda: plans_in_turn(observed=8 * MINUTE),
        "stale_basis",
    ),
    Benign(
        "two redundant mechanisms that both fire",
        both_fire,
        lambda: both_fire(other="plan-2"),
        "stale_basis",
    ),
    Benign(
        "a database first, then what depends on it",
        in_order,
        lambda: in_order(wait=3 * MINUTE),
        "out_of_order_recovery",
        declared={"services": {"checkout": {"failure_modes": MODES}, "orders-db": {}}},
    ),
]
