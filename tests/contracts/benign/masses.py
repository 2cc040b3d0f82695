"""Much at once that is meant so."""

from __future__ import annotations

from overheal.model import Target
from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, HOUR, MINUTE, History


def everywhere(
    made: History, at: float, *, many: int = 300, gap: float = 1.0, **fields: object
) -> History:
    """Add one action on each of many services, one after the other."""
    for number in range(many):
        name = f"svc-{number:03d}"
        made.add(
            at + number * gap,
            **{
                "service": name,
                "scope": f"team-{number % 30:02d}",
                "agent": "operator",
                "agent_kind": "script",
                "target": Target("Deployment", name, "shop"),
                "condition": "as it is due",
                **fields,
            },
        )
    return made


def nightly_backup(kind: str = "backup", trigger: str = "schedule") -> History:
    """A backup of everything, every night."""
    made = History()
    for night in range(10):
        everywhere(made, night * DAY, agent="backup", type=kind, trigger=trigger)
    return made


def rolling_update(trigger: str = "rollout") -> History:
    """A new version for every service in one afternoon."""
    made = everywhere(History(), 0, agent="argocd", type="restart", trigger=trigger)
    return everywhere(made, HOUR, agent="argocd", type="restart", trigger=trigger)


def morning(trigger: str = "demand") -> History:
    """Hundreds of services that are scaled out when people wake up."""
    made = History()
    for day in range(3):
        scaled = {"agent": "hpa", "agent_kind": "autoscaler", "type": "scale", "field": "replicas"}
        everywhere(made, day * DAY + 6 * HOUR, trigger=trigger, old=2, new=8 + day, **scaled)
    return made


def lost_node(nodes: int = 1) -> History:
    """A node that is gone, and all that ran on it is started elsewhere."""
    made = History()
    for number in range(120):
        node = f"node-{number % nodes}"
        made.add(
            number * 2.0,
            service=f"svc-{number:03d}",
            scope=f"team-{number % 30:02d}",
            agent="mover",
            agent_kind="workflow",
            type="reschedule",
            target=Target("Pod", f"svc-{number:03d}-x", "shop"),
            condition=f"node {node} is not ready",
        )
    return made


def first_hours(agent: str = "kubelet", kind: str = "platform") -> History:
    """A large fleet in its first four hours here: nine services in ten minutes are restarted."""
    made = History()
    for number in range(24 * 9):
        name = f"svc-{number:03d}"
        made.add(
            number * 10 * MINUTE / 9,
            service=name,
            scope=f"team-{number % 30:02d}",
            agent=agent,
            agent_kind=kind,
            type="restart",
            trigger="failure",
            target=Target("Deployment", name, "shop"),
        )
    return made


def new_environments(kind: str = "deploy") -> History:
    """A creator that makes a test environment for each of many branches."""
    return everywhere(History(), MINUTE, many=40, agent="creator", type=kind, trigger="policy")


ENTRIES = [
    Benign(
        "a nightly backup of everything",
        nightly_backup,
        lambda: nightly_backup(kind="cache_flush", trigger="unknown"),
        "mass_action",
    ),
    Benign(
        "a rolling update of three hundred services",
        rolling_update,
        lambda: rolling_update(trigger="policy"),
        "mass_action",
    ),
    Benign(
        "hundreds of services scaled out in the morning",
        morning,
        lambda: morning(trigger="policy"),
        "mass_action",
    ),
    Benign(
        "one lost node moves all that ran on it",
        lost_node,
        lambda: lost_node(nodes=12),
        "mass_action",
    ),
    Benign(
        "a large fleet in which something is always restarted",
        first_hours,
        lambda: first_hours("patcher", "script"),
        "mass_action",
    ),
    Benign(
        "environments made for forty branches",
        new_environments,
        lambda: new_environments(kind="config_change"),
        "mass_action",
    ),
]
