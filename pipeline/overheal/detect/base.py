"""What every detector is: settings, documentation, state, and what it does with facts.

A detector sees the facts of one scope in event-time order, so that it never has to think of late
or repeated events: where an event arrives out of order, its state is restored from before and the
history is told again. All it remembers is in its `State`, a msgspec Struct.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from overheal.drills import DeclaredDrill
from overheal.model import Activity, Event, Finding, Tier
from overheal.state.alarms import NEVER, Alarms
from overheal.state.book import Book, Ground
from overheal.state.facts import Claim, Recovery
from overheal.state.footprint import Footprint

__all__ = [
    "NEVER",
    "NOBODY",
    "PHASES",
    "Context",
    "Described",
    "Detector",
    "Documentation",
    "FleetDetector",
    "Footprint",
    "Owners",
    "Settings",
    "State",
    "setting",
]


PHASES = frozenset({"", "proposed", "approved", "rejected", "started", "finished", "verified"})
"""The phases of actions, and `""` for observations."""

CRITICAL = "critical_"
"""Begins the name of a setting that makes critical what the setting without it opens."""


def setting(default: Any, *, unit: str, bound: str, meaning: str, most: float | None = None) -> Any:
    """Declare one setting: `bound` says how the limit itself counts (`inclusive`, `exclusive`).

    `most` is the highest value that can ever be reached, where memory is bounded by number.
    """
    return dataclasses.field(
        default=default, metadata={"unit": unit, "bound": bound, "meaning": meaning, "most": most}
    )


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of the settings of detectors; every field is declared with `setting`."""

    def contradiction(self) -> str:
        """Return what cannot be, as `key: problem; remedy`, or "" where all fits together.

        What makes a finding critical (`critical_<name>`) may not come before what opens it
        (`<name>`); of a probability of error less is louder. Classes that have more to check, or
        for which less is worse, override this.
        """
        known = {field.name: field for field in dataclasses.fields(self)}
        for name, field in known.items():
            opening = known.get(name.removeprefix(CRITICAL))
            problem = self._impossible(field)
            if not problem and opening is not None and opening is not field:
                problem = self._too_early(field, opening)
            if problem:
                return f"{name}: {problem}"
        return ""

    def _impossible(self, field: dataclasses.Field[Any]) -> str:
        """Return why a value can never hold, and the remedy."""
        value, unit, most = (
            getattr(self, field.name),
            field.metadata["unit"],
            field.metadata["most"],
        )
        if "window" in field.name and not value:
            return f"a window of 0 {unit} holds nothing; write how long it is"
        if unit == "probability" and value >= 1:
            return f"{value:g} is no probability of an error; write one below 1"
        if unit.startswith("share") and value > 1:
            return f"{value:g} is more than all there is; write a share of at most 1"
        if most is not None and value > most:
            return (
                f"{value:g} {unit} are never reached, because no more than that are remembered; "
                f"write at most {most:g}"
            )
        return ""

    def _too_early(self, field: dataclasses.Field[Any], opening: dataclasses.Field[Any]) -> str:
        """Return why what makes a finding critical may not come before what opens it."""
        loud, first = getattr(self, field.name), getattr(self, opening.name)
        strictly = opening.metadata["bound"] == "exclusive" != field.metadata["bound"]
        if field.metadata["unit"] == "probability":
            if loud <= first:
                return ""
            return (
                f"{loud:g} is more than {opening.name} = {first:g}, with which a finding opens; "
                f"set {field.name} to at most {first:g}"
            )
        if loud > first or (loud == first and not strictly):
            return ""
        than = "more than" if strictly else "at least"
        return (
            f"{loud:g} is reached before {opening.name} = {first:g} opens a finding; set "
            f"{field.name} to {than} {first:g}, or lower {opening.name}"
        )


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
    """Base of what a detector remembers of one scope, and whom it wants to be woken for."""

    alarms: Alarms = msgspec.field(default_factory=Alarms)


SettingsT = TypeVar("SettingsT", bound=Settings)
StateT = TypeVar("StateT", bound=State)
Lookup = Callable[[str, str], SettingsT]
"""Settings for an environment and a service."""


class Owners(Protocol):
    """What owners say about their services; `catalog.Catalog` is one, at the time of the event."""

    def entry(self, service: str) -> Any | None:
        """Return a service's entry (`catalog.ServiceEntry`), None where nothing is said of it."""
        ...

    def needs(self, service: str) -> frozenset[str]:
        """Return the catalog names of all that a service depends on, however indirectly."""
        ...

    def predecessors(self) -> frozenset[str]:
        """Return the catalog names of all that some recovery has to come after."""
        ...

    def in_drill(self, event: Event, since: int) -> bool:
        """Return whether there was a drill where an event belongs, from `since` until then."""
        ...


class _Nobody:
    """Owners who say nothing."""

    def entry(self, _service: str) -> None:
        return None

    def needs(self, _service: str) -> frozenset[str]:
        return frozenset()

    def predecessors(self) -> frozenset[str]:
        return frozenset()

    def in_drill(self, _event: Event, _since: int) -> bool:
        return False


NOBODY: Owners = _Nobody()


