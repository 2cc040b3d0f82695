"""What is remembered of one agent: what it touches, what is usual for it, and its finding."""

from __future__ import annotations

from collections import Counter
from statistics import median_low

import msgspec

from overheal.detect.mass_action.led import Deed, Led
from overheal.detect.mass_action.settings import TOUCHES_KEPT
from overheal.model import DAY
from overheal.state.footprint import Footprint, tread
from overheal.state.moments import Member

HABIT_DAYS = 30
"""How many past days make a habit."""

DAYS_KNOWN, VARYING = 7, 1.5
"""Days that must be known before they can be alike, and how far the highest may lie above."""

THINGS_KEPT = 50_000
"""Different things that a finding counts at most."""

TYPES_KEPT = 20


class Touch(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The newest action on one thing."""

    at: int
    scope: str
    service: str
    type: str
    member: Member


class Past(msgspec.Struct, array_like=True):
    """The highest count of one day, and when it was reached; `found` if a finding came of it."""

    day: int
    peak: int = 0
    at: int = 0
    found: bool = False


class Pace(msgspec.Struct, array_like=True):
    """The most things in one window of today and of yesterday, in windows that are well over.

    `now` and `last` are the highest counts of the present stretch as long as a window, and of the
    one before: they may hold the same things as the window that is judged, and are not over.
    """

    stretch: int = 0
    now: int = 0
    last: int = 0
    day: int = 0
    today: int = 0
    yesterday: int = 0

    @property
    def usual(self) -> int:
        """The most that is known."""
        return max(self.today, self.yesterday)

    def note(self, count: int, at: int, window: int) -> None:
        """Take the count of the window that ends at `at` (microseconds UTC)."""
        stretch, day = at // window, at // DAY
        if stretch != self.stretch:
            follows = stretch == self.stretch + 1
            over = self.last if follows else max(self.last, self.now)
            self.stretch, self.last, self.now = stretch, self.now if follows else 0, 0
            if day != self.day:
                self.yesterday = self.today if day == self.day + 1 else 0
                self.day, self.today = day, 0
            self.today = max(self.today, over)
        self.now = max(self.now, count)

    def leave_out(self) -> None:
        """Forget what is not over: a finding came of it."""
        self.now = self.last = 0


class Spread(msgspec.Struct):
    """What one finding is about: things by scope and type, names, services, the highest share.

    `led` is what it led others to; `reached` are its services and theirs.
    """

    things: set[str] = set()
    scopes: dict[str, int] = {}
    types: dict[str, int] = {}
    names: list[str] = []
    services: Footprint = {}
    reached: Footprint = {}
    led: Led = msgspec.field(default_factory=Led)
    share: tuple[str, int, int] = ("", 0, 0)
    habit: int = 0
    peak: int = 0

    def add(self, thing: str, touch: Touch, environment: str) -> None:
        """Take one action."""
        tread(self.services, environment, touch.service, touch.at)
        tread(self.reached, environment, touch.service, touch.at)
        if touch.type in self.types or len(self.types) < TYPES_KEPT:
            self.types[touch.type] = self.types.get(touch.type, 0) + 1
        if thing not in self.things and len(self.things) < THINGS_KEPT:
            self.things.add(thing)
            self.scopes[touch.scope] = self.scopes.get(touch.scope, 0) + 1
            if len(self.names) < 50:
                self.names.append(thing.rpartition("\0")[2])


class Agent(msgspec.Struct):
    """One agent in one environment.

    `touches` are the things in the window, the one touched longest ago first; `busy_at` is when
    they were last many, while there is a finding. `led` is what it led others to while there is
    none.
    """

    touches: dict[str, Touch] = {}
    past: list[Past] = []
    seen_at: int = 0
    busy_at: int = 0
    finding: str = ""
    led: Led = msgspec.field(default_factory=Led)
    spread: Spread = msgspec.field(default_factory=Spread)
    pace: Pace = msgspec.field(default_factory=Pace)

    def touch(self, thing: str, touch: Touch, window: int) -> int:
        """Take an action on a thing; return how many things lie in the window that ends with it."""
        self.forget_before(touch.at - window)
        self.touches.pop(thing, None)
        if len(self.touches) >= TOUCHES_KEPT:
            del self.touches[next(iter(self.touches))]
        self.touches[thing] = touch
        self.seen_at = touch.at
        return len(self.touches)

    def forget_before(self, at: int) -> None:
        """Drop what lies at `at` (microseconds UTC) or before."""
        gone = []
        for thing, touch in self.touches.items():
            if touch.at > at:
                break
            gone.append(thing)
        for thing in gone:
            del self.touches[thing]

    def lead(self, deed: Deed) -> bool:
        """Take what somebody did because of it; return whether its finding reaches farther."""
        if not self.finding:
            self.led.add(deed)
            return False
        tread(self.spread.reached, *deed.place, deed.at)
        return self.spread.led.add(deed)

    def led_since(self, at: int) -> None:
        """Let the finding that opens reach what came of actions from `at` on."""
        self.spread.led, self.led = self.led.since(at), Led()
        for place, span in self.spread.led.reach.items():
            for moment in span:
                tread(self.spread.reached, *place, moment)

    def note(self, count: int, at: int, *, found: bool) -> None:
        """Let a count be part of the day's."""
        day = at // DAY
        if not self.past or self.past[-1].day != day:
            self.past = [one for one in self.past if one.day >= day - HABIT_DAYS]
            self.past.append(Past(day))
        today = self.past[-1]
        today.found |= found
        if count > today.peak:
            today.peak, today.at = count, at

    def habit(self, at: int, window: int) -> tuple[int, bool]:
        """Return the most things in a window that were usual on the past days, and if days vary.

        A day on which a finding came of it makes no habit; the second such day does. What has
        begun before midnight and still lasts is not past. Days vary where the habit is more than
        half above the middle one of the days on which it acted, and while few are known.
        """
        day = at // DAY
        past = [
            one for one in self.past if day - HABIT_DAYS <= one.day < day and one.at <= at - window
        ]
        found = sorted(one.peak for one in past if one.found)
        quiet = max((one.peak for one in past if not one.found), default=0)
        habit = max(quiet, found[-2] if len(found) > 1 else 0)
        middle = median_low([one.peak for one in past] or [0])
        return habit, len(past) < DAYS_KNOWN or habit > VARYING * middle

    def by_scope(self) -> Counter[str]:
        """Return how many things of each scope lie in the window."""
        return Counter(touch.scope for touch in self.touches.values())

    def end(self) -> None:
        """Forget the finding that is over."""
        self.finding, self.spread = "", Spread()
