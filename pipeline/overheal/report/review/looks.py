"""The items of readiness: how each stands for a service, and why.

Each is one function from what the catalog says and what events show to a state: `known`, `missing`,
or `contradicts`, where two sources say different things of one field. docs/readiness.md has them in
a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from overheal.catalog import Catalog, ServiceEntry
from overheal.drills import DeclaredDrill
from overheal.model import DAY
from overheal.report.review.items import Item
from overheal.report.review.settings import ReadinessSettings
from overheal.report.words import plural
from overheal.state.words import listed, span

State = Literal["known", "missing", "contradicts"]
STATES = frozenset({"symptom", "alert", "counter", "heartbeat", "page"})
"""Kinds of observations that tell how a service is, not only what was done to it."""


class Seen(msgspec.Struct, frozen=True):
    """What events say about a service; see `readiness_seen.sql`. `level` is None where unstated."""

    environment: str
    service: str
    actions: int = 0
    unruled: int = 0
    level: int | None = None
    types: Sequence[str] = ()
    policies: Sequence[str] = ()
    scopes: Sequence[str] = ()
    owners: Sequence[str] = ()
    told: Sequence[str] = ()
    last_at: int = 0


class Writers(msgspec.Struct, frozen=True):
    """A field that more than one automated agent wrote."""

    environment: str
    service: str
    target_kind: str
    target: str
    field: str
    agents: Sequence[str]


@dataclass
class Known:
    """All that is known about all services at `now` (microseconds UTC).

    `fleet` is the catalog by which a running fleet judges, None where that is this one.
    """

    now: int
    catalog: Catalog
    fleet: Catalog | None = None
    seen: Sequence[Seen] = ()
    writers: Sequence[Writers] = ()
    drills: Sequence[DeclaredDrill] = ()


@dataclass(frozen=True)
class Case:
    """One service, as its items look at it."""

    name: str
    environment: str
    entry: ServiceEntry
    fleet: ServiceEntry | None
    seen: Seen
    known: Known
    settings: ReadinessSettings

    def unstated(self, *names: str) -> list[str]:
        """Return which of these fields the catalog does not state."""
        return [name for name in names if name not in self.entry.model_fields_set]

    def other(self, name: str) -> str:
        """Return how the fleet's catalog says a field otherwise, or ""."""
        if self.fleet is None:
            return ""
        here, there = getattr(self.entry, name), getattr(self.fleet, name)
        return "" if here == there else f"{name}: catalog {here!r}, running fleet {there!r}"


Answer = tuple[State, str]


def _owner(case: Case) -> Answer:
    owner, labels = case.entry.owner, case.seen.owners
    if other := case.other("owner"):
        return "contradicts", other
    if owner and any(one != owner for one in labels):
        return "contradicts", f"catalog {owner}, events {listed(list(labels))}"
    if owner:
        return "known", owner
    return "missing", "nobody is named as owner"


def _policy(case: Case) -> Answer:
    if case.seen.unruled:
        return "missing", (
            f"no policy in {case.seen.unruled} of {plural(case.seen.actions, 'automated action')}"
        )
    if case.seen.policies:
        return "known", listed(list(case.seen.policies))
    return "missing", "no action stated the policy it follows"


def _dependencies(case: Case) -> Answer:
    if other := case.other("depends_on") or case.other("scope"):
        return "contradicts", other
    scope, seen = case.entry.scope, case.seen.scopes
    if scope and any(one != scope for one in seen):
        return "contradicts", f"scope: catalog {scope}, events {listed(list(seen))}"
    if case.unstated("depends_on"):
        return "missing", "depends_on is not stated; write [] where there are none"
    return "known", listed(case.entry.depends_on) if case.entry.depends_on else "none"


def _state(case: Case) -> Answer:
    old = case.known.now - case.seen.last_at
    if not case.seen.last_at:
        return "missing", "no event speaks of it"
    if old > case.settings.state_days * DAY:
        return "missing", f"last heard of {span(old / 1e6)} ago"
    told = [one for one in case.seen.told if one in STATES]
    if not told:
        return "missing", "only actions are told, never how the service is"
    return "known", f"{listed(told)}, last {span(old / 1e6)} ago"


