"""Successes that are taken back otherwise on the two sides, and whom that can reach.

Of an action whose success was taken back (`ineffective_recovery`) nobody hears another outcome.
Where no event of it comes afterwards that is all the same to others, but for one thing: taking back
lets the reader of facts (`state.facts`) remember one action more, and so forget others earlier or
later. That is felt by actions that were over for long before they are told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from overheal.catalog import Catalog
from overheal.declared import Record
from overheal.model import Event
from overheal.run.backtest import places as cutting
from overheal.run.backtest.needs import BRIEF, TOLD, Service
from overheal.run.backtest.places import Group
from overheal.run.backtest.plan import drills_of
from overheal.stages.row import Restated
from overheal.store import Store
from overheal.store.past import StoredPlace


class TakenBack(msgspec.Struct, frozen=True):
    """Services of which successes are taken back on one side alone, or at another event.

    Of those `heard` of, an event of such an action came afterwards.
    """

    differing: frozenset[Service] = frozenset()
    heard: frozenset[Service] = frozenset()


def taken_back(parts: Iterable[TakenBack]) -> TakenBack:
    """Return all together."""
    found = list(parts)
    return TakenBack(
        frozenset[Service]().union(*(one.differing for one in found)),
        frozenset[Service]().union(*(one.heard for one in found)),
    )


class Swaying:
    """Compares what both sides take back, as events are told."""

    def __init__(self) -> None:
        self._apart: dict[str, tuple[int, Service]] = {}
        self._heard: set[Service] = set()

    def take(self, events: Sequence[Event], restated: Sequence[Sequence[Restated]]) -> None:
        """Take some events, and what each side took back at these."""
        one, other = ({(each.claim, each.event_id): each.at for each in side} for side in restated)
        for key in one.keys() ^ other.keys():
            claim, at = key[0], one.get(key) or other[key]
            environment, _, service = claim.service.partition("\0")
            self._apart.setdefault(claim.action_id, (at, (environment, service)))
        if self._apart:
            for event in events:
                known = self._apart.get(event.action_id)
                if known is not None and event.time >= known[0]:
                    self._heard.add(known[1])

    def end(self) -> TakenBack:
        """Return what differed, and begin anew."""
        differing = frozenset(service for _, service in self._apart.values())
        found = TakenBack(differing, frozenset(self._heard))
        self._apart, self._heard = {}, set()
        return found


def swayed(
    store: Store,
    span: tuple[int, int],
    groups: Sequence[Group],
    back: TakenBack,
    drills: AbstractSet[StoredPlace],
) -> list[Group]:
    """Return the groups in which others may hear otherwise on the two sides.

    Of what is taken back in drills nothing is known.
    """
    moved = cutting.of_services(groups, back.heard)
    moved += [group for group in groups if not drills.isdisjoint(group.places)]
    for piece in cutting.batches(cutting.of_services(groups, back.differing)):
        names = [place.name for group in piece for place in group.places]
        if store.lasting(names, BRIEF, *span, matters=TOLD, since=TOLD):
            moved += piece
    known = {id(group) for group in moved}
    return [group for group in groups if id(group) in known]


def drilled(
    catalog: Catalog, declared: Sequence[Record], places: Iterable[StoredPlace]
) -> set[StoredPlace]:
    """Return the places of which anything may have happened in a drill."""
    drills = drills_of(catalog, declared)
    return {
        place
        for place in (places if drills else ())
        if any(one.covers(*cutting.home(catalog, place)) for one in drills)
    }
