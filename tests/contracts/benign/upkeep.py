"""What is looked after: policies that are renewed, recovery paths that are exercised."""

from __future__ import annotations

from datetime import date

from overheal.model import Detail
from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, History, moment


def renewed(every: float = 60 * DAY) -> History:
    """A service that changes every week, and a policy that is read again every other month."""
    made = History()
    made.add(0, type="failover", trigger="schedule", agent="rehearsal", agent_kind="workflow")
    for week in range(20):
        at = week * 7 * DAY
        fields = {"agent": "cd", "agent_kind": "workflow", "trigger": "rollout"}
        made.add(at, type="deploy", **fields)
        policy = Detail(policy="nightly", policy_changed_at=moment(at - at % every))
        made.add(
            at + DAY,
            type="cleanup",
            trigger="schedule",
            agent="janitor",
            agent_kind="script",
            detail=policy,
        )
    return made


ENTRIES = [
    Benign(
        "a policy that is renewed and a path that is rehearsed",
        renewed,
        lambda: renewed(every=1000 * DAY),
        "stale_policy",
        catalog={
            "services": {
                "checkout": {
                    "scope": "shop",
                    "failure_modes": {
                        "primary": {"recovery": "failover", "last_tested": date(2025, 1, 1)}
                    },
                }
            }
        },
    ),
]
