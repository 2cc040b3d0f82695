"""Counters of Events: how much of what a sighting says was not read before.

Lists, watches and tables show the same Event again and again. Where it has an identity (uid, or
namespace and name) that decides; a row of a text table is the Event with the same object, reason
and message whose time fits within the age's precision. A table whose receipt is not when it was
printed (a copied file) is off by one constant, found where something that happens only once stands
in both.
"""

from __future__ import annotations

import enum

import msgspec

from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.times import SECOND

SLACK = 5 * SECOND
"""By how much the clocks of controllers and API server may differ."""

PRINTED = 600 * SECOND
"""By how much the moment of a table's print may be off without saying anything: every row stands
for one Event, so nothing is matched twice."""

_ONCE = frozenset({"Scheduled", "SuccessfulCreate", "SuccessfulDelete"})
"""Reasons that a generated pod name makes unique."""


class Verdict(enum.Enum):
    """Why a sighting holds nothing new, or nothing yet."""

    SEEN = "seen before"
    LATER = "the table's own time is not known yet"


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What is new in a sighting: `count` occurrences, none before `first_at`.

    `total` is where the counter stands, `opening` that it was never read before, `twin` how many
    rows of the same table looked exactly alike.
    """

    count: int
    first_at: int
    total: int
    opening: bool
    twin: int = 0


class _Entry(msgspec.Struct, gc=False):
    identity: str
    key: int
    count: int
    last: int
    spread: int
    origin: str


class Counters:
    """Remembers what was read of each Event."""

    def __init__(self, forget: int) -> None:
        self._entries: Memory[str, _Entry] = Memory(forget)
        self._alike: Memory[int, list[_Entry]] = Memory(forget)
        self._shift: Memory[str, tuple[int, int]] = Memory(forget, 1000)
        self._now = 0

    def read(self, event: Sighting, origin: str, *, insist: bool = False) -> Reading | Verdict:
        """Return what is new, and remember it. `insist` decides where `LATER` would be the answer.

        The text table's rows do not move the memory's time: their own is only as good as the
        file's.
        """
        if not event.table:
            self._now = max(self._now, event.last)
        key = hash((event.namespace, event.kind, event.object, event.reason, event.message))
        entry = self._entries.get(event.identity) if event.identity else None
        if entry is None:
            found = self._same(event, key, origin, insist=insist)
            if isinstance(found, Verdict):
                return found
            entry = found
        if entry is None:
            mark = origin if event.table else ""
            entry = _Entry(event.identity, key, event.count, event.last, event.spread, mark)
            twins = [other for other in self._alike.get(key) or () if _twins(other, entry)]
            self._keep(entry, key)
            return Reading(event.count, event.first, event.count, opening=True, twin=len(twins))
        more, before = event.count - entry.count, entry.last
        if event.table:
            entry.origin = origin
        if more > 0 or not event.table:
            entry.count = max(entry.count, event.count)
            entry.last = max(entry.last, event.last) if event.table else event.last
            entry.spread = event.spread
            entry.identity = entry.identity or event.identity
            self._keep(entry, key)
        if more <= 0:
            return Verdict.SEEN
        return Reading(more, min(before, event.last), event.count, opening=False)

    def learned(self, origin: str) -> bool:
        """Whether a table's own time is known."""
        return origin in self._shift

    def _keep(self, entry: _Entry, key: int) -> None:
        if entry.identity:
            self._entries.put(entry.identity, entry, self._now)
        if entry.key != key:
            old = self._alike.get(entry.key) or []
            old[:] = [other for other in old if other is not entry]
            entry.key = key
        alike = self._alike.get(key) or []
        if not any(other is entry for other in alike):
            alike.append(entry)
        self._alike.put(key, alike[-20:], self._now)

    def _same(
        self, event: Sighting, key: int, origin: str, *, insist: bool
    ) -> _Entry | Verdict | None:
        """Return the entry of the same Event seen without, or now without, an identity."""
        known = self._alike.get(key)
        if event.identity and known:
            known = [entry for entry in known if not entry.identity]
        elif event.table and known:  # one table never shows one Event twice
            known = [entry for entry in known if entry.origin != origin]
        if not known:
            return None
        shift, unsure = self._shift.get(origin) or (0, 0)
        moment = event.last - shift
        best = min(known, key=lambda entry: abs(moment - entry.last))
        apart = moment - best.last
        slack = PRINTED if event.table or best.origin else SLACK
        near = abs(apart) <= event.spread + best.spread + unsure + slack
        once = event.reason in _ONCE and event.count == 1 and not event.combined
        if not event.table:
            return best if near or (once and event.spread + best.spread > 2 * SECOND) else None
        if origin not in self._shift:
            if once:
                self._shift.put(origin, (0 if near else apart, event.spread), self._now)
                return best
            if not near and not insist:
                return Verdict.LATER
        if near or apart < 0 or event.count > best.count:
            return best
        return None


def _twins(one: _Entry, other: _Entry) -> bool:
    """Whether two different rows of one table cannot be told apart."""
    return bool(other.origin) and one.origin == other.origin and not one.identity
