"""Judging pieces of history with the settings of each side, in whatever process does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from overheal.declared import Declared, Record
from overheal.model import VARIANT, Event, Finding
from overheal.run.backtest.needs import counts_recoveries_only
from overheal.run.backtest.plan import DISPROVES, FACTS, overrides, part, rules_from, variant
from overheal.run.backtest.swaying import Swaying, TakenBack
from overheal.stages.activity import Condenser
from overheal.stages.fleet import FleetStage
from overheal.stages.row import Row
from overheal.stages.rules import RuleBook, Rules
from overheal.stages.scope import ScopeStage
from overheal.state.footprint import Footprint
from overheal.store.past import blocks_of, events_of

BEFORE, AFTER, ONCE = "before", "after", "once"
BOTH = "both"

Found = dict[str, list[Finding]]
"""Findings of each side, or of `once` where both have the same, as they stand at the end."""


class Judged(NamedTuple):
    """What was found in a piece of history, and of which successes each side took back others."""

    found: Found
    back: TakenBack


class Task(msgspec.Struct, frozen=True):
    """What is judged: the rules of both sides, which detectors run apart and which once.

    `end` is when the history ends (microseconds UTC). Nothing runs `once` where the places differ,
    or where outcomes are taken back otherwise.
    """

    before: bytes
    after: bytes
    apart: frozenset[str]
    once: frozenset[str]
    same_places: bool
    declared: tuple[Record, ...]
    end: int

    def rules(self) -> dict[str, Rules]:
        """Return the detectors that run on each side; a side without any is left out."""
        sides = {
            BEFORE: part(rules_from(self.before), self.apart),
            AFTER: part(rules_from(self.after), self.apart),
            ONCE: part(rules_from(self.before), self.once),
        }
        return {side: rules for side, rules in sides.items() if rules.scope or rules.fleet}


def stages_of(task: Task) -> dict[str, Rules]:
    """Return the stages that a task needs, with their detectors of the scope stage.

    It is one where events belong to the same places and outcomes mean the same on both sides, and
    else one for each.
    """
    before, after = rules_from(task.before), rules_from(task.after)
    if task.same_places and DISPROVES not in task.apart:
        beside = part(before, accompanied(task.apart | task.once, before))
        both = variant(part(after, task.apart), beside)
        return {BOTH: both} if both.scope else {}
    if not part(before, task.apart).scope:
        return {}
    return {
        BEFORE: part(before, accompanied(task.apart, before)),
        AFTER: part(after, accompanied(task.apart, after)),
    }


def accompanied(names: Collection[str], rules: Rules) -> frozenset[str]:
    """Return detectors of the scope stage with the one that decides what an outcome is to them."""
    chosen = part(rules, names)
    if counts_recoveries_only(chosen):
        return frozenset(names)
    told = any(overrides(type(one), FACTS) for one in chosen.scope)
    return frozenset(names) | ({DISPROVES} if told else set())


class _Placed:
    """Makes rows of events, the same ones for all sides where the places are the same."""

    def __init__(self, task: Task, books: dict[str, RuleBook]) -> None:
        self._same = task.same_places
        self._books = books
        self._first = next(iter(books.values()))
        self._last: tuple[str, str] | None = None

    def rows(self, events: Sequence[Event]) -> dict[str, list[Row]]:
        """Return the rows of each side, without what was delivered twice."""
        fresh = []
        for event in events:
            if (key := event.key) != self._last:
                self._last = key
                fresh.append(event)
        if self._same:
            return dict.fromkeys(self._books, _rows(self._first, fresh))
        return {side: _rows(book, fresh) for side, book in self._books.items()}


class ScopeReplay:
    """The scope stage of each side, for one piece of history after the other.

    Where events mean the same on both sides, one stage holds the detectors of both: then it is
    told everything once.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        declared = _declared(task)
        self._books = {side: RuleBook(one, declared) for side, one in stages_of(task).items()}
        self._stages: dict[str, ScopeStage] = {}
        self._known: dict[str, dict[str, Finding]] = {}
        self._swaying = Swaying()
        self.begin()

    def begin(self) -> None:
        """Forget everything: what comes is another piece."""
        self._placed = _Placed(self._task, self._books)
        self._stages = {side: ScopeStage(book, 0) for side, book in self._books.items()}
        self._known = {side: {} for side in self._books}

    def take(self, events: Sequence[Event]) -> None:
        """Tell events of a piece, in their order."""
        for side, rows in self._placed.rows(events).items():
            self._note(side, self._stages[side].detect(rows))
        restated = [stage.take_restated() for stage in self._stages.values()]
        if len(restated) > 1:
            self._swaying.take(events, restated)

    def take_stream(self, stream: bytes, fields: frozenset[str]) -> None:
        """Tell the events of an Arrow stream."""
        for block in blocks_of(stream):
            self.take(events_of(block, fields))

    def end(self) -> Judged:
        """Let time pass to the end of history; return what was found, and begin anew."""
        for side, stage in self._stages.items():
            self._note(side, stage.advance(self._task.end))
        found: Found = {}
        for stage_of, known in self._known.items():
            for finding in known.values():
                side, own = self._sided(stage_of, finding)
                if side:
                    found.setdefault(side, []).append(own)
        self.begin()
        return Judged(found, self._swaying.end())

    def _sided(self, stage: str, finding: Finding) -> tuple[str, Finding]:
        """Return the side of a finding, "" where nobody asked for it, and the finding as there."""
        task, name = self._task, finding.detector
        if stage != BOTH:
            return (stage if name in task.apart else "", finding)
        if name.endswith(VARIANT):
            own = name.removesuffix(VARIANT)
            renamed = finding.id.replace(VARIANT, "", 1)
            return AFTER, msgspec.structs.replace(finding, id=renamed, detector=own)
        if name in task.once:
            return ONCE, finding
        return (BEFORE if name in task.apart else "", finding)

    def _note(self, side: str, changed: Iterable[Finding]) -> None:
        self._known[side].update({one.id: one for one in changed})


