"""The fleet stage: what crosses scopes, from condensed activity and the findings of all scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from overheal import tier
from overheal.catalog import Catalog
from overheal.detect.base import Context, FleetDetector
from overheal.model import MICROSECOND, Activity, Finding
from overheal.stages.activity import ActivityKey, key_of, merge
from overheal.stages.relations import related
from overheal.state.alarms import NEVER
from overheal.state.book import Book, Ground
from overheal.state.scope import FleetState, load_fleet, save_fleet
from overheal.state.timeline import Key, Timeline


class FleetStage:
    """One history of everybody's activity, and the relations between findings.

    A second's activity is told once the second is over, since it may still grow; within the
    lateness an activity that grows afterwards has its history told again.
    """

    def __init__(
        self, detectors: Sequence[FleetDetector[Any, Any]], catalog: Catalog, lateness: int
    ) -> None:
        self._detectors = detectors
        self._catalog = catalog
        self._types: list[type[Any]] = [detector.state_type for detector in detectors]
        self._index = {detector.name: index for index, detector in enumerate(detectors)}
        self._merged: dict[ActivityKey, Activity] = {}
        self._waiting: set[ActivityKey] = set()
        self._reach = lateness
        state = FleetState([kind() for kind in self._types], Book("fleet"))
        self._timeline: Timeline[FleetState, ActivityKey] = Timeline(
            state, lateness, self._tell, save_fleet, self._load
        )
        self._reached = 0
        self._newest = 0
        self._present: tuple[FleetState, Context] | None = None

    def detect(self, activities: Iterable[Activity]) -> list[Finding]:
        """Take activity; return the fleet's findings that changed."""
        again: set[ActivityKey] = set()
        for activity in activities:
            key = key_of(activity)
            earlier = self._merged.get(key)
            if earlier is None:
                self._waiting.add(key)
            else:
                activity = merge(earlier, activity)  # noqa: PLW2901 - the same one, grown
                if key not in self._waiting:
                    again.add(key)
            self._merged[key] = activity
            self._newest = max(self._newest, key[0])
        return self._told([key for key in self._waiting if key[0] < self._newest], again)

    def advance(self, now: int) -> list[Finding]:
        """Let time pass up to `now` (microseconds UTC); tell what waited for its second to end."""
        over = now - now % MICROSECOND
        changed = self._told([key for key in self._waiting if key[0] <= over], set())
        self._reached = max(self._reached, now)
        self._wake(self._timeline.state, now)
        return changed + self._published(self._timeline.state)

    def relate(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return those of all known findings whose relations are not what they say, corrected."""
        return related(findings)

    def forget_before(self, time: int) -> None:
        """Drop what only late activity before `time` could have needed."""
        self._timeline.forget_before(time)
        self._timeline.state.book.forget_closed(time)
        if len(self._merged) > 2 * self._timeline.logged + len(self._waiting) + 1000:
            kept = {*self._timeline.items(), *self._waiting}
            self._merged = {key: self._merged[key] for key in kept}

    def _told(self, fresh: list[ActivityKey], again: set[ActivityKey]) -> list[Finding]:
        self._waiting.difference_update(fresh)
        before = self._timeline.state
        items = sorted((_order(key), key) for key in fresh)
        retold = bool(again) and self._timeline.retell(min(_order(key) for key in again))
        if items:
            retold = self._timeline.add(items) or retold
        if not self._reach:
            for key in fresh:
                del self._merged[key]
        state = self._timeline.state
        if not retold:
            return self._published(state)
        self._wake(state, self._reached)
        gone = state.book.retold(before.book, self._describe(before))
        return self._published(state) + gone

    def _published(self, state: FleetState) -> list[Finding]:
        if not state.book.dirty:
            return []
        changed = state.book.publish(self._describe(state))
        if not self._reach:
            state.book.forget_closed(NEVER)
        return changed

    def _describe(self, state: FleetState) -> Callable[[Finding], None]:
        def describe(finding: Finding) -> None:
            index = self._index[finding.detector]
            self._detectors[index].describe(state.states[index], finding)

        return describe

    def _tell(self, state: FleetState, key: ActivityKey) -> None:
        activity = self._merged[key]
        self._wake(state, activity.second)
        context = self._context(state)
        for detector, own in zip(self._detectors, state.states, strict=True):
            detector.on_activity(own, activity, context)

    def _wake(self, state: FleetState, now: int) -> None:
        for detector, own in zip(self._detectors, state.states, strict=True):
            if own.alarms.next <= now:
                detector.on_time(own, now, self._context(state))
                self._timeline.passed(now)

    def _context(self, state: FleetState) -> Context:
        if self._present is None or self._present[0] is not state:
            self._present = (state, self._context_of(state))
        return self._present[1]

    def _context_of(self, state: FleetState) -> Context:
        def decide(finding: Finding, grounds: Sequence[Ground]) -> Ground:
            sandbox = self._catalog.is_sandbox(finding.environment)
            return tier.decide(finding, grounds, sandbox=sandbox, felt=False)

        return Context("", state.book, decide)

    def _load(self, saved: bytes) -> FleetState:
        return load_fleet(saved, self._types)


def _order(key: ActivityKey) -> Key:
    return (key[0], 0, key[1], "")
