"""Timelines that an engineer can review: at 02:17:05 this event, by 02:17:08 that finding.

A `Story` is written down first and told afterwards, by `tests.support.telling`: once as it happens,
through the real flow with every registered detector, and once through `overheal analyze`. Its
events are canonical documents, so that it is the same story both times.

Clocks are "02:17:05", "02:17", "day 3 14:00" (the first day is day 1) or seconds since the midnight
with which day 1 begins, all UTC.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from overheal.model import Tier
from tests.support.writing import action, observation

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

Clock = str | float

_CLOCK = re.compile(r"(?:day (\d+) )?(\d\d):(\d\d)(?::(\d\d))?$")


def seconds_of(clock: Clock) -> float:
    """Return a clock time as seconds since the first midnight.

    >>> seconds_of("02:17:05"), seconds_of("day 2 00:01")
    (8225.0, 86460.0)
    """
    if not isinstance(clock, str):
        return float(clock)
    match = _CLOCK.match(clock)
    assert match, f"{clock!r} is not a clock like 02:17:05 or day 3 14:00"
    day, hour, minute, second = (int(part or 0) for part in match.groups())
    return max(day - 1, 0) * DAY + hour * HOUR + minute * MINUTE + second


def clock_of(seconds: float) -> str:
    """Return seconds since the first midnight as a clock, with its day from the second on.

    >>> clock_of(8225.0), clock_of(90_000.0)
    ('02:17:05', 'day 2 01:00:00')
    """
    day, rest = divmod(round(seconds), round(DAY))
    shown = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"day {day + 1} {shown}" if day else shown


def stamp(clock: Clock) -> str:
    """Return a clock as RFC 3339."""
    moment = MIDNIGHT + timedelta(seconds=seconds_of(clock))
    return moment.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Found:
    """That a finding had been published by a moment (seconds), and how it has to look."""

    by: float
    detector: str
    tier: Tier
    naming: tuple[str, ...]
    about: str
    saying: str


@dataclass
class Story:
    """Who acts, what happens, and what has to be known by when.

    Whatever else speaks at actionable or above fails the story, unless something explains it or
    `also` names it; whatever pages without being named in `pages` does, too.
    """

    events: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    expected: list[Found] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    paged: list[str] = field(default_factory=list)
    catalog: dict[str, Any] = field(default_factory=dict)
    until: float = 0.0
    silent: bool = False
    _cast: dict[str, dict[str, str]] = field(default_factory=dict)
    _begun: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def world(self, **services: str | dict[str, Any]) -> None:
        """Declare services: a text names what one needs (`"db cache"`), a dict is its entry.

        Underscores in names stand for hyphens. All are in the scope `shop` unless they say so.
        """
        for name, entry in services.items():
            full = entry if isinstance(entry, dict) else {"depends_on": entry.split()}
            services_of = self.catalog.setdefault("services", {})
            services_of[name.replace("_", "-")] = {"scope": "shop", **full}

    def cast(self, agent: str, kind: str = "ai_agent", mandate: str = "") -> None:
        """Introduce an agent: what sort of actor it is, and what it optimises."""
        self._cast[agent] = {"name": agent, "kind": kind} | (
            {"mandate": mandate} if mandate else {}
        )

    def does(self, clock: Clock, agent: str, what: str, service: str = "", **said: Any) -> str:
        """Let an agent finish an action; return the action's id. See `writing.action`."""
        took = float(said.get("took", 0.0))
        return self._act(seconds_of(clock), agent, what, service, {**said, "took": took})

    def begins(self, clock: Clock, agent: str, what: str, service: str = "", **said: Any) -> str:
        """Let an agent start an action that `ends` later; return the action's id."""
        at = seconds_of(clock)
        action_id = self._act(at, agent, what, service, {**said, "phase": "started"})
        said = {**said, "agent": agent, "what": what, "service": service, "action_id": action_id}
        self._begun[action_id] = (at, said)
        return action_id

    def ends(self, clock: Clock, action_id: str, outcome: str = "succeeded") -> None:
        """End an action that has begun."""
        at = seconds_of(clock)
        since, said = self._begun[action_id]
        rest = {**said, "outcome": outcome, "took": at - since}
        self._act(at, rest.pop("agent"), rest.pop("what"), rest.pop("service"), rest)

    def sees(self, clock: Clock, what: str, service: str = "", **said: Any) -> str:
        """Let somebody observe something; return the event's id. See `writing.observation`."""
        event_id = self._next()
        at = seconds_of(clock)
        self._add(at, observation(event_id, stamp(at), what, service, **said))
        return event_id

    def by(self, clock: Clock) -> By:
        """Say what has to be published by a clock time; a page goes out three seconds later."""
        return By(self, seconds_of(clock))

    def pages(self, *detectors: str) -> None:
        """Say whose findings page, one for each name: one root is one page."""
        self.paged += detectors

    def also(self, *detectors: str) -> None:
        """Say which detectors rightly speak beside those that the story is about."""
        self.allowed.update(detectors)

    def stays_silent(self, *, but: str = "") -> None:
        """Say that nobody is told anything, and nobody paged; `but` some may speak, unpaged."""
        self.silent = True
        self.allowed.update(but.split())

    def ends_at(self, clock: Clock) -> None:
        """Let time pass until then; without it an hour after the last event."""
        self.until = seconds_of(clock)

    @property
    def end(self) -> float:
        """When it is over (seconds since the first midnight)."""
        return self.until or max(at for at, _, _ in self.events) + HOUR

    def lines(self) -> list[bytes]:
        """Return the story as canonical JSON Lines, in the order of time."""
        return [json.dumps(document).encode() for _, _, document in self.ordered()]

    def ordered(self) -> list[tuple[float, str, dict[str, Any]]]:
        """Return the moments in the order of time, and where equal as they were written."""
        return sorted(self.events, key=lambda item: item[0])

    def _act(self, at: float, agent: str, what: str, service: str, said: dict[str, Any]) -> str:
        assert agent in self._cast, f"{agent} was not introduced with `cast`"
        who = dict(self._cast[agent])
        if "instance" in said:
            who["instance"] = said.pop("instance")
        if "saw" in said:
            said["saw"] = stamp(said["saw"])
        if "until" in said:
            said["until"] = stamp(said["until"])
        event_id = self._next()
        document = action(event_id, stamp(at), who, what, service, **said)
        self._add(at, document)
        return str(document["data"]["action_id"])

    def _next(self) -> str:
        return f"e{len(self.events) + 1:05d}"

    def _add(self, at: float, document: dict[str, Any]) -> None:
        self.events.append((at, document["id"], document))


@dataclass(frozen=True)
class By:
    """A moment by which something has to be known."""

    story: Story
    at: float

    def finds(
        self,
        detector: str,
        *,
        tier: str = "actionable",
        naming: tuple[str, ...] | list[str] = (),
        about: str = "",
        saying: str = "",
    ) -> None:
        """Expect a finding, at least that loud, that names these agents and this service.

        `about` is the service of the finding, or stands in its title; `saying` in its sentence.
        """
        expected = Found(self.at, detector, Tier[tier.upper()], tuple(naming), about, saying)
        self.story.expected.append(expected)
