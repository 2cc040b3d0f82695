"""What verdicts depend on beside events: the catalog and the settings, and since when they hold."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import Any

from overheal.catalog import Catalog
from overheal.detect.base import Detector, FleetDetector
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS
from overheal.detect.settings import SettingsBook

Hook = list[tuple[int, Detector[Any, Any]]]
"""The detectors that care for one kind of fact, with their places."""


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
        self.on_event = self._hook("on_event")
        self.on_recovery = self._hook("on_recovery")
        self.on_change = self._hook("on_change")
        self.on_observed = self._hook("on_observed")
        self.on_outcome = self._hook("on_outcome")

    def _hook(self, method: str) -> Hook:
        ours = enumerate(self.scope)
        return [(at, one) for at, one in ours if _overrides(one, method)]


class RuleBook:
    """All rules that ever held, each from its time on; the first from the beginning of time."""

    def __init__(self, first: Rules) -> None:
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
