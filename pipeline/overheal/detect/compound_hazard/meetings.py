"""Where agents with different mandates meet, and which open finding that belongs to."""

from __future__ import annotations

import msgspec

from overheal.detect.base import Owners
from overheal.detect.compound_hazard.crowds import (
    TARGET,
    Act,
    Crowd,
    Things,
    acts_of,
    crowd_of,
    mandates,
    target_key,
    things_of,
)
from overheal.detect.compound_hazard.words import UNKNOWN, Hazard


class Shared(msgspec.Struct, frozen=True):
    """Acts that meet on a thing, and whether it is sure that they share it."""

    thing: str
    crowd: Crowd
    sure: bool


def meetings(crowd: Crowd, newest: Act, owners: Owners, least: int) -> list[Shared]:
    """Return where `least` mandates meet with the newest act; sure ones where there are any."""
    known: dict[str, Things] = {}

    def things(act: Act) -> Things:
        found = known.get(act.service)
        if found is None:
            found = known[act.service] = things_of(act.service, owners)
        return found

    mine = things(newest)
    wanted = None if mine.named else {*mine.known, *_targets(newest)}
    by_thing: dict[str, list[Act]] = {}
    sure: set[str] = set(_targets(newest))
    unknown: list[Act] = []
    for acts in crowd.values():
        for act in acts:
            concerned = things(act)
            for thing in (*concerned.known, *concerned.named, *_targets(act)):
                if wanted is None or thing in wanted:
                    by_thing.setdefault(thing, []).append(act)
            sure |= concerned.known
            if concerned.named:
                unknown.append(act)
    here = mine.known | mine.named | sure.intersection(_targets(newest))
    certain = [
        Shared(thing, found, sure=True)
        for thing in here & sure
        if mandates(found := crowd_of(by_thing[thing])) >= least
    ]
    return certain or _possible(by_thing, unknown, least)


def _possible(by_thing: dict[str, list[Act]], unknown: list[Act], least: int) -> list[Shared]:
    """Return what enough mandates may share: services unknown to the catalog, with one thing."""
    if not unknown:
        return []
    crowds = [crowd_of([*unknown, *by_thing[thing]]) for thing in sorted(by_thing)]
    best = max(crowds, key=mandates)
    return [Shared(UNKNOWN, best, sure=False)] if mandates(best) >= least else []


def one_of(
    found: list[Shared], hazards: dict[str, Hazard], scope: str
) -> tuple[Shared, Hazard | None]:
    """Return what to speak of, and the open finding that it belongs to, if there is one."""
    ranked = sorted(found, key=_rank)
    for shared in ranked:
        known = hazards.get(subject_of(scope, shared))
        if known is not None:
            return shared, known
    best = ranked[0]
    actions = [act.action for act in acts_of(best.crowd)]
    for hazard in hazards.values():
        if any(action in hazard.recent for action in actions):
            return best, hazard
    return best, None


def subject_of(scope: str, shared: Shared) -> str:
    """Return what a finding about this meeting is about."""
    return f"{scope}\0{shared.thing}"


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


def _rank(shared: Shared) -> tuple[int, int, str]:
    """Most mandates first; then a target, then what was acted upon itself, then its needs."""
    near = 0
    if not shared.thing.startswith(TARGET):
        names = {part for name in _services(shared) for part in (name, name.rpartition("/")[2])}
        near = 1 if shared.thing in names else 2
    return (-mandates(shared.crowd), near, shared.thing)


def _services(shared: Shared) -> list[str]:
    return sorted({act.service for acts in shared.crowd.values() for act in acts})


def _targets(act: Act) -> tuple[str, ...]:
    return () if act.target is None else (target_key(act.target),)
