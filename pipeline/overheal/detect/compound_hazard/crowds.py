"""What agents with a mandate did in the last minutes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol

import msgspec

from overheal.model import Event, Target, Value
from overheal.state.alarms import Alarms
from overheal.state.words import shown

ACTS_KEPT = 300
"""Acts of one agent that are remembered within the window, the newest."""


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


Crowd = dict[str, list[Act]]
"""Acts by the agent they count as, oldest first."""


class Follower(Protocol):
    """What is kept of the acts of a crowd, and changes with them."""

    def add(self, act: Act) -> None:
        """Take the newest act."""

    def remove(self, act: Act) -> None:
        """Forget an act, where it is not forgotten yet."""


class Crowds(msgspec.Struct, dict=True):
    """Acts of the window by the agent they count as, oldest first.

    Only `acts` is saved. All else follows from it, is made when it is asked for and goes with it,
    so that nothing has to be looked through for every act.
    """

    acts: Crowd = {}

    @cached_property
    def followers(self) -> Sequence[Follower]:
        """Who is told of every act that comes or goes."""
        return ()

    @cached_property
    def _written(self) -> dict[tuple[Target, str], list[Act]]:
        """The acts that wrote each target's field, oldest first."""
        found: dict[tuple[Target, str], list[Act]] = {}
        for act in acts_of(self.acts):
            _write(found, act)
        return found

    @cached_property
    def _doers(self) -> dict[str, list[str]]:
        """Whom each action counts as, once for each of its acts."""
        found: dict[str, list[str]] = {}
        for act in acts_of(self.acts):
            found.setdefault(act.action, []).append(act.agent)
        return found

    @cached_property
    def _roster(self) -> Roster:
        """The agents at work, each by its newest mandate."""
        roster = Roster()
        for name, acts in self.acts.items():
            roster.see(name, acts)
        return roster

    def follow(self, followers: Sequence[Follower]) -> None:
        """Tell these of every act that comes or goes from now on."""
        vars(self)["followers"] = followers

    def remembers(self, action: str) -> bool:
        """Whether an action is among the acts."""
        return action in self._doers

    def add(self, act: Act, since: int) -> None:
        """Take one act; forget this agent's acts before `since` (microseconds UTC)."""
        written, doers, roster = self._written, self._doers, self._roster
        acts = self.acts.setdefault(act.agent, [])
        gone = 0
        while gone < len(acts) and acts[gone].at < since:
            gone += 1
        gone = max(gone, len(acts) + 1 - ACTS_KEPT)
        if gone > 0:
            self._forget(acts[:gone])
            del acts[:gone]
        acts.append(act)
        _write(written, act)
        doers.setdefault(act.action, []).append(act.agent)
        roster.see(act.agent, acts)
        for follower in self.followers:
            follower.add(act)

    def busy(self, since: int, least: int) -> bool:
        """Whether `least` mandates were at work at or after `since` (microseconds UTC).

        Each agent goes by its newest.
        """
        if len(self.acts) < least:
            return False
        for name in self._roster.idle(since, self.acts):
            self._forget(self.acts[name])
            del self.acts[name]
        return len(self._roster.mandates) >= least

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
        for name in set(self._doers.get(action, ())):
            acts = self.acts[name]
            self._forget([act for act in acts if act.action == action])
            acts[:] = [act for act in acts if act.action != action]
            self._roster.see(name, acts)

    def _forget(self, gone: Iterable[Act]) -> None:
        """Forget what follows from acts that are forgotten."""
        written, doers = self._written, self._doers
        for act in gone:
            _unwrite(written, act)
            names = doers[act.action]
            names.remove(act.agent)
            if not names:
                del doers[act.action]
            for follower in self.followers:
                follower.remove(act)


class Roster:
    """Which agents are at work, and for what, found without asking each."""

    def __init__(self) -> None:
        self.mandates: Counter[str] = Counter()
        self._of: dict[str, str] = {}
        self._newest = Alarms()

    def see(self, name: str, acts: Sequence[Act]) -> None:
        """Note the newest of an agent's acts; it goes by that one's mandate."""
        mandate = acts[-1].mandate if acts else None
        known = self._of.get(name)
        if mandate != known:
            self._leave(name)
            if mandate is not None:
                self._of[name] = mandate
                self.mandates[mandate] += 1
        self._newest.set(name, acts[-1].at if acts else 0)

    def idle(self, since: int, crowd: Crowd) -> list[str]:
        """Take out the agents of a crowd that did nothing since then (microseconds UTC)."""
        found = []
        for name in list(self._newest.ring(since - 1)):
            acts = crowd[name]
            if acts and acts[-1].at >= since:
                self._newest.set(name, acts[-1].at)
            else:
                self._leave(name)
                found.append(name)
        return found

    def _leave(self, name: str) -> None:
        mandate = self._of.pop(name, None)
        if mandate is not None:
            self.mandates[mandate] -= 1
            if not self.mandates[mandate]:
                del self.mandates[mandate]


def _write(written: dict[tuple[Target, str], list[Act]], act: Act) -> None:
    """Add an act to those that wrote its field, where it wrote one."""
    if act.target is not None and act.value is not None:
        insort(written.setdefault((act.target, act.field), []), act, key=order)


def _unwrite(written: dict[tuple[Target, str], list[Act]], act: Act) -> None:
    """Take an act from those that wrote its field, where it wrote one."""
    if act.target is None or act.value is None:
        return
    acts = written[act.target, act.field]
    place = bisect_left(acts, order(act), key=order)
    while acts[place] is not act:
        place += 1
    del acts[place]
    if not acts:
        del written[act.target, act.field]


def order(act: Act) -> tuple[int, str]:
    """Return where an act stands among others."""
    return (act.at, act.id)


def acts_of(crowd: Crowd) -> list[Act]:
    """Return all acts of a crowd, oldest first."""
    return sorted((act for acts in crowd.values() for act in acts), key=order)
