"""What counts towards a mass action, and as what: one lost node is one, however much it moves."""

from __future__ import annotations

import re

import msgspec

from overheal.model import FELT, HEARTBEAT, HOUR, Activity, Target
from overheal.state.distinct import mark_of
from overheal.state.memory import Recent

ASKED_FOR = frozenset({"rollout", "demand", "schedule"})
"""Triggers by which many targets at once are the purpose."""

MAKING = frozenset({"deploy", "scale", "other"})
"""Types that may create their target; who replaces something acts on what was there."""

COPYING = "backup"
"""The type that leaves its target as it is."""

MOVING = frozenset({"evict", "reschedule", "replace", "failover"})
"""Types by which what ran on a lost node comes to run elsewhere."""

NODES = frozenset({"node", "machine", "host", "instance", "vm"})
"""Kinds of target that others run on, in lower case."""

COPIES = frozenset({"pod", "container", "task", "allocation", "replica"})
"""Kinds of target that come and go, one in place of another, in lower case."""

_NAMED = re.compile(
    r"\b(?:node|machine|host|instance)[ /=:]+[\"']?([a-z0-9]+(?:[-.][\w.-]*|\d[\w.-]*))"
    r"|\b((?:node|machine|host)-[\w.-]+)",
    re.IGNORECASE,
)
RUNNING, NAMED, MADE = 6 * HOUR, HOUR, 6 * HOUR

ACTIONS_KEPT = 500_000
"""Actions that are remembered as running, where more than so many begin within that time."""


class Known(msgspec.Struct):
    """What is needed to tell what counts.

    `running` are the actions that have begun, so that their ends do not count again; `nodes` the
    ids of what was done to a node, with its name, as others name it as their cause; `made` are the
    marks of new targets with the agent that made them.
    """

    running: Recent[int] = msgspec.field(default_factory=lambda: Recent(RUNNING, most=ACTIONS_KEPT))
    nodes: Recent[str] = msgspec.field(default_factory=lambda: Recent(NAMED))
    made: Recent[str] = msgspec.field(default_factory=lambda: Recent(MADE))

    def note_node(self, activity: Activity) -> None:
        """Remember what was done to a node."""
        if activity.target.kind.lower() in NODES:
            for key in (*activity.ids, *activity.events):
                self.nodes.put(key, activity.target.name, activity.second)

    def has_begun(self, activity: Activity) -> bool:
        """Return whether an action's beginning was told before; remember those that begin here."""
        begun = [one for one in activity.ids if self.running.get(one) is not None]
        if not activity.outcome:
            for one in activity.ids:
                self.running.put(one, 1, activity.second)
        return len(begun) == len(activity.ids)

    def is_own(self, activity: Activity, target: int, *, is_known: bool) -> bool:
        """Return whether an agent acts on what it makes, here or hours ago at most."""
        key, agent = f"{target:x}", activity.agent
        if creates(activity, is_known=is_known):
            self.made.put(key, agent, activity.second)
        return self.made.get(key) == agent

    def thing(self, activity: Activity) -> str:
        """Return what an action counts as: its target, or what it is a reaction to.

        What is done because a node was lost counts as that node. What puts copies of a service
        back, one after the other, counts as the service, and so does what the platform does by
        itself where something failed; of what it moves nobody says from where, and it counts once.
        """
        node = self._lost_node(activity)
        if node:
            return f"node\0{node}"
        reflex = is_reflex(activity)
        if reflex and activity.type in MOVING:
            return "lost"
        copy = activity.recovery and activity.target.kind.lower() in COPIES
        if activity.service and (reflex or copy):
            return f"service\0{activity.service}"
        return f"target\0{name_of(activity.target)}"

    def _lost_node(self, activity: Activity) -> str:
        for cause in activity.causes:
            node = self.nodes.get(cause)
            if node is not None:
                return node
        if activity.trigger in ("failure", "unknown", ""):
            named = _NAMED.search(activity.condition)
            if named:
                return (named[1] or named[2]).rstrip(".").lower()
            if activity.causes and activity.type in MOVING:
                return activity.causes[0]
        return ""


def is_reflex(activity: Activity) -> bool:
    """Whether it is what the platform does by itself where something failed."""
    return activity.agent_kind == "platform" and activity.trigger == "failure"


def is_action(activity: Activity) -> bool:
    """Whether it is something that an agent did."""
    return activity.agent != "" and activity.type not in (FELT, HEARTBEAT)


def is_counted(activity: Activity) -> bool:
    """Whether many of these are worth a look: nobody asked for so many, or disowned them."""
    asked = activity.trigger in ASKED_FOR or activity.disowned
    return not asked and activity.type != COPYING


def creates(activity: Activity, *, is_known: bool) -> bool:
    """Whether an action makes its target: there was none before, and its type may make one."""
    if activity.field == "exists" and activity.new is True:
        return activity.old in (None, False)
    return not is_known and activity.old is None and activity.type in MAKING


def name_of(target: Target) -> str:
    """Return a target as one string."""
    place = f"{target.cluster}\0{target.region}\0{target.namespace}"
    return f"{target.kind}\0{place}\0{target.name}"


def mark(activity: Activity) -> int:
    """Return what stands for an action's target among those of its environment."""
    return mark_of(f"{activity.environment}\0{name_of(activity.target)}")
