"""One history judged with the settings of both sides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

import msgspec

from overheal.declared import Record
from overheal.model import Finding, Tier
from overheal.run.backtest import places as cutting
from overheal.run.backtest.crew import Alone, Crew, Piece, Slice, Workers
from overheal.run.backtest.needs import FLEET_WANTED, wanted
from overheal.run.backtest.places import Group
from overheal.run.backtest.plan import EXPLAINS, FLEET, SCOPE, Plan, rules_from
from overheal.run.backtest.replay import (
    AFTER,
    BEFORE,
    ONCE,
    FleetReplay,
    Found,
    Task,
    accompanied,
)
from overheal.stages.relations import related
from overheal.stages.rules import Rules
from overheal.state.footprint import Footprint
from overheal.store import Store
from overheal.store.past import PlaceName, StoredPlace, Wanted

ALONE = 50_000
"""Up to so many events are judged by this process alone: another one takes a second to start."""

Reaches = dict[str, dict[str, Footprint]]
"""Side → id of a finding of the fleet → the services it reaches."""

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, how many events were, and of how many."""


def _silent(_what: str, _done: int, _all: int) -> None:
    return None


@dataclass(frozen=True)
class Ask:
    """What is replayed: rules (`run.config.judging`), the span [start, end), and until when.

    `now` is when the history ends (microseconds UTC); `processes` judge it.
    """

    before: bytes
    after: bytes
    start: int
    end: int
    now: int
    processes: int = 1
    declared: tuple[Record, ...] = ()


@dataclass
class Sides:
    """All findings that were made of one history, with each side's settings, related."""

    before: list[Finding] = field(default_factory=list)
    after: list[Finding] = field(default_factory=list)


class History:
    """Judges the stored events of one span; reads and never writes."""

    def __init__(
        self,
        store: Store,
        ask: Ask,
        stored: Sequence[StoredPlace],
        on_progress: OnProgress = _silent,
    ) -> None:
        self._store = store
        self._ask = ask
        self._progress = on_progress
        catalogs = [rules_from(ask.before).catalog, rules_from(ask.after).catalog]
        self._groups = cutting.groups(stored, catalogs)

    def judged(self, plan: Plan) -> Sides:
        """Return the findings of a plan's detectors on both sides, and whoever explains them."""
        task = self._task(plan, plan.apart, plan.once)
        fleet, reached = self._fleet(task)
        found = _joined([self._scopes(task, self._groups), fleet])
        roots, reached_by_roots = self._roots(plan, found)
        known, reaches = _joined([found, roots]), {**reached, **reached_by_roots}
        sides = Sides()
        for side, name in ((sides.before, BEFORE), (sides.after, AFTER)):
            every = {one.id: one for key in (ONCE, name) for one in known.get(key, [])}
            reach = {**reaches.get(ONCE, {}), **reaches.get(name, {})}
            # What one side relates must not show on the other, which has the same findings.
            every.update({one.id: one for one in related(every.values(), reach)})
            side += [one for one in every.values() if one.detector in plan.judged]
        return sides

    def _roots(self, plan: Plan, found: Found) -> tuple[Found, Reaches]:
        """Run those who can explain a page that was found; nobody else's findings page less."""
        loud = [
            one
            for side in found.values()
            for one in side
            if one.tier is Tier.CRITICAL and one.detector in plan.judged
        ]
        if not loud:
            return {}, {}
        needed = {
            name
            for name in plan.roots
            if name not in EXPLAINS or any(one.detector == EXPLAINS[name] for one in loud)
        }
        task = self._task(plan, frozenset(), frozenset(needed))
        explained = {EXPLAINS[name] for name in needed if name in EXPLAINS}
        where = {(one.environment, one.service) for one in loud if one.detector in explained}
        groups = cutting.of_services(self._groups, where)
        fleet, reaches = self._fleet(task)
        return _joined([self._scopes(task, groups), fleet]), reaches

    def _task(self, plan: Plan, apart: Collection[str], once: Collection[str]) -> Task:
        ask = self._ask
        return Task(
            before=ask.before,
            after=ask.after,
            apart=frozenset(apart),
            once=frozenset(once),
            same_places=plan.same_places,
            declared=ask.declared,
            end=ask.now,
        )

    def _scopes(self, task: Task, groups: Sequence[Group]) -> Found:
        """Run the detectors of the scope stage over some groups."""
        rules = rules_from(task.before)
        company = msgspec.structs.replace(
            task,
            apart=accompanied(task.apart & SCOPE, rules),
            once=accompanied(task.once & SCOPE, rules),
        )
        chosen = list(company.rules().values())
        if not chosen or not groups:
            return {}
        every = _merged(chosen)
        total = sum(group.events for group in groups)
        pieces = list(cutting.pieces(groups))
        alone = total <= ALONE or self._ask.processes == 1
        workers: Workers = Alone(company) if alone else Crew(company, self._ask.processes)
        found: Found = {}
        done = 0

        def reading() -> Iterator[Piece]:
            nonlocal done
            for piece in pieces:
                self._progress("scopes", done, total)
                done += piece.events
                yield self._slices(every, piece)

        with workers:
            for part in workers.judge(reading()):
                for side, findings in part.items():
                    names = task.once if side == ONCE else task.apart
                    found.setdefault(side, []).extend(
                        one for one in findings if one.detector in names
                    )
        return found

    def _slices(self, rules: Rules, piece: Group) -> Piece:
        ask, names = self._ask, [place.name for place in piece.places]

        def lasting(span: int) -> int:
            return self._store.lasting(names, span, ask.start, ask.end)

        asked = wanted(rules, names, lasting)
        spans = cutting.slices(piece, ask.start, ask.end)
        return [partial(self._slice, names, asked, span, last=span is spans[-1]) for span in spans]

    def _slice(
        self, names: Sequence[PlaceName], asked: Wanted, span: tuple[int, int], *, last: bool
    ) -> Slice:
        stream = self._store.retold(names, asked, *span)
        return Slice(stream, asked.fields, last)

    def _fleet(self, task: Task) -> tuple[Found, Reaches]:
        """Run the detectors of the fleet stage over everything, in one process."""
        apart, once = task.apart & FLEET, task.once & FLEET
        if not apart and not once:
            return {}, {}
        replay = FleetReplay(msgspec.structs.replace(task, apart=apart, once=once))
        total, done = sum(group.events for group in self._groups), 0
        events = self._store.all_retold(FLEET_WANTED, self._ask.start, self._ask.end)
        with closing(events):
            for batch in events:
                replay.take(batch)
                done += len(batch)
                self._progress("fleet", done, total)
        return replay.end(), replay.reaches()


def _merged(chosen: Sequence[Rules]) -> Rules:
    """Return rules with the detectors of several: what all of them together are told."""
    return Rules(chosen[0].catalog, [one for rules in chosen for one in rules.scope], [])


def _joined(parts: Sequence[Found]) -> Found:
    found: Found = {}
    for one in parts:
        for side, findings in one.items():
            found.setdefault(side, []).extend(findings)
    return found
