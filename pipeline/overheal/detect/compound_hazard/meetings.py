"""Where agents with different mandates meet."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from overheal.detect.base import Owners
from overheal.detect.compound_hazard.crowds import (
    TARGET,
    Act,
    Crowd,
    Things,
    crowd_of,
    target_key,
    things_of,
)
from overheal.detect.compound_hazard.words import UNKNOWN
from overheal.model import Target

SERVICES_KEPT = 20_000
"""Services of which what they concern is looked up once."""


class Lookup:
    """What acts on each service concern; the same for as long as the same catalog holds."""

    def __init__(self) -> None:
        self._owners: Owners | None = None
        self._known: dict[str, Things] = {}

    def survey(self, owners: Owners) -> Survey:
        """Return a survey that begins with what is known by now, and adds to it."""
        if owners is not self._owners or len(self._known) > SERVICES_KEPT:
            self._owners, self._known = owners, {}
        return Survey(owners, self._known)


class Shared(msgspec.Struct, frozen=True):
    """A thing on which mandates meet, the acts that do, and whether it is sure they share it."""

    thing: str
    crowd: Crowd
    sure: bool


class Survey(msgspec.Struct):
    """What is known of all acts of the window: who touches what, and what is unknown.

    `mandates` are those of the agents that touch a thing, `sure` the things that the catalog or
    the target itself vouches for, `own` those that were acted upon rather than needed.
    """

    owners: Owners
    known: dict[str, Things]
    mandates: dict[str, set[str]] = {}
    sure: set[str] = set()
    own: set[str] = set()
    unknown: set[str] = set()

    def look(self, crowd: Crowd) -> None:
        """Look at all acts; each agent goes by its newest mandate."""
        for acts in crowd.values():
            mandate = acts[-1].mandate
            for service, target in {(act.service, act.target) for act in acts}:
                concerned = self.things(service)
                aims = _targets(target)
                self.sure.update(concerned.known, aims)
                self.own.update((service, service.rpartition("/")[2]))
                for thing in (*concerned.known, *concerned.named, *aims):
                    self.mandates.setdefault(thing, set()).add(mandate)
                if concerned.named:
                    self.unknown.add(mandate)

    def things(self, service: str) -> Things:
        """Return what acts on a service concern."""
        found = self.known.get(service)
        if found is None:
            found = self.known[service] = things_of(service, self.owners)
        return found

    def rank(self, thing: str) -> tuple[int, int, str]:
        """Most mandates first; then a target, then what was acted upon itself, then its needs."""
        near = 0 if thing.startswith(TARGET) else 1 if thing in self.own else 2
        return (-len(self.mandates[thing]), near, thing)

    def on(self, thing: str, crowd: Crowd) -> list[Act]:
        """Return the acts that concern a thing."""
        return [
            act
            for acts in crowd.values()
            for act in acts
            if thing in self.known[act.service].known
            or thing in self.known[act.service].named
            or thing in _targets(act.target)
        ]


def meeting(
    survey: Survey, crowd: Crowd, newest: Act, least: int, spoken_of: Container[str]
) -> Shared | None:
    """Return where `least` mandates meet with the newest act, None where they do not.

    What is sure comes before what is only possible, and a thing that is `spoken_of` before others.
    """
    if not _may_meet(survey, crowd, newest, least):
        return None
    survey.look(crowd)
    mine = survey.things(newest.service)
    here = {*mine.known, *mine.named, *_targets(newest.target)}
    ranked = sorted(
        (thing for thing in here & survey.sure if len(survey.mandates[thing]) >= least),
        key=survey.rank,
    )
    if ranked:
        thing = next((thing for thing in ranked if thing in spoken_of), ranked[0])
        return Shared(thing, crowd_of(survey.on(thing, crowd)), sure=True)
    if not survey.unknown:
        return None
    things = survey.mandates if mine.named else here
    best = min(things, key=lambda thing: (-len(survey.mandates[thing] | survey.unknown), thing))
    if len(survey.mandates[best] | survey.unknown) < least:
        return None
    unknown = [act for acts in crowd.values() for act in acts if survey.known[act.service].named]
    return Shared(UNKNOWN, crowd_of([*unknown, *survey.on(best, crowd)]), sure=False)


def service_of(shared: Shared, acted: str) -> str:
    """Return the service a finding is filed under: the shared one, or the only one acted upon.

    Of a shared target it is the one `acted` upon last; where nobody knows, `""`.
    """
    names = _services(shared)
    if len(names) == 1:
        return names[0]
    if shared.thing == UNKNOWN or shared.thing.startswith(TARGET):
        return acted if shared.thing else ""
    own = (name for name in names if shared.thing in (name, name.rpartition("/")[2]))
    return next(own, shared.thing)


def _may_meet(survey: Survey, crowd: Crowd, newest: Act, least: int) -> bool:
    """Whether it is worth a look; most acts of a busy scope share nothing with most others."""
    mine, target = survey.things(newest.service), newest.target
    here, meet = mine.known, set[str]()
    if mine.named:
        return True
    for acts in crowd.values():
        mandate = acts[-1].mandate
        for act in acts:
            other = survey.things(act.service)
            if other.named:
                return True
            if mandate not in meet and (
                not here.isdisjoint(other.known) or (target is not None and act.target == target)
            ):
                meet.add(mandate)
    return len(meet) >= least


def _services(shared: Shared) -> list[str]:
    return sorted({act.service for acts in shared.crowd.values() for act in acts})


def _targets(target: Target | None) -> tuple[str, ...]:
    return () if target is None else (target_key(target),)
