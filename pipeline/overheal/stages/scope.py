"""The scope stage: every detector that needs no more than one scope's events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from overheal import tier
from overheal.catalog import Catalog
from overheal.detect.base import Context, Detector
from overheal.model import Event, Finding, ServiceSummary, Status, Tier
from overheal.stages.felt import felt_at, felt_elsewhere, is_felt
from overheal.stages.row import Row
from overheal.state.alarms import NEVER
from overheal.state.book import Book, Ground
from overheal.state.facts import FactReader, Facts, Recovery
from overheal.state.scope import ScopeState, Tally, load, save
from overheal.state.timeline import Key, Timeline

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
        self._index = {detector.name: index for index, detector in enumerate(detectors)}
        self._catalog = catalog
        self._lateness = lateness
        self._scopes: dict[tuple[str, str], ScopeTimeline] = {}
        self._forgotten = 0
        self._present: tuple[ScopeState, Context] | None = None
        self._counted: dict[tuple[str, str], Recovery] = {}
        everyone = list(enumerate(detectors))
        self._on_recovery = [p for p in everyone if _overrides(p[1], "on_recovery")]
        self._on_change = [p for p in everyone if _overrides(p[1], "on_change")]
        self._on_observed = [p for p in everyone if _overrides(p[1], "on_observed")]
        self._on_outcome = [p for p in everyone if _overrides(p[1], "on_outcome")]

    def detect(self, rows: Sequence[Row]) -> list[Finding]:
        """Tell every scope its new events; return the findings that changed."""
        by_scope: dict[tuple[str, str], list[tuple[Key, Row]]] = {}
        for row in rows:
            if not row.late:
                item = (order(row.event), row)
                by_scope.setdefault((row.placement.scope, ""), []).append(item)
                if row.drill:
                    by_scope.setdefault((row.placement.scope, row.drill), []).append(item)
                elif row.event.user_visible:
                    for home in felt_elsewhere(self._catalog, row):
                        by_scope.setdefault((home, ""), []).append(item)
        changed: list[Finding] = []
        for scope, items in by_scope.items():
            items.sort(key=_key)
            timeline = self._scopes.get(scope)
            if timeline is None:
                timeline = self._scopes[scope] = self._timeline(*scope)
            changed += self._told(timeline, items)
        return changed

    def advance(self, now: int) -> list[Finding]:
        """Wake the detectors of every scope for what falls due up to `now` (microseconds UTC)."""
        changed: list[Finding] = []
        for timeline in self._scopes.values():
            if timeline.state.due <= now:
                self._wake(timeline.state, now)
                timeline.passed(now)
                changed += self._published(timeline.state)
        return changed

    def forget_before(self, time: int) -> None:
        """Drop what only a late event before `time` could have needed.

        It looks at every scope, so it waits until there is something worth dropping.
        """
        if time - self._forgotten < self._lateness // 4:
            return
        self._forgotten = time
        for timeline in self._scopes.values():
            timeline.forget_before(time)
            _forget_closed(timeline.state, time)

    def take_recoveries(self) -> dict[tuple[str, str], Recovery]:
        """Return the recoveries of services counted since the last call, by their event's key."""
        taken, self._counted = self._counted, {}
        return taken

    def services(self) -> list[ServiceSummary]:
        """Return every service's counts, those with most recoveries first."""
        found = [
            ServiceSummary(
                scope=timeline.state.name,
                **{name: getattr(tally, name) for name in _TALLIED},
            )
            for timeline in self._scopes.values()
            if not timeline.state.drill
            for tally in timeline.state.tallies.values()
        ]
        return sorted(found, key=lambda item: (-item.recoveries, item.environment, item.service))

    def _told(self, timeline: ScopeTimeline, items: list[tuple[Key, Row]]) -> list[Finding]:
        before = timeline.state
        if not timeline.add(items):
            return self._published(before)
        state = timeline.state
        if state.due <= before.reached:
            self._wake(state, before.reached)
            timeline.passed(before.reached)
        gone = state.book.retold(before.book, self._describe(before))
        state.paged |= before.paged
        return self._published(state) + [one for one in gone if _is_told(before, one)]

    def _published(self, state: ScopeState) -> list[Finding]:
        """Return what changed; what is closed and cannot change any more is forgotten."""
        if not state.book.dirty:
            return []
        changed = state.book.publish(self._describe(state))
        told = [finding for finding in changed if _is_told(state, finding)]
        if not self._lateness:
            _forget_closed(state, NEVER)
        return told

    def _describe(self, state: ScopeState) -> Callable[[Finding], None]:
        def describe(finding: Finding) -> None:
            index = self._index[finding.detector]
            self._detectors[index].describe(state.states[index], finding)
            if state.drill:
                finding.evidence["drill"] = state.drill

        return describe

    def _timeline(self, scope: str, drill: str) -> ScopeTimeline:
        name = scope.partition("\0")[2]
        states = [kind() for kind in self._types]
        state = ScopeState(scope, name, states, Book("scope"), FactReader.new(), drill=drill)
        return Timeline(state, self._lateness, self._tell, save, self._load)

    def _load(self, saved: bytes) -> ScopeState:
        return load(saved, self._types)

    def _tell(self, state: ScopeState, row: Row) -> None:
        """Tell one event to all detectors of its scope."""
        event = row.event
        if state.due <= event.time:
            self._wake(state, event.time)
        state.reached = max(state.reached, event.time)
        if row.placement.scope != state.key:
            self._feel(state, event, self._context(state))
            return
        tally = self._tally(state, row) if event.service else None
        facts = state.reader.read(event, drilled=row.drill != state.drill)
        if facts is not None:
            self._tell_facts(state, facts, tally)
            state.due = _due(state)

    def _tell_facts(self, state: ScopeState, facts: Facts, tally: Tally | None) -> None:
        """Tell what an event means to the detectors that care."""
        event, states, context = facts.event, state.states, self._context(state)
        if event.user_visible:
            self._feel(state, event, context)
        if tally is not None:
            self._tell_recovery(state, facts, tally, context)
        if facts.changes:
            for index, detector in self._on_change:
                detector.on_change(states[index], event, context)
        if facts.observed:
            for index, detector in self._on_observed:
                detector.on_observed(states[index], event, context)
        if facts.outcome:
            for index, detector in self._on_outcome:
                detector.on_outcome(states[index], event, context)

    def _tell_recovery(
        self, state: ScopeState, facts: Facts, tally: Tally, context: Context
    ) -> None:
        """Count a service's recovery, or settle the outcome of one."""
        fact = facts.recovery
        if fact is not None:
            if not state.drill:
                self._counted[facts.event.key] = fact
            tally.recover(fact)
            if fact.automated:
                for index, detector in self._on_recovery:
                    detector.on_recovery(state.states[index], fact, context)
        elif facts.settles is not None:
            tally.settle(facts.event, facts.settles)

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
        """Return the context of a scope; of events that follow one another most are of one."""
        if self._present is None or self._present[0] is not state:
            self._present = (state, self._context_of(state))
        return self._present[1]

    def _context_of(self, state: ScopeState) -> Context:
        def decide(finding: Finding, grounds: Sequence[Ground]) -> Ground:
            state.grounds[finding.id] = list(grounds)
            felt = is_felt(state, finding)
            sandbox = self._catalog.is_sandbox(finding.environment)
            decided = tier.decide(finding, grounds, sandbox=sandbox, felt=felt)
            if state.drill and felt and Tier.CRITICAL in (decided.tier, finding.tier):
                state.paged.add(finding.id)
            return decided

        return Context(state.name, state.book, decide, in_drill=state.drill != "")

    def _feel(self, state: ScopeState, event: Event, context: Context) -> None:
        """Note that users felt a service, and what it depends on; judge their findings again."""
        for service in (event.service, *self._catalog.felt_by(event.service)):
            state.felt[service] = event.time
        for finding in list(state.book.findings.values()):
            if finding.status is Status.OPEN and felt_at(state, finding.service) == event.time:
                last = partial(state.grounds.__getitem__, finding.id)
                context.judge(finding, last, event.time)
                if finding.id in state.paged:
                    state.book.touch(finding.id)

    def _wake(self, state: ScopeState, now: int) -> None:
        context = self._context(state)
        for detector, own in zip(self._detectors, state.states, strict=True):
            if own.alarms.next <= now:
                detector.on_time(own, now, context)
        state.reached = max(state.reached, now)
        state.due = _due(state)


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


def _due(state: ScopeState) -> int:
    due: int = min([item.alarms.next for item in state.states], default=NEVER)
    return due


def _is_told(state: ScopeState, finding: Finding) -> bool:
    """Whether a finding is told: of those made in a drill only a critical that users felt."""
    return not state.drill or finding.id in state.paged


def _forget_closed(state: ScopeState, before: int) -> None:
    for finding in state.book.forget_closed(before):
        state.grounds.pop(finding, None)
        state.paged.discard(finding)
