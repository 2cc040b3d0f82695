"""What verdicts depend on beside events: the catalog and the settings, and since when they hold."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from typing import Any

from overheal.catalog import Catalog, Placement
from overheal.declared import Declared
from overheal.detect.base import PHASES, Context, Detector, FleetDetector
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS
from overheal.detect.settings import SettingsBook
from overheal.drills import DeclaredDrill
from overheal.model import Event

Hook = list[tuple[int, Callable[[Any, Any, Context], None]]]
"""What the detectors do that care for one kind of fact, with their places."""


class Rules:
    """One catalog and the detectors made with one set of settings.

    They hold for events from `holds_from` on (microseconds UTC). `digest` is a hash of what people
    wrote, by which a finding says under which rules it was judged.
    """

    def __init__(
        self,
        catalog: Catalog,
        scope: Sequence[Detector[Any, Any]],
        fleet: Sequence[FleetDetector[Any, Any]],
        holds_from: int = 0,
        digest: str = "",
    ) -> None:
        self.catalog = catalog
        self.scope = scope
        self.fleet = fleet
        self.holds_from = holds_from
        self.digest = digest
        self._asked = [
            {phase: self._asked_of(phase, kind) for phase in PHASES} for kind in range(4)
        ]
        self.on_recovery = self._hook("on_recovery")
        self.on_change = self._hook("on_change")
        self.on_observed = self._hook("on_observed")
        self.on_outcome = self._hook("on_outcome")
        self.on_silence = [(at, hook) for at, hook in self.on_outcome if scope[at].heeds_silence]

    def asked(self, event: Event, *, drilled: bool) -> Hook:
        """Return who wants to be told an event as such, in the history of a drill or outside."""
        return self._asked[2 * drilled + (event.detail is not None)][event.phase]

    def _asked_of(self, phase: str, kind: int) -> Hook:
        """Return who is told events of a phase: with detail in odd kinds, in drills from 2 on."""
        detailed, drilled = kind % 2 == 1, kind >= 2
        return [
            (at, hook)
            for at, hook in self._hook("on_event")
            if phase in self.scope[at].phases
            and (detailed or not self.scope[at].needs_detail)
            and (drilled or not self.scope[at].drills_only)
        ]

    def _hook(self, method: str) -> Hook:
        ours = enumerate(self.scope)
        return [(at, getattr(one, method)) for at, one in ours if _overrides(one, method)]


class RuleBook:
    """All rules that ever held, each from its time on; the first from the beginning of time.

    `declared` are the expectations and drills that were declared beside them by command.
    """

    def __init__(self, first: Rules, declared: Declared | None = None) -> None:
        self.declared = declared if declared is not None else Declared()
        self._from = [first.holds_from]
        self._rules = [first]

    @property
    def latest(self) -> Rules:
        """The rules that hold for what is newest."""
        return self._rules[-1]

    def at(self, time: int) -> Rules:
        """Return the rules for what happens at `time` (microseconds UTC)."""
        rules = self._rules
        if len(rules) == 1:
            return rules[0]
        return rules[max(0, bisect_right(self._from, time) - 1)]

    def drill_of(self, event: Event, placement: Placement) -> str:
        """Return the id of the drill of an event, or `""`; those of the catalog come first."""
        drill = placement.drill_at(event.time) if placement.drills else ""
        if drill or not self.declared.drills:
            return drill
        home = placement.scope.partition("\0")[2]
        return self.declared.drill_at(event.service, home, event.time)

    def drill(self, drill_id: str, rules: Rules) -> DeclaredDrill | None:
        """Return a drill by its id, as `rules` or a command declared it."""
        return rules.catalog.drill(drill_id) or self.declared.drills.get(drill_id)

    def add(self, rules: Rules) -> None:
        """Let rules hold from their time on; those for an earlier time stay what they are."""
        moment = rules.holds_from
        if moment in self._from:
            self._rules[self._from.index(moment)] = rules
            return
        insort(self._from, moment)
        self._rules.insert(self._from.index(moment), rules)


def rules_of(
    catalog: Catalog, settings: SettingsBook, holds_from: int = 0, digest: str = ""
) -> Rules:
    """Return rules with every registered detector; raises `ConfigError` for wrong settings."""
    return Rules(
        catalog,
        [kind(settings.lookup(kind)) for kind in SCOPE_DETECTORS],
        [kind(settings.lookup(kind)) for kind in FLEET_DETECTORS],
        holds_from,
        digest,
    )


def _overrides(detector: Detector[Any, Any], method: str) -> bool:
    return getattr(type(detector), method) is not getattr(Detector, method)
