"""Automation that asks first, and whoever may act without asking."""

from __future__ import annotations

from overheal.model import Detail
from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, HOUR, History

BOT = {"agent": "bot", "agent_kind": "ai_agent", "type": "scale", "trigger": "demand"}
LIMITS = {
    "allowed_autonomy_level": 2,
    "escalate_below_confidence": 0.6,
    "boundaries": ["scale"],
    "required_policy_checks": ["budget"],
}


def asks_first(*, approver: str = "ada") -> History:
    """An agent that is unsure, asks, waits for an hour and does what it was allowed to do."""
    made = History()
    wants = Detail(authority="approval", confidence=0.4, autonomy_level=2)
    checked = Detail(checks=(("budget", True),))
    for number in range(4):
        at, action = number * DAY, {**BOT, "action_id": f"asked-{number}"}
        made.add(at, phase="proposed", detail=wants, **action)
        if approver:
            leave = Detail(decided="approve", approved_by=approver)
            made.add(at + HOUR, phase="approved", detail=leave, **action)
        made.add(at + HOUR + 3, phase="started", detail=checked, **action)
        made.add(at + HOUR + 9, phase="finished", duration=6.0, **action)
    made.recovery(5 * DAY)
    made.add(5 * DAY + 60, agent="ada", agent_kind="human", type="drain", trigger="manual")
    return made


ENTRIES = [
    Benign(
        "an agent that asks before it acts",
        asks_first,
        lambda: asks_first(approver=""),
        "authority_breach",
        catalog={"services": {"checkout": {**LIMITS, "scope": "shop"}}},
    ),
]
