"""One history judged with the settings of both sides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial

import msgspec

from overheal.declared import Record
from overheal.expectations import Expectation
from overheal.model import Tier
from overheal.run.backtest import places as cutting
from overheal.run.backtest.crew import Alone, Crew, Piece, Slice, Workers
from overheal.run.backtest.fights import Fights
from overheal.run.backtest.hearing import heard_of
from overheal.run.backtest.needs import Service, wanted
from overheal.run.backtest.places import Group
from overheal.run.backtest.plan import DISPROVES, EXPLAINS, FLEET, SCOPE, Plan, rules_from
from overheal.run.backtest.replay import (
    AFTER,
    BEFORE,
    FleetReplay,
    Found,
    Task,
    stages_of,
)
from overheal.run.backtest.sides import Reaches, Sides, alike, joined, related_side, same
from overheal.run.backtest.swaying import TakenBack, drilled, swayed, taken_back
from overheal.stages.relations import FIGHT
from overheal.stages.roots import ROOTS
from overheal.stages.rules import Rules
from overheal.store import Store
from overheal.store.past import PlaceName, StoredPlace, Wanted

ALONE = 50_000
"""Up to so many events are judged by this process alone: another one takes a second to start."""

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, how many events were, and of how many."""


def _silent(_what: str, _done: int, _all: int) -> None:
    return None


@dataclass(frozen=True)
class Ask:
    """What is replayed: rules (`run.config.judging`), the span [start, end), and until when.

    `now` is when the history ends (microseconds UTC); `processes` judge it. Of what is critical
    alike on both sides it is asked whether something else explains it where `all_pages` matter.
    """

    before: bytes
    after: bytes
    start: int
    end: int
    now: int
    processes: int = 1
    declared: tuple[Record, ...] = ()
    all_pages: bool = False


