"""What is remembered of actions between their phases, and of who reports which."""

from __future__ import annotations

import msgspec

from overheal.detect.base import State
from overheal.detect.incomplete_action.settings import IncompleteSettings
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE, Event
from overheal.state.alarms import NEVER
from overheal.state.memory import Recent, RecentKeys
from overheal.state.moments import Member, member_of

CLOCK = 5 * MICROSECOND
"""How far clocks may differ: what seems to come too early by this much may be in order."""

ENDED_KEPT, ASKED_KEPT, HABIT_KEPT = HOUR, DAY, 30 * DAY

ENDS_KEPT = 5_000
"""Ended actions of one scope that are remembered, where more than so many end within an hour."""

UNFINISHED, UNSTARTED, EARLY, BACKWARDS = "unfinished", "unstarted", "early", "backwards"
KINDS = {
    UNFINISHED: "began and did not end",
    UNSTARTED: "ended and never began",
    EARLY: "began before it was proposed or approved",
    BACKWARDS: "ended before it began",
}
"""What can be incomplete about an action, and how a sentence says it."""


class Whose(msgspec.Struct, frozen=True, gc=False):
    """The agent and service that an action belongs to."""

    environment: str
    service: str
    agent: str

    @property
    def subject(self) -> str:
        """What identifies a finding about them."""
        return f"{self.environment}\0{self.service}\0{self.agent}"


class Begun(msgspec.Struct):
    """An action that began and has not ended: due then, waited for until then (microseconds UTC).

    `healed` is whether another recovery of the service has succeeded since, `early` whether it
    was found to have begun too early.
    """

    whose: Whose
    habit: str
    at: int
    due: int
    until: int
    member: Member
    recovery: bool
    healed: bool = False
    early: bool = False
    overdue: bool = False


class Ended(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An action that ended: when it began and ended (microseconds UTC).

    There are many, so whose it was is left to the event that tells more of it, and what ended when
    it began is kept as that time alone.
    """

    began: int
    at: int

    @classmethod
    def of(cls, known: int | Ended) -> Ended:
        """Return what is remembered of an action as what it stands for."""
        return cls(known, known) if isinstance(known, int) else known


class Habit(msgspec.Struct):
    """How often an agent told the start of such an action before its end, and how often not."""

    since: int
    told: int = 0
    untold: int = 0


class Trouble(msgspec.Struct):
    """What is wrong between an agent and a service: actions without an end, and oddities.

    `kinds` counts actions by what is wrong with them; the newest oddity was seen at `odd_at`.
    """

    finding: str
    agent: str
    quiet: int
    standing: list[str] = []
    kinds: dict[str, int] = {}
    odd_at: int = 0
    newest: str = ""


class IncompleteState(State):
    """Actions by id, habits by agent and type of action, trouble by its finding's subject.

    `recovering` are the ids of recoveries that have not ended, by environment and service,
    `asked` when an action was last proposed or approved, `waiting` ends whose start may still come.
    """

    begun: dict[str, Begun] = msgspec.field(default_factory=dict)
    recovering: dict[str, list[str]] = msgspec.field(default_factory=dict)
    ended: Recent[int | Ended] = msgspec.field(
        default_factory=lambda: Recent[int | Ended](ENDED_KEPT, most=ENDS_KEPT)
    )
    asked: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(ASKED_KEPT))
    waiting: dict[str, tuple[Whose, Member]] = msgspec.field(default_factory=dict)
    habits: Recent[Habit] = msgspec.field(default_factory=lambda: Recent[Habit](HABIT_KEPT))
    troubles: dict[str, Trouble] = msgspec.field(default_factory=dict)

    def begin(self, event: Event, settings: IncompleteSettings) -> Begun:
        """Remember an action that begins."""
        within = None if event.detail is None else event.detail.within
        limit = settings.default_minutes * MINUTE
        if within is not None:
            limit = within * settings.factor * MICROSECOND
        due = event.time + max(int(limit), CLOCK)
        action = self.begun[event.action_id] = Begun(
            whose=whose(event),
            habit=habit_of(event),
            at=event.time,
            due=due,
            until=max(due + 1, event.time + int(settings.given_up_days * DAY)),
            member=member_of(event, event.time, event.type),
            recovery=event.recovery,
        )
        if event.recovery:
            key = f"{event.environment}\0{event.service}"
            self.recovering.setdefault(key, []).append(event.action_id)
        return action

    def end(self, action_id: str) -> Begun:
        """Forget an action that began."""
        action = self.begun.pop(action_id)
        if action.recovery:
            key = f"{action.whose.environment}\0{action.whose.service}"
            self.recovering[key].remove(action_id)
            if not self.recovering[key]:
                del self.recovering[key]
        return action

    def heal(self, event: Event) -> None:
        """Note that a recovery of a service succeeded, for others that have not ended.

        They stand in the order in which they began: whatever began before a healed one is healed.
        """
        for action_id in reversed(self.recovering.get(f"{event.environment}\0{event.service}", [])):
            action = self.begun[action_id]
            if action.healed:
                return
            action.healed = True

    def learn(self, action: Begun, now: int) -> None:
        """Note that an agent told the start of an action before its end."""
        habit = self.habits.get(action.habit) or Habit(action.at)
        habit.told += 1
        self.habits.put(action.habit, habit, now)

    def expects_start(self, event: Event, began: int, settings: IncompleteSettings) -> bool:
        """Whether an end without a start is odd; where it is not, that is learned.

        One that began before the agent was known, or so long ago that its start was given up, is
        not.
        """
        known = self.habits.get(habit_of(event))
        if known is None:
            return False
        usual = known.told >= settings.habit and known.told > known.untold
        oldest = max(known.since, event.time - int(settings.given_up_days * DAY))
        known.untold += 1
        self.habits.put(habit_of(event), known, event.time)
        return usual and began >= oldest


def whose(event: Event) -> Whose:
    """Return whom an action belongs to."""
    return Whose(event.environment, event.service, event.agent)


def habit_of(event: Event) -> str:
    """Return what a habit is about: controllers report starts of some of their actions only."""
    return f"{event.agent}\0{event.type}"


def ended(event: Event) -> int | Ended:
    """Return an action that was told when it ended, as it is remembered."""
    lasted = int((event.duration or 0) * MICROSECOND)
    return Ended(event.time - lasted, event.time) if lasted else event.time


SETTLED = NEVER
"""An action that ended, of which nothing more is to be said."""