class Context:
    """What a detector may use beside the fact: findings, tier decisions, what owners say.

    `disprove` lets a recovery that was reported as succeeded count as failed from a time on
    (microseconds UTC), and returns whether it counted as a success until then. In the fleet stage
    `felt_at` says when users of an environment last felt a service, themselves or through one that
    depends on it (microseconds UTC), None where they did not of late; `reached` keeps what closed
    findings reached.
    """

    __slots__ = (
        "_decide",
        "_drill",
        "_in_drill",
        "book",
        "disprove",
        "felt_at",
        "owners",
        "reached",
        "scope",
    )

    def __init__(
        self,
        scope: str,
        book: Book,
        decide: Callable[[Finding, Sequence[Ground], int], Ground],
        *,
        in_drill: bool = False,
        owners: Owners = NOBODY,
        disprove: Callable[[Claim, int], bool] = lambda *_: False,
        felt_at: Callable[[str, str], int | None] = lambda *_: None,
        reached: dict[str, Footprint] | None = None,
        drill: Callable[[], DeclaredDrill | None] = lambda: None,
    ) -> None:
        self.owners = owners
        self.disprove = disprove
        self.felt_at = felt_at
        self.reached = {} if reached is None else reached
        self.scope = scope
        self.book = book
        self._decide = decide
        self._in_drill = in_drill
        self._drill = drill

    @property
    def drill(self) -> DeclaredDrill | None:
        """The drill that this history is of, as it is declared by now; None outside of drills."""
        return self._drill()

    def judge(self, finding: Finding, grounds: Callable[[], Sequence[Ground]], at: int) -> None:
        """Let the one place for tiers decide on these grounds; `at` is event time.

        Nobody is asked about what is critical already, because a tier never falls; in a drill it
        still matters whether users feel it.
        """
        if finding.tier is not Tier.CRITICAL or self._in_drill:
            self.book.raise_tier(finding, self._decide(finding, grounds(), at), at)


class Described(Generic[SettingsT, StateT]):
    """What detectors of both stages declare, and how they are woken."""

    name: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    state_type: ClassVar[type[State]]
    documentation: ClassVar[Documentation]

    def __init__(self, settings: Lookup[SettingsT]) -> None:
        self.settings = settings

    def describe(self, state: StateT, finding: Finding) -> None:
        """Put sentence, next step and numbers on a finding that is about to be published.

        `finding` may be a copy, so nothing may be remembered in it. What is said may only change
        when the finding does (`join`, `touch`): when it is published must not matter.
        """
        raise NotImplementedError

    def on_alarm(self, state: StateT, key: str, now: int, context: Context) -> None:
        """Do what was due for `key` up to `now` (microseconds UTC), as of when it was due."""

    def on_time(self, state: StateT, now: int, context: Context) -> None:
        """Wake all keys that are due at `now` (microseconds UTC)."""
        for key in state.alarms.ring(now):
            self.on_alarm(state, key, now, context)

    def close(self, state: StateT, finding_id: str, at: int, context: Context) -> None:
        """Resolve a finding as of `at`, described while its state is still there."""
        self.describe(state, context.book.findings[finding_id])
        context.book.resolve(finding_id, at)


class Detector(Described[SettingsT, StateT]):
    """Base of the scope stage; subclasses override what they care for, all else costs nothing.

    One that judges `drills_only` is told the events of drills alone, and what it finds is told; of
    what others find in a drill, only what users felt is.

    `phases` and `needs_detail` say what `on_event` cares for: events of these phases (`""` for
    observations), and only those with a `detail`. `heeds_silence` says whether `on_outcome` cares
    for the ends of actions that recover nothing and tell no outcome. Nobody is called for others,
    and to be told one must change nothing.
    """

    drills_only: ClassVar[bool] = False
    phases: ClassVar[frozenset[str]] = PHASES
    needs_detail: ClassVar[bool] = False
    heeds_silence: ClassVar[bool] = True

    def on_event(self, state: StateT, event: Event, context: Context) -> None:
        """Take an event of the scope, before what it means: also proposals and witnesses.

        It costs something for each event, so say in `phases` which, and take it only where no
        other fact will do.
        """

    def on_recovery(self, state: StateT, fact: Recovery, context: Context) -> None:
        """Take one automated recovery."""

    def on_change(self, state: StateT, event: Event, context: Context) -> None:
        """Take one change of a target's field to `event.new`."""

    def on_observed(self, state: StateT, event: Event, context: Context) -> None:
        """Take one observed state of a target."""

    def on_outcome(self, state: StateT, event: Event, context: Context) -> None:
        """Take one reported outcome of an automated action, and every later one that differs."""


class FleetDetector(Described[SettingsT, StateT]):
    """Base of the fleet stage, which sees the condensed activity of all scopes."""

    def on_activity(self, state: StateT, activity: Activity, context: Context) -> None:
        """Take what one agent did to one field in one second."""

    def reaches(self, state: StateT, finding: Finding) -> Footprint:  # noqa: ARG002
        """Return the services that an open finding reaches, and when first and last.

        Where users feel one of them, they feel the finding; where the finding is a root, it
        explains what opens on them (`stages.relations`). It is asked often and not changed.
        """
        return {}

    def close(self, state: StateT, finding_id: str, at: int, context: Context) -> None:
        """Resolve a finding as of `at`; what it reached is kept."""
        reach = self.reaches(state, context.book.findings[finding_id])
        if reach:
            context.reached[finding_id] = reach.copy()
        super().close(state, finding_id, at, context)
