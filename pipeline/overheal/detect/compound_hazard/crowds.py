"""What agents with a mandate did in the last minutes, and which things that concerns."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from functools import cached_property

import msgspec

from overheal.detect.base import Owners
from overheal.model import Event, Target, Value
from overheal.state.words import shown

ACTS_KEPT = 300
"""Acts of one agent that are remembered within the window, the newest."""

TARGET = "\0"
"""What the name of a target begins with, and that of a service does not."""


class Act(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What `by` did at `at` (microseconds UTC), as part of what `agent` began for its mandate."""

    at: int
    id: str
    action: str
    agent: str
    mandate: str
    by: str
    type: str
    name: str
    service: str
    target: Target | None
    field: str
    value: Value
    outcome: str

    @property
    def what(self) -> str:
        """The deed as people say it."""
        if self.target is None:
            return f"{self.name or self.type} of {self.service}" if self.service else self.type
        if self.value is not None and self.field:
            return f"{self.type}: {self.field} of {self.target} = {shown(self.value)}"
        return f"{self.type} of {self.target}"


def act_of(event: Event, agent: str, mandate: str) -> Act:
    """Return an action as an act of `agent`; one mandate in two spellings is the same."""
    return Act(
        event.time,
        event.id,
        event.action_id,
        agent,
        mandate.strip().lower(),
        event.agent,
        event.type,
        event.name,
        event.service,
        event.target,
        event.field,
        event.new,
        event.outcome,
    )


class Things(msgspec.Struct, frozen=True):
    """What an act concerns: by what the catalog says of its service, or only by a name.

    The catalog says nothing of a service exactly where `named` is not empty.
    """

    known: frozenset[str]
    named: frozenset[str] = frozenset()


def things_of(service: str, owners: Owners) -> Things:
    """Return what acts on a service concern: itself and all that it needs."""
    entry = owners.entry(service) if service else None
    short = service.rpartition("/")[2]
    if entry is None:
        return Things(frozenset(), frozenset({service, short}))
    own = short if owners.entry(short) is entry else service
    return Things(owners.needs(service) | {own})


def target_key(target: Target) -> str:
    """Return the name of a target among things."""
    parts = (target.kind, target.cluster, target.region, target.namespace, target.name)
    return TARGET + "\0".join(parts)


Crowd = dict[str, list[Act]]
"""Acts by the agent they count as, oldest first."""


class Crowds(msgspec.Struct, dict=True):
    """Acts of the window by the agent they count as, oldest first."""

    acts: Crowd = {}

    @cached_property
    def _written(self) -> dict[tuple[Target, str], list[Act]]:
        """The acts that wrote each target's field, oldest first; not saved, but made of `acts`."""
        found: dict[tuple[Target, str], list[Act]] = {}
        for act in acts_of(self.acts):
            _write(found, act)
        return found

    def add(self, act: Act, since: int) -> None:
        """Take one act; forget this agent's acts before `since` (microseconds UTC)."""
        acts = self.acts.setdefault(act.agent, [])
        gone = 0
        while gone < len(acts) and acts[gone].at < since:
            gone += 1
        gone = max(gone, len(acts) + 1 - ACTS_KEPT)
        if gone > 0:
            self._unwrite(acts[:gone])
            del acts[:gone]
        acts.append(act)
        _write(self._written, act)

    def busy(self, since: int, least: int) -> bool:
        """Whether `least` mandates were at work at or after `since` (microseconds UTC)."""
        if len(self.acts) < least:
            return False
        for name, acts in list(self.acts.items()):
            if not acts or acts[-1].at < since:
                self._unwrite(self.acts.pop(name))
        return mandates(self.acts) >= least

    def since(self, time: int) -> Crowd:
        """Return who acted at or after `time` (microseconds UTC)."""
        recent = {name: [act for act in acts if act.at >= time] for name, acts in self.acts.items()}
        return {name: acts for name, acts in recent.items() if acts}

    def stands(self, event: Event, since: int) -> bool:
        """Whether an action writes what is there already, or what somebody just wrote."""
        target = event.target
        if event.new is None or target is None:
            return False
        if event.new == event.old:
            return True
        writes = self._written.get((target, event.field))
        return writes is not None and writes[-1].at >= since and writes[-1].value == event.new

    def drop(self, action: str) -> None:
        """Forget an act that turned out to have changed nothing."""
        for acts in self.acts.values():
            if any(act.action == action for act in acts):
                acts[:] = [act for act in acts if act.action != action]
                vars(self).pop("_written", None)

    def _unwrite(self, gone: Iterable[Act]) -> None:
        """Forget the writes of acts that are forgotten."""
        written = self._written
        for act in gone:
            if act.target is not None and act.value is not None:
                place = act.target, act.field
                left = [one for one in written[place] if one is not act]
                if left:
                    written[place] = left
                else:
                    del written[place]


def _write(written: dict[tuple[Target, str], list[Act]], act: Act) -> None:
    """Add an act to those that wrote its field, where it wrote one."""
    if act.target is not None and act.value is not None:
        insort(written.setdefault((act.target, act.field), []), act, key=order)


def order(act: Act) -> tuple[int, str]:
    """Return where an act stands among others."""
    return (act.at, act.id)


def acts_of(crowd: Crowd) -> list[Act]:
    """Return all acts of a crowd, oldest first."""
    return sorted((act for acts in crowd.values() for act in acts), key=order)


def mandates(crowd: Crowd) -> int:
    """Return how many agents with different mandates a crowd has; each goes by its newest."""
    return len({acts[-1].mandate for acts in crowd.values() if acts})


def crowd_of(acts: Iterable[Act]) -> Crowd:
    """Return acts, each once, by agent."""
    found: Crowd = {}
    for act in sorted(acts, key=order):
        mine = found.setdefault(act.agent, [])
        if not mine or mine[-1] is not act:
            mine.append(act)
    return found
