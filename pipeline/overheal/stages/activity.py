"""Condensing what agents do, so that the fleet stage reads variety rather than volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from overheal.model import CAUSES_KEPT, FELT, HEARTBEAT, MICROSECOND, Activity, Event, Target
from overheal.stages.row import Row

ActivityKey = tuple[int, str]
"""Second, and scope, agent, target and field in one string."""


def key_of(activity: Activity) -> ActivityKey:
    """Return what makes two activities the same one, to be merged."""
    on = activity.target
    where = f"{on.kind}\0{on.cluster}\0{on.region}\0{on.namespace}\0{on.name}"
    return activity.second, f"{activity.scope}\0{activity.agent}\0{where}\0{activity.field}"


def condense(rows: Sequence[Row]) -> list[Activity]:
    """Return what agents did in these rows alone, per agent, target, field and second."""
    return Condenser().take(rows)


Lookup = Callable[[str, int, int], Sequence[Row]]
"""Scope, start and end (microseconds UTC) → the rows there that were taken before."""

RECENT = 5 * MICROSECOND
"""Seconds that are remembered as they stand; older ones are condensed again when they grow."""


class Condenser:
    """Condenses rows into activity that is cumulative: what it returns replaces what it returned.

    `ids` are those of the actions, by which the fleet stage knows what it has read when an action
    started and reads again when it ends. Drills, late events, witnesses, proposals and
    verifications are left out. `lookup` finds the rows of seconds that are not remembered.
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
        past: dict[tuple[str, int], list[Row]] = {}
        found = self._found
        for row in rows:
            made = _activity(row)
            if made is None:
                continue
            key = key_of(made)
            if key[0] < self._edge:
                past.setdefault((made.scope, made.second), []).append(row)
                continue
            earlier = found.get(key)
            found[key] = made if earlier is None else merge(earlier, made)
            touched[key] = None
            self._newest = max(self._newest, key[0])
        changed = [found[key] for key in touched]
        for (scope, second), grown in past.items():
            changed += self._condensed(scope, second, grown)
        self._forget()
        return changed

    def begin_at(self, time: int) -> None:
        """Remember nothing of what lies before `time` (microseconds UTC): others condensed it."""
        self._edge = self._newest = time - time % MICROSECOND + MICROSECOND

    def _condensed(self, scope: str, second: int, grown: Sequence[Row]) -> list[Activity]:
        """Return what these rows changed of a second of the past, with what it held before."""
        touched = {key_of(part) for part in condense(grown)}
        known = self._lookup(scope, second, second + MICROSECOND)
        return [part for part in condense([*known, *grown]) if key_of(part) in touched]

    def _forget(self) -> None:
        edge = self._newest - RECENT
        if edge - self._edge >= RECENT:
            self._edge = edge
            self._found = {key: item for key, item in self._found.items() if key[0] >= edge}


def _activity(row: Row) -> Activity | None:
    """Return what one row means to the fleet, None where it means nothing."""
    event = row.event
    if row.late or row.drill or event.witness_of:
        return None
    kind = event.type if event.phase in ("started", "finished") else _sign(event)
    if not kind:
        return None
    target = event.target or Target("service", event.service)
    acts = event.phase != ""
    writes = event.new is not None and kind == event.type and event.outcome != "failed"
    writes = writes and event.target is not None and acts
    field, old, new = (event.field, event.old, event.new) if writes else ("", None, None)
    key = (event.time, event.id)
    # In the order of the fields, because naming 24 of them takes three times as long.
    return Activity(
        row.placement.scope,
        event.agent if kind != FELT else "",
        event.mandate,
        target if kind != FELT else Target("service", event.service),
        field,
        event.time - event.time % MICROSECOND,
        old,
        new,
        event.service,
        event.environment,
        kind,
        event.trigger,
        event.count,
        (event.action_id,) if acts else (),
        key,
        key,
        event.agent_kind,
        event.condition,
        event.outcome,
        event.recovery,
        event.recovery_overridden and not event.recovery,
        event.user_visible,
        (event.id,),
        event.caused_by[:CAUSES_KEPT],
    )


def _sign(event: Event) -> str:
    """Return what an event that is no action's start or end tells the fleet, `""` for nothing."""
    if event.user_visible and event.service:
        return FELT
    return HEARTBEAT if event.agent and event.type == HEARTBEAT else ""


def merge(one: Activity, other: Activity) -> Activity:
    """Return both as one: the value before the earlier, the value after the later of them.

    Merging is associative and commutative, so that batches may cut a second anywhere.
    """
    early = other if other.first < one.first else one
    late = other if other.last > one.last else one
    return msgspec.structs.replace(
        late,
        old=early.old,
        first=early.first,
        count=one.count + other.count,
        ids=tuple(sorted({*one.ids, *other.ids})),
        recovery=one.recovery or other.recovery,
        disowned=one.disowned or other.disowned,
        felt=one.felt or other.felt,
        events=_first_of(one.events, other.events),
        causes=_first_of(one.causes, other.causes),
    )


def _first_of(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return both together, each once, cut so that the order of merging does not matter."""
    if not other or one == other:
        return one
    return tuple(sorted({*one, *other})[:CAUSES_KEPT])
