"""What is known of one scalable object: its writes of `replicas`, and whether it rolls out."""

from __future__ import annotations

import re

import msgspec

from overheal.adapters.kubernetes.counters import SLACK
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.times import SECOND
from overheal.model import HOUR, MINUTE

Key = tuple[str, str, str]
"""Kind, namespace, name."""

NEAR = 3 * SECOND
"""How far the Events about one write may lie apart."""

ROLLS_FOR = 30 * MINUTE
"""How long a rollout may pause between two steps."""

WRITES_KEPT = 200


class Write(msgspec.Struct, gc=False):
    """One write of `replicas`: `old` to `new`, not before `low`, and by `high` (0: not known)."""

    low: int
    high: int
    old: int | None
    new: int
    agent: str
    action: str
    from_event: bool = False


class Workload(msgspec.Struct):
    """What is known of one scalable object."""

    key: Key
    uid: str = ""
    version: int = 0
    first: int = 0
    latest: int = 0
    replicas: int | None = None
    prior: int | None = None
    images: dict[str, str] = {}
    restarted_at: str = ""
    owners: dict[str, str] = {}
    writes: list[Write] = []
    waiting: list[tuple[Write, str]] = []
    told: int = 0
    templated: int = 0
    sets: dict[str, int] = {}
    current: str = ""
    sizes: dict[int, tuple[int, int]] = {}

    def resize(self, size: int, old: int | None = None) -> None:
        """Note the size it has now, and the one it had before."""
        if size != self.replicas:
            self.prior = self.replicas if old is None else old
        self.replicas = size

    def remember(self, write: Write) -> None:
        """Keep a write for comparison with the Events about it."""
        self.writes.append(write)
        del self.writes[:-WRITES_KEPT]


_STEP = re.compile(r"Scaled (?:up|down) replica set (\S+) (?:from (\d+) )?to (\d+)(?: from (\d+))?")


class Step(msgspec.Struct, frozen=True, gc=False):
    """What one `ScalingReplicaSet` says: the ReplicaSet, its new size and its old one."""

    set: str
    new: int
    old: int | None


def step_of(message: str) -> Step | None:
    """Read the message of `ScalingReplicaSet`, None for one that says something else.

    >>> step_of("Scaled down replica set web-6c7c6fd499 to 3 from 5")
    Step(set='web-6c7c6fd499', new=3, old=5)
    """
    found = _STEP.match(message)
    if found is None:
        return None
    old = found[2] or found[4]
    return Step(found[1], int(found[3]), int(old) if old else None)


def matches(load: Workload, new: int, event: Sighting) -> list[Write]:
    """Return the write that an Event may be about: of the same value and near in time."""
    slack = NEAR + event.spread
    for write in reversed(load.writes):
        end = write.high or event.last
        if write.new == new and write.low - slack <= event.last <= end + slack:
            return [write]
    return []


def other_set(load: Workload, step: Step, at: int) -> bool:
    """Whether another ReplicaSet of the Deployment was scaled shortly before or after."""
    return any(
        name != step.set and abs(seen - at) <= ROLLS_FOR and name != load.current
        for name, seen in load.sets.items()
    ) or (load.current not in ("", step.set))


def rolls(load: Workload, step: Step, at: int) -> bool:
    """Note a step, and return whether the Deployment is rolling out.

    A rollout begins with a ReplicaSet other than the current one, and ends when all but one are
    at nothing; then that one is the current.
    """
    load.sets = {name: seen for name, seen in load.sets.items() if at - seen <= 6 * HOUR}
    others = [
        name
        for name, seen in load.sets.items()
        if name not in (step.set, load.current) and at - seen <= ROLLS_FOR
    ]
    known = step.set in load.sets
    load.sets[step.set] = at
    stale = known and at - load.sets.get(load.current, 0) > ROLLS_FOR
    if not load.current or stale:
        load.current = step.set
        return False
    if step.set != load.current:
        if step.new == 0:  # an older one that ends while the current one stays
            load.sets.pop(step.set)
        return True
    if not others:
        return False
    if step.new == 0:  # the current one ends: the other one takes its place
        load.sets.pop(step.set)
        load.current = max(others, key=lambda name: load.sets[name])
    return True


def told_by_event(load: Workload, write: Write) -> bool:
    """Whether an Event whose clock runs ahead told of a write before the object showed it."""
    return any(
        told.from_event and told.new == write.new and abs(told.low - write.low) <= SLACK
        for told in load.writes
    )
