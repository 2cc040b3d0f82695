"""Which agent began the chain of cause and effect that an action is part of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from overheal.model import HOUR, MINUTE, Event
from overheal.state.memory import Recent

CHAIN_MEMORY = 5 * MINUTE
"""How long what happened is known as a possible cause, at least; each link of a chain has as long
again."""

ACTION_MEMORY = 6 * HOUR
"""How long an action with a mandate that has started is known, at least."""

LINKS_KEPT = 2_000
"""Possible causes that are remembered of one scope, where more than so many come within that."""

ORIGINS_KEPT = 1_000

WITNESSES_FOLLOWED = 8


class Origin(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The first agent of a chain and its mandate, `""` where nobody stated one.

    What was witnessed before it was told is an `alias` of the action it witnesses.
    """

    agent: str
    mandate: str
    alias: str = ""


origin_of = lru_cache(ORIGINS_KEPT)(Origin)
"""The origin of what an agent began for its mandate; most are one of a few."""

UNSTATED = Origin("", "")
"""The origin of what somebody without a mandate began."""


class Chains(msgspec.Struct):
    """The origins of what happened lately, by the ids of events and of actions."""

    links: Recent[Origin] = msgspec.field(
        default_factory=lambda: Recent(CHAIN_MEMORY, most=LINKS_KEPT)
    )
    begun: Recent[int] = msgspec.field(default_factory=lambda: Recent(ACTION_MEMORY))

    def knows(self, event: Event) -> bool:
        """Whether an earlier phase of this action was told."""
        known = self.links.get(event.action_id)
        if known is not None and not known.alias:
            return True
        return event.phase == "finished" and self.begun.get(event.action_id) is not None

    def cause_of(self, event: Event) -> Origin | None:
        """Return the origin of the first cause that is known, None where none is."""
        return self._first(
            name for name in event.caused_by if name not in (event.id, event.action_id)
        )

    def add(self, event: Event, mandate: str) -> Origin:
        """Take an action that is new; return whose it counts as."""
        origin = self.cause_of(event) if event.caused_by else None
        if origin is None:
            origin = origin_of(event.agent, mandate) if mandate else UNSTATED
        self.links.put(event.id, origin, event.time)
        self.links.young[event.action_id] = origin
        if origin.mandate and event.phase == "started":
            self.begun.put(event.action_id, 1, event.time)
        return origin

    def turns(self, event: Event) -> bool:
        """Whether a later phase names a cause, so that the action counts as another's."""
        cause = self.cause_of(event) if event.caused_by else None
        return cause is not None and cause != self.links.get(event.action_id)

    def follow(self, event: Event) -> None:
        """Take a later phase of an action, which may be what others name as their cause."""
        origin = self.cause_of(event) if event.caused_by else None
        origin = origin or self._first((event.action_id,))
        if origin is not None:
            self.links.put(event.id, origin, event.time)

    def pass_on(self, event: Event) -> None:
        """Take an observation, which hands on what caused it."""
        origin = self.cause_of(event)
        if origin is not None:
            self.links.put(event.id, origin, event.time)

    def witness(self, event: Event) -> None:
        """Take what somebody else saw of an action: naming either is the same."""
        origin = self._first((event.witness_of,)) or Origin("", "", event.witness_of)
        self.links.put(event.id, origin, event.time)
        if event.action_id != event.witness_of and self.links.get(event.action_id) is None:
            self.links.put(event.action_id, origin, event.time)

    def _first(self, ids: Iterable[str]) -> Origin | None:
        for name in ids:
            found = self.links.get(name)
            for _ in range(WITNESSES_FOLLOWED):
                if found is None or not found.alias:
                    break
                found = self.links.get(found.alias)
            if found is not None and not found.alias:
                return found
        return None
