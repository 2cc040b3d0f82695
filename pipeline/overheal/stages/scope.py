"""The scope stage: every detector that needs no more than one scope's events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from overheal.model import Event, Finding, ServiceSummary
from overheal.stages.felt import felt_elsewhere
from overheal.stages.row import Counted, Restated, Row, Told
from overheal.stages.rules import RuleBook
from overheal.stages.snapshot import (
    ScopeTimeline,
    Snapshot,
    frozen,
    revived,
)
from overheal.stages.telling import ScopeTeller, order
from overheal.state.alarms import NEVER
from overheal.state.book import Book
from overheal.state.facts import FactReader
from overheal.state.scope import ScopeState
from overheal.state.timeline import Key, Timeline

ScopeKey = tuple[str, str]
"""Scope with its environment, and the drill or `""`: what happens in a drill is a history apart."""


class ScopeStage:
    """All scopes, each with its own history.

    Where it is the `whole` fleet, what users feel here is told to the scopes of what they felt it
    through; else somebody has to bring it to those with `feel`.
    """

    def __init__(self, rules: RuleBook, lateness: int, *, whole: bool = True) -> None:
        self._rules = rules
        self._whole = whole
        self._teller = ScopeTeller(rules)
        self._lateness = lateness
        self._scopes: dict[ScopeKey, ScopeTimeline] = {}
        self._asleep: dict[ScopeKey, Snapshot] = {}
        self._changed: set[ScopeKey] = set()
        self._forgotten = 0

    def detect(self, rows: Sequence[Row], settled: int = 0) -> list[Finding]:
        """Tell every scope its new events; return the findings that changed.

        After these nothing will come before `settled` (microseconds UTC).
        """
        by_scope: dict[ScopeKey, list[tuple[Key, Told]]] = {}
        for row in rows:
            if not row.late:
                key, own = order(row.event), (row.placement.scope, "")
                items = by_scope.get(own)
                if items is None:
                    items = by_scope[own] = []
                items.append((key, Told(row)))
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
                self._teller.wake(timeline.state, now)
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
        teller = self._teller
        taken, teller.counts = teller.counts, []
        return taken

    def take_restated(self) -> list[Restated]:
        """Return which successes were disproved, or not after all, since the last call."""
        teller = self._teller
        taken, teller.restated = teller.restated, []
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
                revived(timeline, saved, self._teller.types)
        return timeline

    def _told(
        self, timeline: ScopeTimeline, items: list[tuple[Key, Told]], settled: int
    ) -> list[Finding]:
        before = timeline.state
        if not timeline.add(items, settled):
            return self._published(before)
        state = timeline.state
        if state.due <= before.reached:
            self._teller.wake(state, before.reached)
            timeline.passed(before.reached)
        said, says = self._teller.describe(before), self._teller.describe(state)
        gone = state.book.retold(before.book, said, says)
        state.paged |= before.paged
        return self._published(state) + [one for one in gone if self._teller.is_told(before, one)]

    def _published(self, state: ScopeState) -> list[Finding]:
        """Return what changed; what is closed and cannot change any more is forgotten."""
        if not state.book.dirty:
            return []
        changed = state.book.publish(self._teller.describe(state))
        told = [finding for finding in changed if self._teller.is_told(state, finding)]
        if not self._lateness:
            _forget_closed(state, NEVER)
        return told

    def _timeline(self, scope: str, drill: str) -> ScopeTimeline:
        name = scope.partition("\0")[2]
        states = [kind() for kind in self._teller.types]
        state = ScopeState(scope, name, states, Book("scope"), FactReader.new(), drill=drill)
        return Timeline(state, self._lateness, self._teller)


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


def _forget_closed(state: ScopeState, before: int) -> None:
    for finding in state.book.forget_closed(before):
        state.grounds.pop(finding, None)
        state.paged.discard(finding)
        state.lowered.pop(finding, None)
