"""Agents that undo each other through different fields of one thing.

Fields of one group are coupled: what one of them gives, another takes away. A push is a write that
gives more or takes away of a group; two agents with different mandates pull at the two ends where
each of them answers the other's push with one in the opposite direction, on another field or
target of the same service, again and again. Whoever follows another in the same direction, turns
round by itself within an hour, or answers too late, ends the run: so an autoscaler and a node
autoscaler that grow and shrink together are no fight.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec

from overheal.detect.agent_conflict.settings import PLANNED, RUN_KEPT
from overheal.model import HOUR, Event, Value
from overheal.state.contest import Bout, Override
from overheal.state.mandates import mandate_of
from overheal.state.memory import Recent
from overheal.state.series import TIDYING

CAPACITY, TRAFFIC = "capacity", "traffic"
GROUPS = {
    CAPACITY: "replicas minreplicas maxreplicas nodes nodecount size desiredsize minsize maxsize "
    "desiredcapacity capacity instances instancecount workers shards parallelism concurrency",
    TRAFFIC: "weight trafficweight dnsweight trafficshare healthy health healthcheck inservice "
    "inrotation enabled",
}
"""The coupled fields; how they are capitalised and separated does not matter."""

_GROUP_OF = {field: group for group, fields in GROUPS.items() for field in fields.split()}
_MORE = frozenset({"healthy", "ready", "up", "passing", "enabled", "in_service", "in"})
_LESS = frozenset(
    {"unhealthy", "not_ready", "down", "failing", "disabled", "out_of_service", "out"}
)
SETTLED = 4
"""Times to answer for which an agent must have pushed in one direction alone to have a side."""

PLACES_KEPT = 50
"""Coupled fields of one service whose value is remembered, the newest, and agents that push."""


class Push(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One write that gives more (`direction` 1) or takes away (-1), at `at` (microseconds UTC)."""

    at: int
    id: str
    agent: str
    mandate: str
    field: str
    target: str
    value: Value
    direction: int
    outcome: str

    @property
    def place(self) -> str:
        """The field of its target."""
        return f"{self.target}\0{self.field}"


class Tug(msgspec.Struct):
    """The last known value of each place, and the run of pushes each of which opposes the last.

    `pushed` tells when each agent last pushed in each direction.
    """

    values: dict[str, Value] = {}
    run: list[Push] = []
    pushed: dict[str, int] = {}

    def push(self, made: Push, reaction: int) -> bool:
        """Take one more push; return whether it opposes another agent's.

        An agent that pushed the other way shortly before has no side, and nobody opposes it.
        """
        way = f"{made.agent}\0{made.direction}"
        self.pushed.pop(way, None)
        self.pushed[way] = made.at
        if len(self.pushed) > PLACES_KEPT:
            del self.pushed[next(iter(self.pushed))]
        if made.at - self.pushed.get(f"{made.agent}\0{-made.direction}", 0) < SETTLED * reaction:
            self.run = []
            return False
        run = self.run
        last = run[-1] if run else None
        if last is not None and last.agent == made.agent and last.direction == made.direction:
            run[-1] = made
            return False
        if last is None or not _opposes(last, made, reaction):
            self.run = [made]
            return False
        if len(run) > 1 and run[-2].agent != made.agent:
            self.run = run = [last]
        run.append(made)
        del run[:-RUN_KEPT]
        return True


class Tugs(msgspec.Struct):
    """Tugs by environment, service (or target) and group, of the last hours."""

    known: Recent[Tug] = msgspec.field(default_factory=lambda: Recent(2 * HOUR))

    def take(self, event: Event, reaction: int) -> tuple[str, Tug] | None:
        """Take one written value; return the tug in which it opposes another agent's push."""
        group = group_of(event.field)
        if not group or event.type in TIDYING or event.trigger == PLANNED:
            return None
        self.known.keep = max(self.known.keep, SETTLED * reaction)
        target = str(event.target)
        key = f"{event.environment}\0{event.service or target}\0{group}"
        tug = self.known.get(key) or Tug()
        self.known.put(key, tug, event.time)
        place = f"{target}\0{event.field}"
        before = event.old if event.old is not None else tug.values.get(place)
        tug.values.pop(place, None)
        tug.values[place] = event.new
        if len(tug.values) > PLACES_KEPT:
            del tug.values[next(iter(tug.values))]
        human = event.agent_kind == "human"
        mandate = event.mandate if human else mandate_of(event.agent, event.mandate)
        direction = direction_of(before, event.new)
        if not mandate or not direction:
            return None
        push = Push(
            event.time,
            event.id,
            event.agent,
            mandate.strip().lower(),
            event.field,
            target,
            event.new,
            direction,
            event.outcome,
        )
        return (key, tug) if tug.push(push, reaction) else None


class Struggle(msgspec.Struct):
    """An open finding about two agents that pull at the two ends of one thing."""

    key: str
    bout: Bout
    pushes: list[Push]
    mandates: dict[str, str]


def group_of(field: str) -> str:
    """Return the group of coupled fields that a field belongs to, `""` where it is in none.

    >>> group_of("replicas"), group_of("spec.minReplicas"), group_of("image")
    ('capacity', 'capacity', '')
    """
    return _GROUP_OF.get(field) or _GROUP_OF.get(_plain(field), "")


def direction_of(before: Value, after: Value) -> int:
    """Return 1 where a write gives more, -1 where it takes away, 0 where nobody can say.

    >>> direction_of(3, 5), direction_of(5, 3), direction_of(None, 3), direction_of("up", "down")
    (1, -1, 0, -1)
    """
    if before == after:
        return 0
    if isinstance(after, bool):
        return 1 if after else -1
    if isinstance(after, str):
        word = after.lower().replace("-", "_").replace(" ", "_")
        return (word in _MORE) - (word in _LESS)
    if isinstance(before, int | float) and isinstance(after, int | float):
        return (after > before) - (after < before)
    return 0


def reversals_of(run: list[Push], start: int) -> list[Override]:
    """Return the pushes of a run after `start` as what they undo, oldest first."""
    return [
        Override(made.at, made.id, made.agent, last.agent, made.value, made.place)
        for last, made in pairwise(run)
        if made.at > start
    ]


def _opposes(last: Push, made: Push, reaction: int) -> bool:
    return (
        last.agent != made.agent
        and last.mandate != made.mandate
        and last.direction == -made.direction
        and last.place != made.place
        and made.at - last.at <= reaction
    )


def _plain(field: str) -> str:
    """Return a field's last part without separators, in small letters."""
    last = field.rpartition(".")[2]
    return last.lower().replace("_", "").replace("-", "").replace(" ", "")
