"""The scope stage: every detector that needs no more than one scope's events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from overheal import tier
from overheal.catalog import Catalog
from overheal.detect.base import Context, Detector
from overheal.model import MINUTE, Event, Finding, ServiceSummary, Status
from overheal.stages.row import Row
from overheal.state.book import Book, Ground
from overheal.state.facts import FactReader
from overheal.state.scope import ScopeState, Tally, load, save
from overheal.state.timeline import Key, Timeline

FELT_WITHIN = 15 * MINUTE
_PHASES = ("", "proposed", "approved", "rejected", "started", "finished", "verified")
_RANK = {phase: rank for rank, phase in enumerate(_PHASES)}

ScopeTimeline = Timeline[ScopeState, Row]


def order(event: Event) -> Key:
    """Return where an event stands in the total order of its scope."""
    return (event.time, _RANK[event.phase], event.source, event.id)


class ScopeStage:
    """All scopes, each with its own history."""

    def __init__(
        self, detectors: Sequence[Detector[Any, Any]], catalog: Catalog, lateness: int
    ) -> None:
        self._detectors = detectors
        self._types: list[type[Any]] = [detector.state_type for detector in detectors]
        self._catalog = catalog
        self._lateness = lateness
        self._scopes: dict[str, ScopeTimeline] = {}
        everyone = list(enumerate(detectors))
        self._on_recovery = [p for p in everyone if _overrides(p[1], "on_recovery")]
        self._on_change = [p for p in everyone if _overrides(p[1], "on_change")]
        self._on_observed = [p for p in everyone if _overrides(p[1], "on_observed")]
        self._on_outcome = [p for p in everyone if _overrides(p[1], "on_outcome")]

    def detect(self, rows: Sequence[Row]) -> list[Finding]:
        """Tell every scope its new events; return the findings that changed."""
        by_scope: dict[str, list[tuple[Key, Row]]] = {}
        for row in rows:
            if not row.late:
                by_scope.setdefault(row.placement.scope, []).append((order(row.event), row))
        changed: list[Finding] = []
        for scope, items in by_scope.items():
            items.sort(key=_key)
            timeline = self._scopes.get(scope)
            if timeline is None:
                timeline = self._scopes[scope] = self._timeline(scope)
            changed += self._told(timeline, items)
        return changed

    def advance(self, now: int) -> list[Finding]:
        """Wake the detectors of every scope for what falls due up to `now` (microseconds UTC)."""
        changed: list[Finding] = []
        for timeline in self._scopes.values():
            if timeline.state.due <= now:
                self._wake(timeline.state, now)
                timeline.passed(now)
                changed += timeline.state.book.take_dirty()
        return changed

    def forget_before(self, time: int) -> None:
        """Drop what only a late event before `time` could have needed."""
        for timeline in self._scopes.values():
            timeline.forget_before(time)
            timeline.state.book.forget_closed(time)

    def services(self) -> list[ServiceSummary]:
        """Return every service's counts, those with most recoveries first."""
        found = [
            ServiceSummary(
                scope=timeline.state.name,
                **{name: getattr(tally, name) for name in _TALLIED},
            )
            for timeline in self._scopes.values()
            for tally in timeline.state.tallies.values()
        ]
        return sorted(found, key=lambda item: (-item.recoveries, item.environment, item.service))

    def _told(self, timeline: ScopeTimeline, items: list[tuple[Key, Row]]) -> list[Finding]:
        before = timeline.state
        if not timeline.add(items):
            return timeline.state.book.take_dirty() if timeline.state.book.dirty else []
        state = timeline.state
        state.book.dirty.update(state.book.findings)
        if state.due <= before.reached:
            self._wake(state, before.reached)
            timeline.passed(before.reached)
        changed = state.book.take_dirty()
        return changed + before.book.missing_from(state.book)

    def _timeline(self, scope: str) -> ScopeTimeline:
        name = scope.partition("\0")[2]
        states = [kind() for kind in self._types]
        state = ScopeState(name, states, Book("scope"), FactReader.new())
        return Timeline(state, self._lateness, self._tell, save, self._load)

    def _load(self, saved: bytes) -> ScopeState:
        return load(saved, self._types)

    def _tell(self, state: ScopeState, row: Row) -> None:
        """Tell one event to all detectors of its scope."""
        event = row.event
        if state.due <= event.time:
            self._wake(state, event.time)
        if event.time > state.reached:
            state.reached = event.time
        tally = self._tally(state, row) if event.service else None
        if row.drill:
            return
        facts = state.reader.read(event)
        if facts is None:
            return
        context = self._context(state)
        if event.user_visible:
            self._feel(state, event, context)
        fact = facts.recovery
        if fact is not None and tally is not None:
            tally.recover(fact)
            if fact.automated:
                for index, detector in self._on_recovery:
                    detector.on_recovery(state.states[index], fact, context)
        elif facts.settles and tally is not None:
            tally.settle(event)
        if facts.changes:
            for index, detector in self._on_change:
                detector.on_change(state.states[index], event, context)
        if facts.observed:
            for index, detector in self._on_observed:
                detector.on_observed(state.states[index], event, context)
        if facts.outcome:
            for index, detector in self._on_outcome:
                detector.on_outcome(state.states[index], event, context)
        state.due = min([item.due for item in state.states])

    @staticmethod
    def _tally(state: ScopeState, row: Row) -> Tally:
        key = row.placement.key
        tally = state.tallies.get(key)
        if tally is None:
            event = row.event
            tally = Tally(event.service, event.environment, row.placement.owner)
            state.tallies[key] = tally
        tally.see(row.event)
        return tally

    def _context(self, state: ScopeState) -> Context:
        def decide(finding: Finding, grounds: Sequence[Ground]) -> Ground:
            state.grounds[finding.id] = list(grounds)
            felt_at = state.felt.get(finding.service, -FELT_WITHIN - 1)
            return tier.decide(
                finding,
                grounds,
                sandbox=self._catalog.is_sandbox(finding.environment),
                felt=abs(finding.last_at - felt_at) <= FELT_WITHIN,
            )

        return Context(state.name, state.book, decide)

    def _feel(self, state: ScopeState, event: Event, context: Context) -> None:
        """Note that users felt a service, and what it depends on; judge their findings again."""
        felt = {event.service, *self._catalog.felt_by(event.service)}
        for service in felt:
            state.felt[service] = event.time
        for finding in list(state.book.findings.values()):
            if finding.service in felt and finding.status is Status.OPEN:
                if grounds := state.grounds.get(finding.id):
                    context.judge(finding, grounds, event.time)

    def _wake(self, state: ScopeState, now: int) -> None:
        context = self._context(state)
        for detector, own in zip(self._detectors, state.states, strict=True):
            if own.due <= now:
                detector.on_time(own, now, context)
        state.reached = max(state.reached, now)
        state.due = min(item.due for item in state.states)


_TALLIED = (
    "service",
    "environment",
    "owner",
    "recoveries",
    "human_recoveries",
    "episodes",
    "succeeded",
    "failed",
    "unknown",
    "first_at",
    "last_at",
)


def _key(item: tuple[Key, Row]) -> Key:
    return item[0]


def _overrides(detector: Detector[Any, Any], method: str) -> bool:
    return getattr(type(detector), method) is not getattr(Detector, method)
