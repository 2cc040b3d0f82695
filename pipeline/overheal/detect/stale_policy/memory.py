"""What is remembered of services, their changes and what was exercised, and the settings."""

from __future__ import annotations

import dataclasses

import msgspec

from overheal.detect.base import Settings, State, setting
from overheal.model import DAY, Event
from overheal.state.alarms import NEVER
from overheal.state.memory import Recent, RecentKeys
from overheal.state.moments import Member

SERVICE_KEPT = 400 * DAY
"""How long a service is remembered after its last event."""

TARGET_KEPT = 90 * DAY
"""For how long a change of a target counts where its service did not change."""

COUNTED_KEPT = DAY


@dataclasses.dataclass(frozen=True)
class StaleSettings(Settings):
    """After how long what nobody touched is stale."""

    grace_days: float = setting(
        90.0,
        unit="days",
        bound="inclusive",
        meaning="a policy this much older than the last change is stale",
    )
    exercise_days: float = setting(
        180.0,
        unit="days",
        bound="inclusive",
        meaning="a recovery path not exercised for this long is stale",
    )
    quiet_days: float = setting(
        30.0,
        unit="days",
        bound="inclusive",
        meaning="a stale policy that nobody followed for this long is forgotten",
    )


class Changes(msgspec.Struct):
    """When something last changed (microseconds UTC), by which policy, and before by another."""

    at: int
    policy: str
    before: int = 0

    def note(self, at: int, policy: str) -> None:
        """Take a change that is newer than all before."""
        if policy != self.policy:
            self.before, self.policy = self.at, policy
        self.at = at

    def by_others(self, policy: str) -> int:
        """Return when it last changed otherwise than by a policy, 0 where it never did."""
        return self.before if policy and policy == self.policy else self.at


class Path(msgspec.Struct, frozen=True, gc=False):
    """An open finding about a recovery path: its type of action, and since when it is unused.

    `never` is whether it was never exercised, `since` then when the service was first seen.
    """

    finding: str
    recovery: str
    since: int
    never: bool


class Watched(msgspec.Struct):
    """One service: its first and newest event, changes, last exercise of each type, open paths.

    Its paths are looked at when `due`, and with the first event from `look_at` on, because the
    catalog may have changed.
    """

    first: Member
    last_at: int
    changes: Changes | None = None
    exercised: dict[str, Member] = {}
    paths: dict[str, Path] = {}
    look_at: int = 0
    due: int = NEVER


class Policy(msgspec.Struct):
    """An open finding about a policy: what it is about, how old it is, when it was followed."""

    finding: str
    policy: str
    version: str
    about: str
    quiet: int
    policy_at: int = 0
    changed_at: int = 0
    last_at: int = 0


class StaleState(State):
    """Services by environment and name, changes of targets, stale policies by their subject.

    `counted` are actions that followed a stale policy.
    """

    services: dict[str, Watched] = msgspec.field(default_factory=dict)
    targets: Recent[Changes] = msgspec.field(default_factory=lambda: Recent[Changes](TARGET_KEPT))
    policies: dict[str, Policy] = msgspec.field(default_factory=dict)
    counted: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(COUNTED_KEPT))


def service_key(event: Event) -> str:
    """Return under what the service of an event is remembered."""
    return f"{event.environment}\0{event.service}"


def target_key(event: Event) -> str:
    """Return under what the target of an event is remembered, `""` where it has none."""
    target = event.target
    if target is None:
        return ""
    parts = (target.kind, target.name, target.namespace, target.cluster, target.region)
    return "\0".join((event.environment, *parts))


def note_change(state: StaleState, event: Event) -> None:
    """Remember that a service or target was changed."""
    policy = event.detail.policy if event.detail else ""
    watched = state.services.get(service_key(event))
    if watched is not None:
        watched.changes = _noted(watched.changes, event.time, policy)
    key = target_key(event)
    if key:
        state.targets.put(key, _noted(state.targets.get(key), event.time, policy), event.time)


def last_change(state: StaleState, event: Event, policy: str) -> int:
    """Return when what an event is about was last changed otherwise than by a policy, or 0."""
    watched = state.services.get(service_key(event))
    own = 0
    if watched is not None and watched.changes is not None:
        own = watched.changes.by_others(policy)
    key = target_key(event)
    known = state.targets.get(key) if key else None
    targets = known.by_others(policy) if known is not None else 0
    return max(own, targets if targets >= event.time - TARGET_KEPT else 0)


def _noted(changes: Changes | None, at: int, policy: str) -> Changes:
    if changes is None:
        return Changes(at, policy)
    changes.note(at, policy)
    return changes
