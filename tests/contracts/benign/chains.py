"""Things that happen one after the other without leading to each other."""

from __future__ import annotations

from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, HOUR, MINUTE, History


def rolled_out(kind: str = "rollout") -> History:
    """One tool that updates five services in their order, each step after the one before."""
    made, cause = History(), ()
    for number, name in enumerate(("db", "api", "web", "edge", "mail")):
        fields = {"agent": "gitops", "type": "deploy" if kind == "rollout" else "restart"}
        event = made.add(
            number * 5 * MINUTE, service=name, scope=name, trigger=kind, caused_by=cause, **fields
        )
        cause = (event.id,)
    return made


def jobs(kind: str = "schedule") -> History:
    """Jobs of the night, each started by the one before, night after night."""
    made = History()
    for night in range(5):
        cause = ()
        for number, name in enumerate(("backup", "report", "archive", "mailing")):
            fields = {"type": "other", "trigger": kind, "agent": f"cron-{name}"}
            at = night * DAY + 2 * HOUR + number * 10 * MINUTE
            cause = (made.add(at, service=name, scope=name, caused_by=cause, **fields).id,)
    return made


def drained(then: str = "drain") -> History:
    """A drain whose pods the scheduler places anew; in the harmful twin each move causes one."""
    made = History()
    start = made.add(0, service="", scope="cluster", agent="ops", type="drain", trigger="policy")
    cause = start.id
    for number, name in enumerate(("api", "web", "edge", "mail")):
        fields = {"type": "reschedule", "agent": "scheduler", "scope": name}
        event = made.recovery(30.0 * (number + 1), name, caused_by=(cause,), **fields)
        cause = start.id if then == "drain" else event.id
    return made


ENTRIES = [
    Benign(
        "one tool that rolls out over services",
        rolled_out,
        lambda: rolled_out("failure"),
        "cascade",
    ),
    Benign("jobs of the night that start one another", jobs, lambda: jobs("failure"), "cascade"),
    Benign(
        "a drain that moves pods of several services",
        drained,
        lambda: drained("move"),
        "cascade",
    ),
]