def _order(case: Case) -> Answer:
    modes = case.entry.failure_modes
    after = sorted({name for mode in modes.values() for name in mode.after})
    foreign = [name for name in after if case.name in case.known.catalog.needs(name)]
    if foreign:
        return "contradicts", f"recovers after {listed(foreign)}, which depends on it"
    if after:
        return "known", f"after {listed(after)}"
    if not case.unstated("depends_on") and not case.entry.depends_on:
        return "known", "depends on nothing"
    if modes and all("after" in mode.model_fields_set for mode in modes.values()):
        return "known", "after nothing, as stated"
    return "missing", "no failure mode says what it recovers after"


def _authority(case: Case) -> Answer:
    entry = case.entry
    if other := case.other("allowed_autonomy_level") or case.other("boundaries"):
        return "contradicts", other
    allowed, level = entry.allowed_autonomy_level, case.seen.level
    if allowed is not None and level is not None and level > allowed:
        return "contradicts", f"level {allowed} is allowed, agents act at {level}"
    if entry.boundaries is not None:
        beyond = [one for one in case.seen.types if one not in entry.boundaries]
        if beyond:
            return "contradicts", f"outside the boundaries: {listed(beyond)}"
    lacks = case.unstated("allowed_autonomy_level", "boundaries")
    if lacks:
        return "missing", f"{listed(lacks)} not stated"
    return "known", f"level {allowed}, {listed(list(entry.boundaries or [])) or 'nothing'}"


def _escalation(case: Case) -> Answer:
    if other := case.other("escalate_below_confidence"):
        return "contradicts", other
    below = case.entry.escalate_below_confidence
    if below is None:
        return "missing", "escalate_below_confidence is not stated"
    return "known", f"a person below a confidence of {below:g}"


def _failure_modes(case: Case) -> Answer:
    modes, boundaries = case.entry.failure_modes, case.entry.boundaries
    if not modes:
        return "missing", "none is declared"
    beyond = [
        name
        for name, mode in modes.items()
        if boundaries is not None and mode.recovery and mode.recovery not in boundaries
    ]
    if beyond:
        return "contradicts", f"recovery outside the boundaries: {listed(beyond)}"
    lacks = [
        name
        for name, mode in modes.items()
        if not (mode.symptom and mode.recovery and mode.within_seconds)
    ]
    if lacks:
        return "missing", f"symptom, recovery or within_seconds: {listed(lacks)}"
    return "known", listed(list(modes))


def _runbook(case: Case) -> Answer:
    if other := case.other("runbook"):
        return "contradicts", other
    runbook = case.entry.runbook
    return ("known", runbook) if runbook else ("missing", "no runbook is named")


def _drills(case: Case) -> Answer:
    held = [
        one.end
        for one in case.known.drills
        if one.since <= case.known.now
        and (
            one.covers(case.name, case.entry.scope or case.name)
            or one.covers(case.name.rpartition("/")[2], case.entry.scope or case.name)
        )
    ]
    tested = [
        int(mode.last_tested.toordinal() - _EPOCH) * DAY
        for mode in case.entry.failure_modes.values()
        if mode.last_tested is not None
    ]
    last = min(max([*held, *tested], default=0), case.known.now)
    if not last:
        return "missing", "no drill, no failure mode tested"
    age = span((case.known.now - last) / 1e6)
    if case.known.now - last > case.settings.drill_days * DAY:
        return "missing", f"the last one was {age} ago"
    return "known", f"the last one {age} ago"


def _one_writer(case: Case) -> Answer:
    shared = [
        f"{one.field} of {one.target_kind} {one.target}: {listed(list(one.agents))}"
        for one in case.known.writers
        if (one.environment, one.service) == (case.environment, case.name)
    ]
    if shared:
        more = f" and {len(shared) - 2} more" if len(shared) > 2 else ""
        return "contradicts", "; ".join(shared[:2]) + more
    if not case.seen.last_at:
        return "missing", "no event shows who writes what"
    return "known", "no field has two automated writers"


_EPOCH = 719_163
"""The day 1970-01-01 as `date.toordinal` counts."""

LOOKS: dict[Item, Callable[[Case], Answer]] = {
    "owner": _owner,
    "policy": _policy,
    "dependencies": _dependencies,
    "state": _state,
    "order": _order,
    "authority": _authority,
    "escalation": _escalation,
    "failure_modes": _failure_modes,
    "runbook": _runbook,
    "drills": _drills,
    "one_writer": _one_writer,
}
