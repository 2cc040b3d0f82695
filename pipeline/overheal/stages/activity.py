"""Condensing what agents do, so that the fleet stage reads variety rather than volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from overheal.model import MICROSECOND, Activity
from overheal.stages.row import Row

ActivityKey = tuple[int, str]
"""Second, and scope, agent, target and field in one string."""


def key_of(activity: Activity) -> ActivityKey:
    """Return what makes two activities the same one, to be merged."""
    target = activity.target
    where = f"{target.kind}\0{target.cluster}\0{target.region}\0{target.namespace}\0{target.name}"
    return (
        activity.second,
        f"{activity.scope}\0{activity.agent}\0{where}\0{activity.field}",
    )


def condense(rows: Sequence[Row]) -> list[Activity]:
    """Return what agents wrote in these rows alone, per agent, target, field and second."""
    return Condenser().take(rows)


Lookup = Callable[[str, int, int], Sequence[Row]]
"""Scope, start and end (microseconds UTC) → the rows there that could still be told again."""

RECENT = 5 * MICROSECOND
"""Seconds that are remembered as they stand; older ones are condensed again when they grow."""


class Condenser:
    """Condenses rows into activity that is cumulative: what it returns replaces what it returned.

    `ids` are those of the actions, by which the fleet stage knows what it has read when an action
    started and reads again when it ends. Drills, late events, witnesses and failed attempts are
    left out. `lookup` finds the rows of seconds that are not remembered, those taken now included.
    """

    def __init__(self, lookup: Lookup = lambda *_: ()) -> None:
        self._found: dict[ActivityKey, Activity] = {}
        self._lookup = lookup
        self._edge = 0
        self._newest = 0

    def __len__(self) -> int:
        return len(self._found)

    def take(self, rows: Sequence[Row]) -> list[Activity]:
        """Return the activities that these rows made or changed, each as it stands."""
        touched: dict[ActivityKey, None] = {}
        again: dict[ActivityKey, str] = {}
        found = self._found
        for row in rows:
            if not _writes(row):
                continue
            made = _activity(row)
            key = key_of(made)
            if key[0] < self._edge:
                again[key] = made.scope
                continue
            earlier = found.get(key)
            found[key] = made if earlier is None else merge(earlier, made)
            touched[key] = None
            self._newest = max(self._newest, key[0])
        changed = [found[key] for key in touched]
        if again:
            changed += self._condensed(again)
        self._forget()
        return changed

    def begin_at(self, time: int) -> None:
        """Remember nothing of what lies before `time` (microseconds UTC): others condensed it."""
        self._edge = self._newest = time - time % MICROSECOND + MICROSECOND

    def _condensed(self, again: dict[ActivityKey, str]) -> list[Activity]:
        """Condense whole seconds of the past."""
        changed = []
        for second, scope in {(key[0], scope): None for key, scope in again.items()}:
            parts = condense(self._lookup(scope, second, second + MICROSECOND))
            changed += [part for part in parts if key_of(part) in again]
        return changed

    def _forget(self) -> None:
        edge = self._newest - RECENT
        if edge - self._edge >= RECENT:
            self._edge = edge
            self._found = {key: item for key, item in self._found.items() if key[0] >= edge}


def _writes(row: Row) -> bool:
    event = row.event
    return not (
        event.new is None
        or event.target is None
        or event.phase not in ("started", "finished")
        or event.witness_of
        or event.outcome == "failed"
        or row.late
        or row.drill
    )


def _activity(row: Row) -> Activity:
    event = row.event
    target = event.target
    assert target is not None
    return Activity(
        scope=row.placement.scope,
        agent=event.agent,
        mandate=event.mandate,
        target=target,
        field=event.field,
        second=event.time - event.time % MICROSECOND,
        old=event.old,
        new=event.new,
        service=event.service,
        environment=event.environment,
        type=event.type,
        trigger=event.trigger,
        count=event.count,
        ids=(event.action_id,),
        first=(event.time, event.id),
        last=(event.time, event.id),
    )


def merge(one: Activity, other: Activity) -> Activity:
    """Return both as one: the value before the earlier, the value after the later of them.

    Merging is associative and commutative, so that batches may cut a second anywhere.
    """
    early = min(one, other, key=lambda item: item.first)
    late = max(one, other, key=lambda item: item.last)
    return msgspec.structs.replace(
        late,
        old=early.old,
        first=early.first,
        count=one.count + other.count,
        ids=tuple(sorted({*one.ids, *other.ids})),
    )
