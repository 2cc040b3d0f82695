"""What the fleet stage has to hear of where it is not asked for everything.

Asked for fights it has to hear of what agents can fight over (`fights`). What follows is about
roots across services.

Most of what happens in a fleet follows demand or a schedule, and nothing else has to do with it:
`store.dull` says what that is in rows, and here it is when leaving it out changes nothing.

What `mass_action` remembers is then the same: whatever it keeps (targets by days, habits of thirty
days, who led whom) is told by what is not dull, or by the first action on a target each day.
`cascade` looks up actions by their ids, their causes and their services. What it remembers for two
hours at least (`KEPT`) it forgets by the hands of a clock that every action moves, so that an
action told over longer than that, or a cause that lies farther back, has to be told with all that
happened; and so has everything where it is so busy that it forgets earlier (`NAMES_KEPT`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from overheal.catalog import Catalog
from overheal.detect.cascade.steps import KEPT, LATEST_KEPT, NAMES_KEPT
from overheal.detect.mass_action.counted import ASKED_FOR, NODES
from overheal.model import MICROSECOND
from overheal.run.backtest.fights import heard_of_fights
from overheal.run.backtest.needs import FLEET_WANTED
from overheal.run.backtest.places import home
from overheal.run.backtest.plan import drills_of, rules_from
from overheal.run.backtest.replay import Task
from overheal.stages.relations import FIGHT
from overheal.stages.roots import ROOTS
from overheal.stages.rules import Rules
from overheal.state.alarms import NEVER
from overheal.store import Store
from overheal.store.dull import Dull, Seconds
from overheal.store.past import StoredPlace, Wanted

LEAST = 0.3
"""Where a smaller share of the actions is dull, finding out which takes longer than it saves."""

NAMES = 2
"""Ids by which an action that is told is remembered, at most."""


class Heard(NamedTuple):
    """Which events are told, and when detectors are woken by what is not (`stages.fleet`)."""

    wanted: Wanted
    woken_at: Callable[[int], int]


def heard_of(
    store: Store, task: Task, places: Sequence[StoredPlace], span: tuple[int, int]
) -> Heard:
    """Return what the fleet's detectors of a task have to hear of these places in [start, end)."""
    sides = [rules_from(task.before), rules_from(task.after)]
    everything = Heard(FLEET_WANTED, lambda _: NEVER)
    names = task.apart | task.once
    if names == {FIGHT} and task.same_places:
        events = sum(place.events for place in places)
        return everything._replace(wanted=heard_of_fights(store, span, events))
    if not names <= set(ROOTS) or not task.same_places:
        return everything
    catalog = sides[0].catalog
    within = max(_within(rules) for rules in sides)
    dull = Dull(
        triggers=ASKED_FOR,
        kinds=NODES,
        needed=_needed(catalog),
        spans=_drills(catalog, task, places),
        within=within,
        around=KEPT,
    )
    amount = store.dullness(dull, *span)
    if amount.dull < LEAST * amount.told or within >= LATEST_KEPT:
        return everything
    dull = msgspec.structs.replace(dull, causes=amount.with_causes > 0)
    longest = store.longest(dull, *span)
    if longest is None or longest * MICROSECOND >= KEPT:
        return everything
    if NAMES * store.busiest(max(longest, within // MICROSECOND) + 1, *span) >= NAMES_KEPT:
        return everything
    wanted = Wanted(FLEET_WANTED.fields, dull.wanted, FLEET_WANTED.observations)
    return Heard(wanted, _woken(store.seconds(dull, *span)))


def _within(rules: Rules) -> int:
    """Return how soon `cascade` lets an action follow another that it does not name (µs)."""
    found: list[int] = [one.settings("", "").within for one in rules.fleet if one.name == "cascade"]
    return max(found)


def _needed(catalog: Catalog) -> frozenset[str]:
    """Return the short names of what anything depends on."""
    needed = {name for service in catalog.file.services for name in catalog.needs(service)}
    return frozenset(name.rpartition("/")[2] for name in needed)


def _drills(
    catalog: Catalog, task: Task, places: Sequence[StoredPlace]
) -> tuple[tuple[int, int], ...]:
    """Return when there were drills: whatever is told of these is told in full."""
    drills = drills_of(catalog, task.declared)
    homes = {home(catalog, place) for place in places}
    return tuple((one.since, one.until) for one in drills if any(one.covers(*at) for at in homes))


def _woken(seconds: Seconds) -> Callable[[int], int]:
    """Return what says when the first activity at or after a time was (microseconds UTC)."""

    def woken_at(due: int) -> int:
        at = int(np.searchsorted(seconds, np.uint32(-(-due // MICROSECOND))))
        return int(seconds[at]) * MICROSECOND if at < len(seconds) else NEVER

    return woken_at
