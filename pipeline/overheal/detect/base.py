"""What every detector is: settings, documentation, state, and what it does with facts.

A detector sees the facts of one scope in event-time order, so that it never has to think of late
or repeated events: where an event arrives out of order, its state is restored from before and the
history is told again. All it remembers is in its `State`, a msgspec Struct.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from overheal.model import Activity, Event, Finding
from overheal.state.book import Book, Ground
from overheal.state.facts import Recovery

NEVER = 2**62
"""A time that does not come."""


def setting(default: Any, *, unit: str, bound: str, meaning: str) -> Any:
    """Declare one setting: `bound` says how the limit itself counts (`inclusive`, `exclusive`)."""
    return dataclasses.field(
        default=default, metadata={"unit": unit, "bound": bound, "meaning": meaning}
    )


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of the settings of detectors; every field is declared with `setting`."""


@dataclasses.dataclass(frozen=True)
class Documentation:
    """What a detector answers and how its findings live; one sentence each."""

    question: str
    opens: str
    escalates: str
    resolves: str
    identity: str
    blind_to: str


class State(msgspec.Struct):
    """Base of what a detector remembers of one scope; `due` is when it wants to be woken next."""

    due: int = NEVER


SettingsT = TypeVar("SettingsT", bound=Settings)
StateT = TypeVar("StateT", bound=State)
Lookup = Callable[[str, str], SettingsT]
"""Settings for an environment and a service."""


class Context:
    """What a detector may use beside the fact: the book of findings and tier decisions."""

    __slots__ = ("_decide", "book", "scope")

    def __init__(
        self, scope: str, book: Book, decide: Callable[[Finding, Sequence[Ground]], Ground]
    ) -> None:
        self.scope = scope
        self.book = book
        self._decide = decide

    def judge(self, finding: Finding, grounds: Sequence[Ground], at: int) -> None:
        """Let the one place for tiers decide on these grounds; `at` is event time."""
        self.book.raise_tier(finding, self._decide(finding, grounds), at)


class Described(Generic[SettingsT]):
    """What detectors of both stages declare."""

    name: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    state_type: ClassVar[type[State]]
    documentation: ClassVar[Documentation]

    def __init__(self, settings: Lookup[SettingsT]) -> None:
        self.settings = settings


class Detector(Described[SettingsT], Generic[SettingsT, StateT]):
    """Base of the scope stage; subclasses override what they care for, all else costs nothing."""

    def on_recovery(self, state: StateT, fact: Recovery, context: Context) -> None:
        """Take one automated recovery."""

    def on_change(self, state: StateT, event: Event, context: Context) -> None:
        """Take one change of a target's field to `event.new`."""

    def on_observed(self, state: StateT, event: Event, context: Context) -> None:
        """Take one observed state of a target."""

    def on_outcome(self, state: StateT, event: Event, context: Context) -> None:
        """Take one reported outcome of an automated action."""

    def on_time(self, state: StateT, now: int, context: Context) -> None:
        """Wake at `now` (microseconds UTC), which is at or after `state.due`; set `due` anew."""


class FleetDetector(Described[SettingsT], Generic[SettingsT, StateT]):
    """Base of the fleet stage, which sees the condensed activity of all scopes."""

    def on_activity(self, state: StateT, activity: Activity, context: Context) -> None:
        """Take what one agent did to one field in one second."""

    def on_time(self, state: StateT, now: int, context: Context) -> None:
        """Wake at `now` (microseconds UTC), which is at or after `state.due`; set `due` anew."""
