"""What must be known about a service before anything should act on it by itself."""

from __future__ import annotations

from typing import Literal, get_args

Item = Literal[
    "owner",
    "policy",
    "dependencies",
    "state",
    "order",
    "authority",
    "escalation",
    "failure_modes",
    "runbook",
    "drills",
    "one_writer",
]

ITEMS: tuple[Item, ...] = get_args(Item)

TITLES: dict[Item, str] = {
    "owner": "Owner",
    "policy": "Policy",
    "dependencies": "Dependencies",
    "state": "Operational state",
    "order": "Recovery order",
    "authority": "Authority",
    "escalation": "Escalation",
    "failure_modes": "Failure modes",
    "runbook": "Runbook",
    "drills": "Drills",
    "one_writer": "One writer a field",
}