class History:
    """Judges the stored events of one span; reads and never writes.

    Where not all `services` (with their environments) matter, what is found of others may be wrong.
    """

    def __init__(
        self,
        store: Store,
        ask: Ask,
        stored: Sequence[StoredPlace],
        on_progress: OnProgress = _silent,
        services: Collection[Service] | None = None,
    ) -> None:
        self._store = store
        self._ask = ask
        self._services = services
        self._progress = on_progress
        catalogs = [rules_from(ask.before).catalog, rules_from(ask.after).catalog]
        self._groups = cutting.groups(stored, catalogs)
        self._swayed: list[Group] = []

    def judged(self, plan: Plan) -> Sides:
        """Return what a plan's detectors found on each side, and what pages on one side alone."""
        fleet, reached = self._fleet(self._task(plan, plan.apart, ()))
        found = joined([self._apart(plan), fleet])
        explained, reached_too = self._explained(plan, found)
        found = joined([found, explained])
        roots, reached_by_roots = self._roots(plan, found)
        known, reaches = joined([found, roots]), {**reached_by_roots, **reached_too, **reached}
        related_ = [related_side(known, reaches, name) for name in (BEFORE, AFTER)]
        silent = same(plan, *related_)
        before, after = (
            [one for one in side.values() if one.id not in silent and one.detector in plan.judged]
            for side in related_
        )
        return Sides(before, after)

    def _apart(self, plan: Plan) -> Found:
        """Run detectors of the scope stage with the settings of each side.

        Where both take back the same successes, or nobody hears of these afterwards, all others
        hear the same on both sides.
        """
        services = self._services
        if DISPROVES not in plan.apart or not plan.same_places:
            return self._scopes(self._task(plan, plan.apart, ()), self._groups, services)
        found, back = self._judged(self._task(plan, {DISPROVES}, ()), self._groups, services)
        if plan.apart | plan.swayed != {DISPROVES}:
            catalog = rules_from(self._ask.before).catalog
            drills = drilled(catalog, self._ask.declared, self._places)
            self._swayed = swayed(self._store, self._span, self._groups, back, drills)
        others = self._task(plan, plan.apart - {DISPROVES}, ())
        every = self._task(plan, plan.apart | plan.swayed, ())
        return joined(
            [
                found,
                self._scopes(others, self._still, services),
                self._scopes(every, self._swayed, services),
            ]
        )

    @property
    def _still(self) -> list[Group]:
        """The groups in which detectors hear the same of outcomes on both sides."""
        moved = {id(group) for group in self._swayed}
        return [group for group in self._groups if id(group) not in moved]

    def _once(
        self, plan: Plan, chosen: Collection[str], where: Collection[Service] | None
    ) -> tuple[Found, Reaches]:
        """Run detectors that find the same on both sides, for some services (None: for all).

        Those that are swayed ran with both settings where they do not.
        """
        parts = []
        for names, among in (
            (frozenset(chosen) - plan.swayed, self._groups),
            (plan.swayed.intersection(chosen), self._still),
        ):
            groups = among if where is None else cutting.of_services(among, where)
            parts.append(self._scopes(self._task(plan, (), names), groups, where))
        fleet, reaches = self._fleet(self._task(plan, (), chosen))
        return joined([*parts, fleet]), reaches

    def _explained(self, plan: Plan, found: Found) -> tuple[Found, Reaches]:
        """Run those whose pages may be carried by what was found; none is as loud elsewhere."""
        loud = [one for side in found.values() for one in side if one.tier is Tier.CRITICAL]
        roots = {one.detector for one in loud}
        if not roots or not plan.explained:
            return {}, {}
        everywhere = bool(roots.intersection(ROOTS))
        needed = {EXPLAINS[name] for name in roots if name in EXPLAINS}
        chosen = plan.explained if everywhere else plan.explained & needed
        where = {
            (one.environment, one.service)
            for side in found.values()
            for one in side
            if one.detector in roots
        }
        every, reaches = self._once(plan, chosen, None if everywhere else where)
        return {
            side: [one for one in own if one.tier is Tier.CRITICAL] for side, own in every.items()
        }, reaches

    def _roots(self, plan: Plan, found: Found) -> tuple[Found, Reaches]:
        """Run those who can explain a page that was found; nobody else's findings page less.

        They find the same on both sides, so what both have alike they explain alike.
        """
        loud = [one for side in found.values() for one in side if one.tier is Tier.CRITICAL]
        if not self._ask.all_pages:
            known = alike(found)
            loud = [one for one in loud if one.id not in known]
        if not loud:
            return {}, {}
        needed = {
            name
            for name in plan.roots
            if name not in EXPLAINS or any(one.detector == EXPLAINS[name] for one in loud)
        }
        carried = {EXPLAINS[name] for name in needed if name in EXPLAINS}
        where = {(one.environment, one.service) for one in loud if one.detector in carried}
        return self._once(plan, needed, where)

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

    def _scopes(
        self, task: Task, groups: Sequence[Group], services: Collection[Service] | None
    ) -> Found:
        return self._judged(task, groups, services)[0]

    def _judged(
        self, task: Task, groups: Sequence[Group], services: Collection[Service] | None
    ) -> tuple[Found, TakenBack]:
        """Run the detectors of the scope stage over some groups, of which `services` matter."""
        scoped = msgspec.structs.replace(task, apart=task.apart & SCOPE, once=task.once & SCOPE)
        chosen = list(stages_of(scoped).values())
        if not chosen or not groups:
            return {}, TakenBack()
        every = _merged(chosen)
        total = sum(group.events for group in groups)
        pieces = list(cutting.pieces(groups))
        alone = total <= ALONE or self._ask.processes == 1
        workers: Workers = Alone(scoped) if alone else Crew(scoped, self._ask.processes)
        fought = scoped.apart | scoped.once == {FIGHT}
        done = 0

        def reading() -> Iterator[Piece]:
            nonlocal done
            for piece in pieces:
                self._progress("scopes", done, total)
                done += piece.events
                yield self._slices(every, piece, services, fought=fought)

        with workers:
            judged = list(workers.judge(reading()))
        return joined([one.found for one in judged]), taken_back([one.back for one in judged])

    def _slices(
        self,
        rules: Rules,
        piece: Group,
        services: Collection[Service] | None,
        *,
        fought: bool,
    ) -> Piece:
        ask, names = self._ask, [place.name for place in piece.places]

        def lasting(places: Collection[PlaceName], span: int, matters: str) -> int:
            return self._store.lasting(places, span, ask.start, ask.end, matters=matters)

        expected = any(isinstance(one, Expectation) for one in ask.declared)
        if expected:
            services = None  # of a short name, which counts what two services do
        asked = wanted(rules, piece.places, lasting, services)
        if fought and not expected:
            asked = self._fights.heard(asked, piece.places)
        spans = cutting.slices(piece, ask.start, ask.end)
        return [partial(self._slice, names, asked, span, last=span is spans[-1]) for span in spans]

    def _slice(
        self, names: Sequence[PlaceName], asked: Wanted, span: tuple[int, int], *, last: bool
    ) -> Slice:
        stream = self._store.retold(names, asked, *span)
        return Slice(stream, asked.fields, last)

    def _fleet(self, task: Task) -> tuple[Found, Reaches]:
        """Run the detectors of the fleet stage over all that they can hear of, in one process."""
        apart, once = task.apart & FLEET, task.once & FLEET
        if not apart and not once:
            return {}, {}
        start, end = self._span
        self._progress("fleet", 0, end - start)
        task = msgspec.structs.replace(task, apart=apart, once=once)
        heard = heard_of(self._store, task, self._places, (start, end))
        replay = FleetReplay(task, heard.woken_at)
        events = self._store.all_retold(heard.wanted, start, end)
        with closing(events):
            for batch in events:
                replay.take(batch)
                told = batch[-1].time if batch else start
                self._progress("fleet", told - start, end - start)
        return replay.end(), replay.reaches()

    @cached_property
    def _fights(self) -> Fights:
        return Fights(self._store, self._groups, (self._ask.start, self._ask.end))

    @property
    def _places(self) -> list[StoredPlace]:
        return [place for group in self._groups for place in group.places]

    @property
    def _span(self) -> tuple[int, int]:
        """The part of the span that is asked for in which there are events."""
        first = min(place.first_at for place in self._places)
        last = max(place.last_at for place in self._places)
        return max(self._ask.start, first), min(self._ask.end, last + 1)


def _merged(chosen: Sequence[Rules]) -> Rules:
    """Return rules with the detectors of several: what all of them together are told."""
    return Rules(chosen[0].catalog, [one for rules in chosen for one in rules.scope], [])
