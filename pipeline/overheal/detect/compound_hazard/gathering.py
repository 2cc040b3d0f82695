"""Who is where: the acts of one window by the things that they concern.

All of it follows from the acts that are remembered, what the catalog says of their services, and
which actions open findings have. So it is not saved, and is made when it is asked for.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from itertools import chain

from overheal.detect.compound_hazard.crowds import Act, Crowd
from overheal.detect.compound_hazard.gains import Gains
from overheal.detect.compound_hazard.joined import Joined
from overheal.detect.compound_hazard.places import Place
from overheal.detect.compound_hazard.things import Lookup, Things, short, target_key


class _Agent:
    """One agent of the window: what it goes by, its acts, and how many of them each place has."""

    __slots__ = ("acts", "mandate", "places")

    def __init__(self, mandate: str) -> None:
        self.mandate = mandate
        self.acts: OrderedDict[int, Act] = OrderedDict()
        self.places: dict[Place, int] = {}


class _Entry:
    """One act of the window: its number, counted up, and the places it is at."""

    __slots__ = ("act", "number", "places", "things")

    def __init__(self, act: Act, number: int, things: Things, places: list[Place]) -> None:
        self.act = act
        self.number = number
        self.things = things
        self.places = places


class Gathering:
    """Acts of the last `window` microseconds, as `lookup` knows what they concern.

    `unknown` is where all acts on services meet that the catalog does not know, `own` counts what
    was acted upon, rather than needed.
    """

    def __init__(self, crowd: Crowd, window: int, lookup: Lookup, joined: Joined) -> None:
        self.window = window
        self.lookup = lookup
        self.unknown = Place("")
        self.places: dict[str, Place] = {}
        self.own: defaultdict[str, int] = defaultdict(int)
        self._joined = joined
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._agents: dict[str, _Agent] = {}
        self._of_action: dict[str, list[_Entry]] = {}
        self._gains: Gains | None = None
        self._number = 0
        for act in sorted(chain.from_iterable(crowd.values()), key=_at):
            self.add(act)

    def here(self, act: Act) -> tuple[Things, list[Place]]:
        """Return what an act of the window concerns, and where that is."""
        entry = self._entries[id(act)]
        return entry.things, entry.places

    def most(self) -> Place | None:
        """Return the place that adds the most mandates to those at `unknown`, None for none.

        Where only services act that the catalog does not know, no place adds anything.
        """
        if len(self.unknown.acts) == len(self._entries):
            self._gains = None
            return None
        if self._gains is None:
            self._gains = Gains(self.places, self.unknown)
        return self._gains.most()

    def add(self, act: Act) -> None:
        """Take the newest act."""
        self._number += 1
        things = self.lookup.things(act.service)
        entry = _Entry(act, self._number, things, self._places(act, things))
        agent = self._agents.get(act.agent)
        if agent is None:
            agent = self._agents[act.agent] = _Agent(act.mandate)
        elif agent.mandate != act.mandate:
            self._rename(agent, act.mandate)
        self._entries[id(act)] = entry
        self._of_action.setdefault(act.action, []).append(entry)
        for name in (act.service, short(act.service)):
            self.own[name] += 1
        agent.acts[entry.number] = act
        numbers = self._joined.of(act.action)
        for place in entry.places:
            place.acts[entry.number] = act
            count = agent.places.get(place, 0)
            agent.places[place] = count + 1
            if not count:
                self._enter(place, agent.mandate)
            for number in numbers:
                place.taken[number] += 1

    def remove(self, act: Act) -> None:
        """Forget an act, where it is not forgotten yet."""
        entry = self._entries.pop(id(act), None)
        if entry is not None:
            self._remove(entry)

    def expire(self, since: int) -> None:
        """Forget what was before `since` (microseconds UTC)."""
        entries = self._entries
        while entries:
            key, entry = next(iter(entries.items()))
            if entry.act.at >= since:
                return
            del entries[key]
            self._remove(entry)

    def take(self, number: int, actions: Iterable[str]) -> None:
        """Note actions that the open finding with this number has from now on."""
        for action in actions:
            for entry in self._of_action.get(action, ()):
                for place in entry.places:
                    place.taken[number] += 1

    def forget(self, number: int) -> None:
        """Forget a finding that is over."""
        for place in (self.unknown, *self.places.values()):
            place.taken.pop(number, None)
            place.marks.pop(number, None)

    def _remove(self, entry: _Entry) -> None:
        act, agent = entry.act, self._agents[entry.act.agent]
        entries = self._of_action[act.action]
        entries.remove(entry)
        if not entries:
            del self._of_action[act.action]
        for name in (act.service, short(act.service)):
            self.own[name] -= 1
            if not self.own[name]:
                del self.own[name]
        del agent.acts[entry.number]
        numbers = self._joined.of(act.action)
        for place in entry.places:
            self._take_from(place, entry, agent, numbers)
        if not agent.acts:
            del self._agents[act.agent]
        elif agent.mandate != (newest := next(reversed(agent.acts.values())).mandate):
            self._rename(agent, newest)

    def _take_from(
        self, place: Place, entry: _Entry, agent: _Agent, numbers: Iterable[int]
    ) -> None:
        del place.acts[entry.number]
        agent.places[place] -= 1
        if not agent.places[place]:
            del agent.places[place]
            self._leave(place, agent.mandate)
        for number in numbers:
            place.taken[number] -= 1
            if not place.taken[number]:
                del place.taken[number]
        place.sure -= place.thing in entry.things.known or place.is_target
        if not place.acts and place is not self.unknown:
            del self.places[place.thing]
            if self._gains is not None:
                self._gains.vanish(place)

    def _places(self, act: Act, things: Things) -> list[Place]:
        """Return where an act is; what the catalog or the target vouches for counts as sure."""
        sure = [self._place(thing) for thing in things.known]
        if act.target is not None:
            sure.append(self._place(target_key(act.target)))
        for place in sure:
            place.sure += 1
        found = sure + [self._place(thing) for thing in things.named]
        return [*found, self.unknown] if things.named else found

    def _place(self, thing: str) -> Place:
        place = self.places.get(thing)
        if place is None:
            place = self.places[thing] = Place(thing)
            if self._gains is not None:
                self._gains.appear(place)
        return place

    def _rename(self, agent: _Agent, mandate: str) -> None:
        """Let an agent go by another mandate."""
        for place in agent.places:
            self._leave(place, agent.mandate)
            self._enter(place, mandate)
        agent.mandate = mandate

    def _enter(self, place: Place, mandate: str) -> None:
        place.mandates[mandate] += 1
        if place.mandates[mandate] == 1 and self._gains is not None:
            self._gains.enter(place, mandate)

    def _leave(self, place: Place, mandate: str) -> None:
        place.mandates[mandate] -= 1
        if not place.mandates[mandate]:
            del place.mandates[mandate]
            if self._gains is not None:
                self._gains.leave(place, mandate)


def _at(act: Act) -> int:
    return act.at