class FleetReplay:
    """The fleet stage of each side, over the whole of history.

    `woken_at` is that of `stages.fleet.FleetStage`.
    """

    def __init__(self, task: Task, woken_at: Callable[[int], int]) -> None:
        self._task = task
        rules = {side: one for side, one in task.rules().items() if one.fleet}
        books = {side: RuleBook(one, _declared(task)) for side, one in rules.items()}
        self._placed = _Placed(task, books)
        self._stages = {side: FleetStage(book, 0, woken_at) for side, book in books.items()}
        sides = [ONCE] if task.same_places else list(books)
        self._condensers = {side: Condenser() for side in sides}
        self._known: dict[str, dict[str, Finding]] = {side: {} for side in books}

    def take(self, events: Sequence[Event]) -> None:
        """Tell events of the whole fleet, in their order."""
        rows = self._placed.rows(events)
        if self._task.same_places:
            condensed = self._condensers[ONCE].take(next(iter(rows.values())))
            activities = dict.fromkeys(rows, condensed)
        else:
            activities = {side: self._condensers[side].take(own) for side, own in rows.items()}
        for side, stage in self._stages.items():
            self._note(side, stage.detect(activities[side]))

    def end(self) -> Found:
        """Let time pass to the end of history; return what was found."""
        for side, stage in self._stages.items():
            self._note(side, stage.advance(self._task.end))
        return {side: list(known.values()) for side, known in self._known.items()}

    def reaches(self) -> dict[str, dict[str, Footprint]]:
        """Return which services the findings of each side reach, by the finding's id."""
        return {side: stage.reaches for side, stage in self._stages.items()}

    def _note(self, side: str, changed: Iterable[Finding]) -> None:
        self._known[side].update({one.id: one for one in changed})


def _rows(book: RuleBook, events: Sequence[Event]) -> list[Row]:
    rules, found = book.latest, []
    for event in events:
        placement = rules.catalog.place(event)
        found.append(Row(event, placement, drill=book.drill_of(event, placement)))
    return found


def _declared(task: Task) -> Declared:
    found = Declared()
    for record in task.declared:
        found.add(record)
    return found
