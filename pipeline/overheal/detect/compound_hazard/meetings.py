"""Where agents with different mandates meet."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from overheal.detect.compound_hazard.crowds import Act, order
from overheal.detect.compound_hazard.gathering import Gathering
from overheal.detect.compound_hazard.places import Place
from overheal.detect.compound_hazard.things import is_target, short
from overheal.detect.compound_hazard.words import UNKNOWN


class Shared(msgspec.Struct, frozen=True):
    """A thing on which so many mandates meet, and whether it is sure that they share it.

    Whoever meets is at one of the `places`.
    """

    thing: str
    places: tuple[Place, ...]
    mandates: int
    sure: bool

    @property
    def acts(self) -> list[Act]:
        """The acts that meet, oldest first."""
        found = {number: act for place in self.places for number, act in place.acts.items()}
        return sorted(found.values(), key=order)

    @property
    def first_at(self) -> int:
        """When the first of them was (microseconds UTC)."""
        return min(next(iter(place.acts.values())).at for place in self.places)

    def fresh(self, finding: int) -> list[Act]:
        """Return those that came since an open finding had all, oldest first; now it has these."""
        found = dict(act for place in self.places for act in place.since(finding))
        return sorted(found.values(), key=order)


def meeting(
    gathering: Gathering, newest: Act, least: int, spoken_of: Callable[[str], bool]
) -> Shared | None:
    """Return where `least` mandates meet with the newest act, None where they do not.

    What is sure comes before what is only possible, and a thing that is `spoken_of` before others.
    Then of things on which as many meet a target comes first, then what was acted upon itself.
    """
    things, here = gathering.here(newest)
    met = [place for place in here if place.sure and len(place.mandates) >= least]
    if met:
        place = min(met, key=lambda place: _rank(place, gathering, spoken_of))
        return Shared(place.thing, (place,), len(place.mandates), sure=True)
    unknown = gathering.unknown
    if not unknown.acts:
        return None
    best = gathering.most() if things.named else min(here, key=lambda place: _adds(place, unknown))
    mandates = len(unknown.mandates) - (0 if best is None else _adds(best, unknown)[0])
    if mandates < least:
        return None
    places = (unknown,) if best is None else (unknown, best)
    return Shared(UNKNOWN, places, mandates, sure=False)


def service_of(shared: Shared, acted: str) -> str:
    """Return the service a finding is filed under: the shared one, or the only one acted upon.

    Of a shared target it is the one `acted` upon last; where nobody knows, `""`.
    """
    names = sorted({act.service for act in shared.acts})
    if len(names) == 1:
        return names[0]
    if shared.thing == UNKNOWN or is_target(shared.thing):
        return acted if shared.thing else ""
    return next((name for name in names if shared.thing in (name, short(name))), shared.thing)


def _rank(
    place: Place, gathering: Gathering, spoken_of: Callable[[str], bool]
) -> tuple[bool, int, int, str]:
    near = 0 if place.is_target else 1 if place.thing in gathering.own else 2
    return (not spoken_of(place.thing), -len(place.mandates), near, place.thing)


def _adds(place: Place, unknown: Place) -> tuple[int, str]:
    """Return how many mandates a place adds, less than 0, and its thing: the most is first."""
    return (-sum(mandate not in unknown.mandates for mandate in place.mandates), place.thing)
