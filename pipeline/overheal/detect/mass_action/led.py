"""What an agent's actions led others to do: a causal chain counts as its first agent."""

from __future__ import annotations

import msgspec

from overheal.detect.mass_action.counted import is_counted
from overheal.model import HOUR, MICROSECOND, Activity
from overheal.state.footprint import Footprint, Place, tread
from overheal.state.memory import Recent

KEPT, CLOCKS = HOUR, 5 * MICROSECOND

FOLLOWERS_KEPT = 50

CAUSES_KEPT = 500_000
"""Ids that are remembered as causes, where there are more than so many within `KEPT`."""


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """What the `follower` did at a place, in a second (microseconds UTC), because of another."""

    follower: str
    place: Place
    at: int


class Led(msgspec.Struct):
    """Where the actions of one agent led others, and whom."""

    reach: Footprint = {}
    followers: list[str] = []

    def add(self, deed: Deed) -> bool:
        """Take what somebody did; return whether that is a new place or a new agent."""
        before = len(self.reach), len(self.followers)
        tread(self.reach, *deed.place, deed.at)
        if deed.follower not in self.followers and len(self.followers) < FOLLOWERS_KEPT:
            self.followers.append(deed.follower)
        return before != (len(self.reach), len(self.followers))

    def since(self, at: int) -> Led:
        """Return what of it lies at `at` (microseconds UTC) or later, clocks aside."""
        late = {place: span for place, span in self.reach.items() if span[1] >= at - CLOCKS}
        reach = {place: (max(first, at), max(last, at)) for place, (first, last) in late.items()}
        return Led(reach, self.followers if reach else [])


class Leaders(msgspec.Struct):
    """Who began what: the ids of what counts, with the agent at the start of their chain.

    Agents go by environment and name. `orphans` are deeds whose cause is not known yet, by that
    cause: what lies in one second, or comes from clocks that differ, may be told before it.
    """

    known: Recent[str] = msgspec.field(default_factory=lambda: Recent(KEPT, most=CAUSES_KEPT))
    orphans: Recent[list[Deed]] = msgspec.field(default_factory=lambda: Recent(CLOCKS))

    def leader(self, activity: Activity, agent: str) -> str:
        """Return the agent that began what an action is part of: another one, or the `agent`."""
        causes = activity.causes
        leader = next(filter(None, map(self.known.get, causes)), "") if causes else ""
        for cause in () if leader else causes:
            waiting = [*(self.orphans.get(cause) or ()), deed_of(activity)]
            self.orphans.put(cause, waiting[-FOLLOWERS_KEPT:], activity.second)
        if leader or is_counted(activity):
            for key in (*activity.ids, *activity.events):
                self.known.put(key, leader or agent, activity.second)
        return leader or agent

    def adopted(self, activity: Activity) -> list[Deed]:
        """Return what was done because of an action before it was told itself."""
        found: list[Deed] = []
        if self.orphans:
            for key in (*activity.ids, *activity.events):
                found += self.orphans.get(key) or ()
                self.orphans.drop(key)
        return found


def deed_of(activity: Activity) -> Deed:
    """Return what an action did where, as one that follows from another."""
    place = (activity.environment, activity.service)
    return Deed(f"{activity.environment}\0{activity.agent}", place, activity.second)
