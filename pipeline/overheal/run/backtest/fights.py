"""Which writes agents can fight over: nobody is undone on a field that one agent alone writes.

So of a scope only the fields are told that more than one agent wrote, each with all of its actions.
Through coupled fields agents can fight where two with a mandate push at one service; in the scopes
of such services all coupled fields are told, since how long a service is remembered depends on how
much is pushed there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

import msgspec

from overheal.detect.agent_conflict.coupled import group_of
from overheal.detect.agent_conflict.fleet import ACTIONS_KEPT, OVER_MEMORY
from overheal.detect.agent_conflict.settings import PLANNED
from overheal.model import MICROSECOND
from overheal.run.backtest import places as cutting
from overheal.run.backtest.needs import ACTED, BRIEF, FELT, FLEET_WANTED
from overheal.run.backtest.places import Group
from overheal.state.mandates import WELL_KNOWN
from overheal.state.series import TIDYING
from overheal.store import Store
from overheal.store.contested import Contested, Pushes
from overheal.store.past import PlaceName, StoredPlace, Wanted, of_actions, of_services

WORTH = 0.3
"""Where a smaller share of what is written is left out, finding out which takes longer."""

WITH_FELT = (
    "(toUnixTimestamp(time), agent) IN (SELECT toUnixTimestamp(time), agent FROM action_events "
    "WHERE user_visible)"
)
"""The condition that a row may be told in one activity with what users felt."""

Span = tuple[int, int]


class Fights:
    """Asks a store what agents can fight over in [start, end) (microseconds UTC)."""

    def __init__(self, store: Store, groups: Sequence[Group], span: Span) -> None:
        self._store = store
        self._groups = groups
        self._span = span

    def heard(self, asked: Wanted, stored: Collection[StoredPlace]) -> Wanted:
        """Return what is asked of some places, whole scopes, less what nobody can fight over."""
        actions = f"({FELT} OR ({ACTED} AND {self.told(stored)}))"
        return msgspec.structs.replace(asked, actions=actions)

    def told(self, stored: Collection[StoredPlace]) -> str:
        """Return the condition that what was done in some places, whole scopes, has to be told.

        That is all where one of these actions is told over so long that how long it is remembered
        depends on the others.
        """
        names = [place.name for place in stored]
        fields = self._store.contested(names, TIDYING, *self._span)
        if fields is None or not _spares(fields, sum(place.events for place in stored)):
            return "true"
        matters = fields.here
        struggling = self._struggling.intersection(names)
        if struggling:
            matters = f"({matters} OR ({self._pushes.written} AND {of_services(struggling)}))"
        elif not fields.fields:
            return "false"
        if self._store.lasting(names, BRIEF, *self._span, matters=matters):
            return "true"
        return of_actions(of_services(names), matters, BRIEF)

    @cached_property
    def _pushes(self) -> Pushes:
        every = self._store.written_fields(*self._span)
        coupled = frozenset(name for name in every if group_of(name))
        return Pushes(coupled, TIDYING, PLANNED, frozenset(WELL_KNOWN))

    @cached_property
    def _struggling(self) -> set[PlaceName]:
        """The places of scopes in which two agents may pull at the two ends of a service."""
        services = self._store.pushed(self._pushes, *self._span)
        groups = cutting.of_services(self._groups, services)
        return {place.name for group in groups for place in group.places}


def heard_of_fights(store: Store, span: Span, events: int) -> Wanted:
    """Return what the fleet has to hear of where only a pair of agents is sought.

    That is everything where an action wrote other fields too (it writes once), where activity of a
    field may hold other activity, or where an action is not remembered for as long as it is told.
    """
    fields = store.contested(None, TIDYING, *span)
    if fields is None or fields.nameless or not _spares(fields, events):
        return FLEET_WANTED
    if not fields.fields:
        return Wanted(FLEET_WANTED.fields, "user_visible", FLEET_WANTED.observations)
    elsewhere, lasting = store.elsewhere(fields, *span)
    if elsewhere or lasting >= OVER_MEMORY:
        return FLEET_WANTED
    if store.busiest(OVER_MEMORY // MICROSECOND, *span) >= ACTIONS_KEPT:
        return FLEET_WANTED
    told = f"(user_visible OR {WITH_FELT} OR {of_actions('true', fields.here, BRIEF)})"
    return Wanted(FLEET_WANTED.fields, told, FLEET_WANTED.observations)


def _spares(fields: Contested, events: int) -> bool:
    return events - fields.written >= WORTH * events
