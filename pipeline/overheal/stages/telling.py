"""Telling one scope what happened, event by event, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from overheal import tier
from overheal.detect.base import Context
from overheal.model import Event, Finding, Status, Tier
from overheal.stages import expected
from overheal.stages.felt import felt_at, is_felt
from overheal.stages.row import Counted, Restated, Row, Told
from overheal.stages.rules import RuleBook, Rules
from overheal.stages.snapshot import folded, packed, unfolded, unpacked
from overheal.state.alarms import NEVER
from overheal.state.book import Ground
from overheal.state.copies import CLOSER, grown, shrunk
from overheal.state.facts import UNKNOWN, Claim, Facts, Recovery, outcome_of
from overheal.state.scope import ScopeState, Tally, load, save
from overheal.state.timeline import Key, Teller

_PHASES = ("", "proposed", "approved", "rejected", "started", "finished", "verified")
_RANK = {phase: rank for rank, phase in enumerate(_PHASES)}


def order(event: Event) -> Key:
    """Return where an event stands in the total order of its scope."""
    return (event.time, _RANK[event.phase], event.source, event.id)


class ScopeTeller(Teller[ScopeState, Told, bytes]):
    """What one event does to the state of its scope; it remembers nothing of any scope itself.

    `counts` collects what events count for, `restated` which successes they disprove, where that is
    new or another than before; `types` are those of the detectors' states.
    """

    fold = staticmethod(folded)
    unfold = staticmethod(unfolded)

    def __init__(self, rules: RuleBook) -> None:
        self._rules = rules
        first = rules.latest
        self.types: list[type[Any]] = [detector.state_type for detector in first.scope]
        self.counts: list[tuple[Event, Counted | None]] = []
        self.restated: list[Restated] = []
        self._disproved: list[Claim] = []
        self._index = {detector.name: index for index, detector in enumerate(first.scope)}
        self._present: tuple[ScopeState, Rules, Context] | None = None

    def save(self, state: ScopeState) -> bytes:
        """Return a scope's state as bytes, packed: copies are many and seldom read."""
        return shrunk(save(state), CLOSER)

    def load(self, saved: bytes) -> ScopeState:
        """Return the state that `save` was given."""
        return load(grown(saved), self.types)

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
            self.wake(state, event.time)
        state.reached = max(state.reached, event.time)
        rules = self._rules.at(event.time)
        if row.placement.scope != state.key:
            self._feel(state, event, rules)
            return
        tally = self._tally(state, row) if event.service else None
        asked = rules.asked(event, drilled=state.drill != "")
        if asked and row.drill == state.drill:
            context, states = self._context(state, rules), state.states
            for index, on_event in asked:
                on_event(states[index], event, context)
        facts = state.reader.read(event, drilled=row.drill != state.drill)
        counted = None
        if facts is not None:
            fact = facts.recovery
            if fact is not None and tally is not None and not state.drill:
                counted = Counted(fact.at, fact.count, fact.automated)
            self._tell_facts(state, facts, tally, rules)
        if facts is not None or asked:
            state.due = _due(state)
        if counted != item.counted:
            item.counted = counted
            self.counts.append((event, counted))
        if self._disproved or item.disproved:
            self._restate(item)

    def _restate(self, item: Told) -> None:
        """Note what an event disproved, where it is not what it disproved before."""
        event, before, now = item.row.event, item.disproved, tuple(self._disproved)
        self._disproved.clear()
        item.disproved = now
        for claims, others, withdrawn in ((before, now, True), (now, before, False)):
            self.restated += [
                Restated(claim, event.id, event.time, withdrawn)
                for claim in claims
                if claim not in others
            ]

    def _tell_facts(
        self, state: ScopeState, facts: Facts, tally: Tally | None, rules: Rules
    ) -> None:
        """Tell what an event means to the detectors that care."""
        event = facts.event
        if event.user_visible:
            self._feel(state, event, rules)
        if tally is not None:
            if facts.recovery is not None:
                self._tell_recovery(state, facts.recovery, tally, rules)
            elif facts.settles is not None:
                tally.settle(event, facts.settles)
        self._tell_hooks(facts, state.states, self._context(state, rules), rules)

    @staticmethod
    def _tell_hooks(facts: Facts, states: list[Any], context: Context, rules: Rules) -> None:
        event = facts.event
        if facts.changes:
            for index, on_change in rules.on_change:
                on_change(states[index], event, context)
        if facts.observed:
            for index, on_observed in rules.on_observed:
                on_observed(states[index], event, context)
        if facts.outcome:
            silent = not event.recovery and outcome_of(event) == UNKNOWN
            for index, on_outcome in rules.on_silence if silent else rules.on_outcome:
                on_outcome(states[index], event, context)

    def _tell_recovery(self, state: ScopeState, fact: Recovery, tally: Tally, rules: Rules) -> None:
        """Count a service's recovery, and tell it where automation made it."""
        tally.recover(fact)
        if not fact.automated:
            return
        context, declared = self._context(state, rules), self._rules.declared
        if declared.expectations and not state.drill and expected.counted(state, declared, fact):
            self._lapse(state, fact.event.time, rules, void=True)
        for index, on_recovery in rules.on_recovery:
            on_recovery(state.states[index], fact, context)

    @staticmethod
    def _tally(state: ScopeState, row: Row) -> Tally:
        key = row.placement.key
        tally = state.tallies.get(key)
        if tally is None:
            event = row.event
            tally = Tally(event.service, event.environment, row.placement.owner)
            state.tallies[key] = tally
        tally.see(row.event.time)
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

        def disprove(claim: Claim, now: int) -> bool:
            known = state.disprove(claim, now)
            if known and not state.drill:
                self._disproved.append(claim)
            return known

        in_drill = state.drill != ""
        return Context(
            state.name,
            state.book,
            decide,
            in_drill=in_drill,
            owners=rules.catalog,
            disprove=disprove,
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
        services = (event.service, *rules.catalog.felt_by(event.service))
        for service in services:
            state.felt[service] = event.time
        context = self._context(state, rules)
        for finding in state.book.about(services):
            if finding.status is Status.OPEN and felt_at(state, finding.service) == event.time:
                last = partial(state.grounds.__getitem__, finding.id)
                context.judge(finding, last, event.time)
                if finding.id in state.paged:
                    state.book.touch(finding.id)

    def wake(self, state: ScopeState, now: int) -> None:
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

    def is_told(self, state: ScopeState, finding: Finding) -> bool:
        """Whether a finding is told: of those made in a drill, what users felt and few others."""
        if not state.drill or finding.id in state.paged:
            return True
        return self._rules.latest.scope[self._index[finding.detector]].drills_only

    def describe(self, state: ScopeState) -> Callable[[Finding], None]:
        """Return what puts sentence and numbers on a finding of this scope."""

        def describe(finding: Finding) -> None:
            index = self._index[finding.detector]
            detectors = self._rules.at(finding.last_at).scope
            detectors[index].describe(state.states[index], finding)
            if state.drill:
                finding.evidence["drill"] = state.drill

        return describe


def _due(state: ScopeState) -> int:
    due: int = min([own.alarms.next for own in state.states], default=NEVER)
    return min(due, state.reached + expected.LOOK) if state.lowered else due
