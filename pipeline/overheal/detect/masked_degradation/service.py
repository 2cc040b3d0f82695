"""What `masked_degradation` remembers of one service."""

from __future__ import annotations

import math
from statistics import median

import msgspec

from overheal.detect.base import NEVER, State
from overheal.model import DAY, MICROSECOND, MINUTE, Event
from overheal.state.columns import WIDTH, floats, with_float
from overheal.state.daily import Daily
from overheal.state.facts import Recovery
from overheal.state.moments import Member, member_of
from overheal.state.scale import ReplicaClock, Scale
from overheal.state.signs import Sign

EPISODE_GAP = 15 * MINUTE
FORGET_AFTER = 400 * DAY
WELL_AFTER = 30 * DAY
WAITING_KEPT, VITALS_KEPT = 50, 15


class Candidate(msgspec.Struct):
    """A recovery that counts unless it turns out to have failed; `told_at` is its event's time."""

    member: Member
    told_at: int
    action: str
    target: str
    condition: str
    uptime: float | None
    duration: float | None
    decided: bool
    measures: dict[str, float] = {}


class Vitals(msgspec.Struct):
    """The newest uptimes before, or durations of, a service's recoveries, in seconds.

    `column` holds them as `state.columns` does.
    """

    column: bytes = b""

    def add(self, value: float | None) -> None:
        """Take one more, where it is known."""
        if value is not None:
            self.column = with_float(self.column, value)[-VITALS_KEPT * WIDTH :]

    def change(self) -> tuple[float, float] | None:
        """Return the median of the first and of the last third, where there is enough for it."""
        newest = floats(self.column)
        third = len(newest) // 3
        if third < 2:
            return None
        return median(newest[:third]), median(newest[-third:])


class Service(msgspec.Struct):
    """One service's recoveries on both scales; times in microseconds UTC.

    `first` is the recovery that the present episode began with, at `episode_at`; `episode_pace` is
    what the replicas' clock showed then, `last_pace` at the last recovery. `tests` and `long` tell
    when the budget was used, between episodes and inside them. `replicas` are their first known
    number and that at the last recovery, 0 where unknown. `worse` is the open finding about the
    sign `worst`, if any; `deployed_at` is the last deploy, `fastest` the
    pace that episodes without a finding reached since 90 days passed without a long one.
    """

    environment: str
    name: str
    clock: ReplicaClock = msgspec.field(default_factory=ReplicaClock)
    waiting: list[Candidate] = []
    between: Scale | None = None
    inside: Scale | None = None
    first: Member | None = None
    episode_at: int = 0
    episode_pace: float = 0.0
    last_at: int = 0
    last_pace: float = 0.0
    told_at: int = 0
    tests: list[int] = []
    long: list[int] = []
    condition: str = ""
    replicas: tuple[float, float] = (0, 0)
    uptimes: Vitals = msgspec.field(default_factory=Vitals)
    durations: Vitals = msgspec.field(default_factory=Vitals)
    rhythm: Daily = msgspec.field(default_factory=Daily)
    signs: dict[str, Sign] = {}
    worse: str = ""
    worst: str = ""
    deployed_at: int = 0
    fastest: float = math.inf

    def leave_episode(self) -> None:
        """End the present episode; keep how fast it became, unless that was found."""
        if self.inside is not None and not self.inside.finding:
            self.fastest = min(self.fastest, self.inside.fastest)
        self.inside = None

    def wait_for(self, candidate: Candidate) -> None:
        """Let a recovery wait until it is known whether it failed.

        One that begins on a target decides for what began there before: that is over.
        """
        if not candidate.decided:
            for earlier in self.waiting:
                earlier.decided |= bool(earlier.target) and earlier.target == candidate.target
            if len(self.waiting) >= WAITING_KEPT:
                self.waiting[0].decided = True
        self.waiting.append(candidate)

    def settle(self, event: Event, *, failed: bool) -> None:
        """Take the outcome of a recovery that waits, if it is one."""
        for candidate in self.waiting:
            if candidate.action == event.action_id:
                if failed:
                    self.waiting.remove(candidate)
                else:
                    candidate.decided, candidate.duration = True, event.duration
                    candidate.member = msgspec.structs.replace(
                        candidate.member, outcome=event.outcome
                    )
                return

    @property
    def episode_over_at(self) -> int:
        """When the present episode is over, if nothing more comes."""
        return self.last_at + EPISODE_GAP

    @property
    def calm_at(self) -> int:
        """When the gap between episodes has been twice the baseline, if nothing more comes."""
        if self.between is None:
            return NEVER
        twice = 2 * self.between.baseline * MICROSECOND / max(self.clock.speed, 1e-6)
        return max(self.episode_at + min(int(twice), FORGET_AFTER), self.episode_over_at)

    @property
    def due(self) -> int:
        """When something changes although nothing happens."""
        if self.waiting:
            return self.waiting[0].told_at + EPISODE_GAP
        due = self.told_at + FORGET_AFTER
        if self.inside is not None and self.inside.finding:
            due = min(due, self.episode_over_at)
        if self.between is not None and self.between.finding:
            due = min(due, self.calm_at)
        if self.worse:
            due = min(due, self.well_at)
        return due

    @property
    def well_at(self) -> int:
        """When a worse sign is over, if nothing more comes."""
        return self.last_at + WELL_AFTER


class DegradationState(State):
    """Services by environment and name; `about` tells whom an open finding is about."""

    services: dict[str, Service] = msgspec.field(default_factory=dict)
    about: dict[str, str] = msgspec.field(default_factory=dict)


def candidate_of(fact: Recovery) -> Candidate:
    """Return a recovery as a candidate, decided unless it has only begun."""
    event = fact.event
    begun = event.phase == "started"
    return Candidate(
        member=member_of(event, fact.at, event.type),
        told_at=event.time,
        action=event.action_id if begun else "",
        target=str(event.target) if begun and event.target else "",
        condition=event.condition[:120],
        uptime=event.prior_uptime,
        duration=None if begun else event.duration,
        decided=not begun,
        measures=event.detail.measures if event.detail is not None else {},
    )
