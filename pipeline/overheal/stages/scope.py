"""The scope stage: every detector that needs no more than one scope's events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from overheal import tier
from overheal.detect.base import Context
from overheal.model import Event, Finding, ServiceSummary, Status, Tier
from overheal.stages import expected
from overheal.stages.felt import felt_at, felt_elsewhere, is_felt
from overheal.stages.row import Counted, Row, Told
from overheal.stages.rules import RuleBook, Rules
from overheal.stages.snapshot import (
    ScopeTimeline,
    Snapshot,
    frozen,
    packed,
    revived,
    unpacked,
)
from overheal.state.alarms import NEVER
from overheal.state.book import Book, Ground
from overheal.state.facts import FactReader, Facts
from overheal.state.scope import ScopeState, Tally, load, save
from overheal.state.timeline import Key, Teller, Timeline

_PHASES = ("", "proposed", "approved", "rejected", "started", "finished", "verified")
_RANK = {phase: rank for rank, phase in enumerate(_PHASES)}

ScopeKey = tuple[str, str]
"""Scope with its environment, and the drill or `""`: what happens in a drill is a history apart."""


def order(event: Event) -> Key:
    """Return where an event stands in the total order of its scope."""
    return (event.time, _RANK[event.phase], event.source, event.id)


class ScopeStage(Teller[ScopeState, Told, bytes]):
    """All scopes, each with its own history.

    Where it is the `whole` fleet, what users feel here is told to the scopes of what they felt it
    through; else somebody has to bring it to those with `feel`.
    """

    def __init__(self, rules: RuleBook, lateness: int, *, whole: bool = True) -> None:
        self._rules = rules
        self._whole = whole
        first = rules.latest
        self._types: list[type[Any]] = [detector.state_type for detector in first.scope]
        self._index = {detector.name: index for index, detector in enumerate(first.scope)}
        self._lateness = lateness
        self._scopes: dict[ScopeKey, ScopeTimeline] = {}
        self._asleep: dict[ScopeKey, Snapshot] = {}
        self._changed: set[ScopeKey] = set()
        self._forgotten = 0
        self._present: tuple[ScopeState, Rules, Context] | None = None
        self._counts: list[tuple[Event, Counted | None]] = []

    def detect(self, rows: Sequence[Row], settled: int = 0) -> list[Finding]:
        """Tell every scope its new events; return the findings that changed.

        After these nothing will come before `settled` (microseconds UTC).
        """
        by_scope: dict[ScopeKey, list[tuple[Key, Told]]] = {}
        for row in rows:
            if not row.late:
                key = order(row.event)
                by_scope.setdefault((row.placement.scope, ""), []).append((key, Told(row)))
                if row.drill:
                    by_scope.setdefault((row.placement.scope, row.drill), []).append(
                        (key, Told(row))
                    )
                elif row.event.user_visible and self._whole:
                    catalog = self._rules.at(row.event.time).catalog
                    for home in felt_elsewhere(catalog, row):
                        by_scope.setdefault((home, ""), []).append((key, Told(row)))
        return self._tell_all(by_scope, settled)

    def feel(self, rows: Sequence[tuple[str, Row]]) -> list[Finding]:
        """Tell scopes, named with their environments, what users felt in another."""
        by_scope: dict[ScopeKey, list[tuple[Key, Told]]] = {}
        for home, row in rows:
            item = (order(row.event), Told(row))
            by_scope.setdefault((home, ""), []).append(item)
        return self._tell_all(by_scope, 0)

    def _tell_all(
        self, by_scope: dict[ScopeKey, list[tuple[Key, Told]]], settled: int
    ) -> list[Finding]:
        changed: list[Finding] = []
        for scope, items in by_scope.items():
            items.sort(key=_key)
            changed += self._told(self._awake(scope), items, settled)
        if self._lateness:
            self._changed.update(by_scope)
        return changed

    def advance(self, now: int) -> list[Finding]:
        """Wake the detectors of every scope for what falls due up to `now` (microseconds UTC)."""
        changed: list[Finding] = []
        for scope in [scope for scope, saved in self._asleep.items() if saved.due <= now]:
            self._awake(scope)
        for scope, timeline in self._scopes.items():
            if timeline.state.due <= now:
                timeline.will_pass()
                self._wake(timeline.state, now)
                timeline.passed(now)
                self._changed.add(scope)
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

    def take_counts(self) -> list[tuple[Event, Counted | None]]:
        """Return what events count for, where that is new or another since the last call.

        A history that is told again may count a recovery at another of its action's events.
        """
        taken, self._counts = self._counts, []
        return taken

    def rows_between(self, scope: str, start: int, end: int) -> list[Row]:
        """Return the rows of a scope with start ≤ time < end that could still be told again."""
        key = (scope, "")
        if key not in self._scopes and key not in self._asleep:
            return []
        return [told.row for told in self._awake(key).between(start, end)]

    def take_snapshots(self, settled: int = 0) -> Iterator[tuple[ScopeKey, Snapshot]]:
        """Return every scope that changed since the last call, as it stands.

        Nothing will come before `settled` (microseconds UTC).
        """
        changed, self._changed = self._changed, set()
        for scope in changed:
            yield scope, frozen(self._scopes[scope], settled)

    def restore(self, scope: ScopeKey, saved: Snapshot) -> None:
        """Take over what a snapshot holds; it is read when the scope is next needed."""
        self._asleep[scope] = saved

    @property
    def logged(self) -> int:
        """How many events could still be told again."""
        return sum(timeline.logged for timeline in self._scopes.values())

    def __len__(self) -> int:
        return len(self._scopes) + len(self._asleep)

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

    def _awake(self, scope: ScopeKey) -> ScopeTimeline:
        timeline = self._scopes.get(scope)
        if timeline is None:
            timeline = self._scopes[scope] = self._timeline(*scope)
            saved = self._asleep.pop(scope, None)
            if saved is not None:
                revived(timeline, saved, self._types)
        return timeline

    def _told(
        self, timeline: ScopeTimeline, items: list[tuple[Key, Told]], settled: int
    ) -> list[Finding]:
        before = timeline.state
        if not timeline.add(items, settled):
            return self._published(before)
        state = timeline.state
        if state.due <= before.reached:
            self._wake(state, before.reached)
            timeline.passed(before.reached)
        gone = state.book.retold(before.book, self._describe(before))
        state.paged |= before.paged
        return self._published(state) + [one for one in gone if self._is_told(before, one)]

    def _published(self, state: ScopeState) -> list[Finding]:
        """Return what changed; what is closed and cannot change any more is forgotten."""
        if not state.book.dirty:
            return []
        changed = state.book.publish(self._describe(state))
        told = [finding for finding in changed if self._is_told(state, finding)]
        if not self._lateness:
            _forget_closed(state, NEVER)
        return told

    def _describe(self, state: ScopeState) -> Callable[[Finding], None]:
        def describe(finding: Finding) -> None:
            index = self._index[finding.detector]
            detectors = self._rules.at(finding.last_at).scope
            detectors[index].describe(state.states[index], finding)
            if state.drill:
                finding.evidence["drill"] = state.drill

        return describe

    def _timeline(self, scope: str, drill: str) -> ScopeTimeline:
        name = scope.partition("\0")[2]
        states = [kind() for kind in self._types]
        state = ScopeState(scope, name, states, Book("scope"), FactReader.new(), drill=drill)
        return Timeline(state, self._lateness, self)

    def save(self, state: ScopeState) -> bytes:
        """Return a scope's state as bytes."""
        return save(state)

    def load(self, saved: bytes) -> ScopeState:
        """Return the state that `save` was given."""
        return load(saved, self._types)

    def key(self, item: Told) -> Key:
        """Return where an event stands."""
        return order(item.row.event)

    def pack(self, item: Told) -> bytes:
        """Return what is logged of an event."""
        return packed(item)

    def unpack(self, logged: bytes) -> Told:
        """Return a logged event."""
        return unpacked(logged, self._rules)

    def tell(self, state: ScopeState, item: Told) -> None:
        """Tell one event to all detectors of its scope."""
        row = item.row
        event = row.event
        if state.due <= event.time or state.lowered:
            self._wake(state, event.time)
        state.reached = max(state.reached, event.time)
        rules = self._rules.at(event.time)
        if row.placement.scope != state.key:
            self._feel(state, event, rules)
            return
        tally = self._tally(state, row) if event.service else None
        asked = rules.on_drilled if state.drill else rules.on_event
        if asked and row.drill == state.drill:
            context = self._context(state, rules)
            for index, detector in asked:
                detector.on_event(state.states[index], event, context)
        facts = state.reader.read(event, drilled=row.drill != state.drill)
        counted = None
        if facts is not None:
            if tally is not None and facts.recovery is not None and not state.drill:
                fact = facts.recovery
                counted = Counted(fact.at, fact.count, fact.automated)
            self._tell_facts(state, facts, tally, rules)
        if facts is not None or asked:
            state.due = _due(state)
        if counted != item.counted:
            item.counted = counted
            self._counts.append((event, counted))

    def _tell_facts(
        self, state: ScopeState, facts: Facts, tally: Tally | None, rules: Rules
    ) -> None:
        """Tell what an event means to the detectors that care."""
        event, states, context = facts.event, state.states, self._context(state, rules)
        if event.user_visible:
            self._feel(state, event, rules)
        if tally is not None:
            self._tell_recovery(state, facts, tally, rules)
        if facts.changes:
            for index, detector in rules.on_change:
                detector.on_change(states[index], event, context)
        if facts.observed:
            for index, detector in rules.on_observed:
                detector.on_observed(states[index], event, context)
        if facts.outcome:
            for index, detector in rules.on_outcome:
                detector.on_outcome(states[index], event, context)

    def _tell_recovery(self, state: ScopeState, facts: Facts, tally: Tally, rules: Rules) -> None:
        """Count a service's recovery, or settle the outcome of one."""
        fact = facts.recovery
        if fact is not None:
            tally.recover(fact)
            if fact.automated:
                context = self._context(state, rules)
                declared = self._rules.declared
                if (
                    declared.expectations
                    and not state.drill
                    and expected.counted(state, declared, fact)
                ):
                    self._lapse(state, facts.event.time, rules, void=True)
                for index, detector in rules.on_recovery:
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

    def _context(self, state: ScopeState, rules: Rules) -> Context:
        """Return the context of a scope; of events that follow one another most are of one."""
        present = self._present
        if present is None or present[0] is not state or present[1] is not rules:
            present = self._present = (state, rules, self._context_of(state, rules))
        return present[2]

    def _context_of(self, state: ScopeState, rules: Rules) -> Context:
        declared = self._rules.declared

        def decide(finding: Finding, grounds: Sequence[Ground], at: int) -> Ground:
            state.grounds[finding.id] = list(grounds)
            felt = is_felt(state, finding)
            sandbox = rules.catalog.is_sandbox(finding.environment)
            by = None
            if declared.expectations and not state.drill:
                by = expected.holding(state, declared, finding, at)
            if by is not None:
                expected.say(finding, by)
            decided = tier.decide(finding, grounds, sandbox=sandbox, felt=felt, expected=by)
            if state.drill and felt and Tier.CRITICAL in (decided.tier, finding.tier):
                state.paged.add(finding.id)
            return decided

        in_drill = state.drill != ""
        return Context(
            state.name,
            state.book,
            decide,
            in_drill=in_drill,
            owners=rules.catalog,
            disprove=state.disprove,
            drill=partial(self._rules.drill, state.drill, rules),
        )

    def _lapse(self, state: ScopeState, at: int, rules: Rules, *, void: bool) -> None:
        """Judge again what an expectation lowered that holds no more at `at` (microseconds UTC)."""
        context = self._context(state, rules)
        for finding in expected.lapsed(state, self._rules.declared, at):
            context.judge(finding, partial(state.grounds.__getitem__, finding.id), at)
            if finding.id not in state.lowered:
                expected.say_ended(finding, at, void=void)
            state.book.touch(finding.id)

    def _feel(self, state: ScopeState, event: Event, rules: Rules) -> None:
        """Note that users felt a service, and what it depends on; judge their findings again."""
        for service in (event.service, *rules.catalog.felt_by(event.service)):
            state.felt[service] = event.time
        context = self._context(state, rules)
        for finding in list(state.book.findings.values()):
            if finding.status is Status.OPEN and felt_at(state, finding.service) == event.time:
                last = partial(state.grounds.__getitem__, finding.id)
                context.judge(finding, last, event.time)
                if finding.id in state.paged:
                    state.book.touch(finding.id)

    def _wake(self, state: ScopeState, now: int) -> None:
        """Let time pass: what was due, and the ends of expectations, in their order."""
        self._end_expected(state, now, ring=True)
        self._ring(state, now)
        self._end_expected(state, now, ring=False)
        state.reached = max(state.reached, now)
        state.due = _due(state)

    def _end_expected(self, state: ScopeState, now: int, *, ring: bool) -> None:
        """Judge again what expectations lowered that ended up to `now`, each as of its end."""
        while state.lowered:
            ended = expected.ends(state, self._rules.declared, now)
            if not ended:
                return
            if ring:
                self._ring(state, ended[0])
            self._lapse(state, ended[0], self._rules.at(ended[0]), void=False)

    def _ring(self, state: ScopeState, now: int) -> None:
        rules = self._rules.at(now)
        context = self._context(state, rules)
        for detector, own in zip(rules.scope, state.states, strict=True):
            if own.alarms.next <= now:
                detector.on_time(own, now, context)

    def _is_told(self, state: ScopeState, finding: Finding) -> bool:
        """Whether a finding is told: of those made in a drill, what users felt and few others."""
        if not state.drill or finding.id in state.paged:
            return True
        return self._rules.latest.scope[self._index[finding.detector]].drills_only


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


def _key(item: tuple[Key, Told]) -> Key:
    return item[0]


def _due(state: ScopeState) -> int:
    due: int = min([item.alarms.next for item in state.states], default=NEVER)
    return min(due, state.reached + expected.LOOK) if state.lowered else due


def _forget_closed(state: ScopeState, before: int) -> None:
    for finding in state.book.forget_closed(before):
        state.grounds.pop(finding, None)
        state.paged.discard(finding)
        state.lowered.pop(finding, None)
