"""How many mandates each place adds to those at work on services that nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from overheal.detect.compound_hazard.places import Place

SPARE = 64
"""So many outdated entries more than half are borne with in the heap."""


class Gains:
    """Counts at each place the mandates that are not at work at `unknown`, and knows the most.

    Of places that add as many the one whose thing's name comes first counts as the most.
    """

    def __init__(self, places: Mapping[str, Place], unknown: Place) -> None:
        self._places = places
        self._unknown = unknown
        self._at: defaultdict[str, dict[Place, None]] = defaultdict(dict)
        self._of: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        for place in places.values():
            self._of[place.thing] = 0
            for mandate in place.mandates:
                self._at[mandate][place] = None
                self._of[place.thing] += mandate not in unknown.mandates
        self._pile()

    def most(self) -> Place | None:
        """Return the place that adds the most, None where there is none."""
        heap, known = self._heap, self._of
        while heap and known.get(heap[0][1]) != -heap[0][0]:
            heappop(heap)
        return self._places[heap[0][1]] if heap else None

    def appear(self, place: Place) -> None:
        """Take a new place, where nobody is yet."""
        self._set(place.thing, 0)

    def vanish(self, place: Place) -> None:
        """Forget a place where nobody is any more."""
        del self._of[place.thing]

    def enter(self, place: Place, mandate: str) -> None:
        """Note that the first agent with a mandate is at a place."""
        if place is self._unknown:
            self._change(mandate, -1)
            return
        self._at[mandate][place] = None
        if mandate not in self._unknown.mandates:
            self._set(place.thing, self._of[place.thing] + 1)

    def leave(self, place: Place, mandate: str) -> None:
        """Note that the last agent with a mandate has left a place."""
        if place is self._unknown:
            self._change(mandate, 1)
            return
        del self._at[mandate][place]
        if not self._at[mandate]:
            del self._at[mandate]
        if mandate not in self._unknown.mandates:
            self._set(place.thing, self._of[place.thing] - 1)

    def _change(self, mandate: str, by: int) -> None:
        for place in self._at.get(mandate, ()):
            self._set(place.thing, self._of[place.thing] + by)

    def _set(self, thing: str, gain: int) -> None:
        self._of[thing] = gain
        heappush(self._heap, (-gain, thing))
        if len(self._heap) > 2 * len(self._of) + SPARE:
            self._pile()

    def _pile(self) -> None:
        self._heap = [(-gain, thing) for thing, gain in self._of.items()]
        heapify(self._heap)
