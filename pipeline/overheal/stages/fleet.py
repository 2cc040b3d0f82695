"""The fleet stage: what crosses scopes, from condensed activity and the findings of all scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from overheal import tier
from overheal.catalog import Catalog
from overheal.detect.base import Context
from overheal.model import MICROSECOND, MINUTE, Activity, Finding, Status
from overheal.stages.activity import ActivityKey, key_of
from overheal.stages.felt import feel, fleet_felt_at, is_fleets_felt
from overheal.stages.relations import related
from overheal.stages.rules import RuleBook
from overheal.stages.seconds import Seconds, folded, unfolded
from overheal.state.alarms import NEVER
from overheal.state.book import Book, Ground
from overheal.state.copies import CLOSER, grown, shrunk
from overheal.state.footprint import Footprint
from overheal.state.log import SavedLog
from overheal.state.patience import Patience
from overheal.state.scope import FleetState, load_fleet, save_fleet
from overheal.state.timeline import Key, Reach, Teller, Timeline

LONGEST, KEEP = 5 * MICROSECOND, 10 * MINUTE
"""How long seconds are kept open for activity that comes late, at most, and how long after it."""


class _SavedFleet(msgspec.Struct, array_like=True):
    """Everything the stage remembers."""

    state: bytes
    since: int
    base: bytes | None
    log: SavedLog[ActivityKey]
    told: Key | None
    activities: list[Activity]
    waiting: list[ActivityKey]
    reached: int
    frontier: int
    reaches: dict[str, Footprint]


class FleetStage(Teller[FleetState, ActivityKey, ActivityKey]):
    """One history of everybody's activity, and the relations between findings.

    Activity is cumulative: what comes again replaces what came before. A second's activity is told
    once the second is over, since it may still grow; within the lateness an activity that grows
    afterwards has its history told again. That is work for the whole fleet, so that seconds stay
    open a little longer once some grew afterwards.

    Detectors are woken with the activity that comes next. Where some is left out `woken_at` says
    when that would have been, for what is due at a time (both microseconds UTC).
    """

    fold = staticmethod(folded)
    unfold = staticmethod(unfolded)

    def __init__(
        self, rules: RuleBook, lateness: int, woken_at: Callable[[int], int] = lambda _: NEVER
    ) -> None:
        self._rules = rules
        self._woken_at = woken_at
        first = rules.latest
        self._types: list[type[Any]] = [detector.state_type for detector in first.fleet]
        self._index = {detector.name: index for index, detector in enumerate(first.fleet)}
        self._waiting: dict[ActivityKey, Activity] = {}
        self._fresh: dict[ActivityKey, Activity] = {}
        self._known = Seconds()
        self._reach = lateness
        state = FleetState([kind() for kind in self._types], Book("fleet"))
        self._timeline: Timeline[FleetState, ActivityKey, ActivityKey] = Timeline(
            state, lateness, self
        )
        self._reached = 0
        self._frontier = 0
        self._edge = 0
        self._patience = Patience(LONGEST, KEEP)
        self._present: tuple[FleetState, Context] | None = None
        self._reaches: dict[str, Footprint] = {}

    def detect(self, activities: Iterable[Activity], frontier: int | None = None) -> list[Finding]:
        """Take activity; return the fleet's findings that changed.

        What lies in seconds that are over at `frontier` (microseconds UTC) is told: that is how
        far everybody has come, by default the newest activity here.
        """
        again: set[ActivityKey] = set()
        earliest = NEVER
        for activity in activities:
            key = key_of(activity)
            told = None if key in self._waiting else self._known.get(key)
            if told is None:
                self._waiting[key] = activity
            elif told != activity:
                self._known.put({key: activity})
                again.add(key)
            else:
                continue
            earliest = min(earliest, key[0])
        if frontier is None:
            frontier = max((key[0] for key in self._waiting), default=0)
        self._frontier = max(self._frontier, frontier)
        if earliest < self._edge:
            self._patience.late(self._frontier - earliest)
        edge = self._frontier - self._patience.at(self._frontier)
        self._edge = edge = max(self._edge, edge - edge % MICROSECOND)
        return self._told([key for key in self._waiting if key[0] < edge], again)

    def freeze(self) -> bytes:
        """Return everything that is remembered; `thaw` gives it back."""
        reach, state = self._timeline.reach(), save_fleet(self._timeline.state)
        return msgspec.msgpack.encode(
            _SavedFleet(
                state,
                reach.since,
                reach.base,
                reach.log,
                reach.told,
                [*map(self._activity, set(self._timeline.items())), *self._waiting.values()],
                sorted(self._waiting),
                self._reached,
                self._frontier,
                self._reaches,
            )
        )

    def thaw(self, saved: bytes) -> None:
        """Stand where the stage stood that was frozen."""
        found = msgspec.msgpack.decode(saved, type=_SavedFleet)
        self._timeline.state = load_fleet(found.state, self._types)
        self._timeline.revive(Reach(found.since, found.base, found.log, found.told))
        activities = {key_of(one): one for one in found.activities}
        self._waiting = {key: activities.pop(key) for key in found.waiting}
        self._known = Seconds()
        self._known.put(activities)
        self._reached = found.reached
        self._frontier = found.frontier
        self._reaches = found.reaches

    def advance(self, now: int) -> list[Finding]:
        """Let time pass up to `now` (microseconds UTC); tell what waited for its second to end."""
        over = now - now % MICROSECOND
        changed = self._told([key for key in self._waiting if key[0] <= over], set())
        self._reached = max(self._reached, now)
        if any(own.alarms.next <= now for own in self._timeline.state.states):
            self._timeline.will_pass()
        self._wake(self._timeline.state, now)
        return changed + self._published(self._timeline.state)

    def relate(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return those of all known findings whose relations are not what they say, corrected.

        What a finding reached is forgotten with the finding: once it is not among these.
        """
        known = {finding.id: finding for finding in findings}
        open_here = self._timeline.state.book.findings
        for key in [key for key in self._reaches if key not in known and key not in open_here]:
            del self._reaches[key]
        return related(known.values(), self._reaches)

    @property
    def reaches(self) -> dict[str, Footprint]:
        """Which services findings reach, open or closed, by the finding's id."""
        return self._reaches

    def forget_before(self, time: int) -> None:
        """Drop what only late activity before `time` could have needed, by whole seconds."""
        edge = min([time - time % MICROSECOND, *(key[0] for key in self._waiting)])
        self._timeline.forget_before(edge)
        _forget_closed(self._timeline.state, edge)
        self._known.forget_before(self._timeline.oldest)

    def _told(self, fresh: list[ActivityKey], again: set[ActivityKey]) -> list[Finding]:
        self._fresh = {key: self._waiting.pop(key) for key in fresh}
        if self._reach:
            self._known.put(self._fresh)
        before = self._timeline.state
        items = sorted((_order(key), key) for key in fresh)
        retold = bool(again) and self._timeline.retell(min(_order(key) for key in again))
        if items:
            retold = self._timeline.add(items) or retold
        self._fresh = {}
        state = self._timeline.state
        if not retold:
            return self._published(state)
        self._wake(state, self._reached)
        gone = state.book.retold(before.book, self._describe(before), self._describe(state))
        for finding in gone:
            self._reaches.pop(finding.id, None)
        return self._published(state) + gone

    def _published(self, state: FleetState) -> list[Finding]:
        if not state.book.dirty:
            return []
        changed = state.book.publish(self._describe(state))
        for finding in changed:
            reach = self._reach_of(state, finding)
            if reach:
                self._reaches[finding.id] = reach.copy()
        if not self._reach:
            _forget_closed(state, NEVER)
        return changed

    def _reach_of(self, state: FleetState, finding: Finding) -> Footprint:
        """Return what a finding reaches, or reached until it was closed."""
        if finding.status is not Status.OPEN:
            return state.reached.get(finding.id, {})
        index = self._index[finding.detector]
        detector = self._rules.at(finding.last_at).fleet[index]
        reach: Footprint = detector.reaches(state.states[index], finding)
        return reach

    def _describe(self, state: FleetState) -> Callable[[Finding], None]:
        def describe(finding: Finding) -> None:
            index = self._index[finding.detector]
            detectors = self._rules.at(finding.last_at).fleet
            detectors[index].describe(state.states[index], finding)

        return describe

    def save(self, state: FleetState) -> bytes:
        """Return a state as bytes, packed: copies are many and seldom read."""
        return shrunk(save_fleet(state), CLOSER)

    def load(self, saved: bytes) -> FleetState:
        """Return the state that `save` was given."""
        return load_fleet(grown(saved), self._types)

    def key(self, item: ActivityKey) -> Key:
        """Return where a second's activity stands."""
        return _order(item)

    def pack(self, item: ActivityKey) -> ActivityKey:
        """Return what is logged: the key, since what it stands for may grow."""
        return item

    def unpack(self, logged: ActivityKey) -> ActivityKey:
        """Return what was logged."""
        return logged

    def tell(self, state: FleetState, item: ActivityKey) -> None:
        """Tell one second's activity to all detectors."""
        activity = self._activity(item)
        self._wake(state, activity.second)
        context, rules = self._context(state), self._rules.at(activity.second)
        if activity.felt:
            self._feel(state, activity, rules.catalog)
        for detector, own in zip(rules.fleet, state.states, strict=True):
            detector.on_activity(own, activity, context)

    def _activity(self, key: ActivityKey) -> Activity:
        """Return the activity that a key stands for; what was told before is kept packed."""
        return self._fresh.get(key) or self._known.of(key)

    def _feel(self, state: FleetState, activity: Activity, catalog: Catalog) -> None:
        """Note what users felt, and judge again the open findings that reach it."""
        feel(state, activity, catalog)
        context = self._context(state)
        for key, grounds in list(state.grounds.items()):
            finding = state.book.findings.get(key)
            if finding is not None and finding.status is Status.OPEN:
                context.judge(finding, partial(list, grounds), activity.second)

    def _wake(self, state: FleetState, now: int) -> None:
        for detector, own in zip(self._rules.at(now).fleet, state.states, strict=True):
            while own.alarms.next <= now:
                at = min(self._woken_at(own.alarms.next), now)
                detector.on_time(own, at, self._context(state))
                self._timeline.passed(now)

    def _context(self, state: FleetState) -> Context:
        if self._present is None or self._present[0] is not state:
            self._present = (state, self._context_of(state))
        return self._present[1]

    def _context_of(self, state: FleetState) -> Context:
        def decide(finding: Finding, grounds: Sequence[Ground], _at: int) -> Ground:
            state.grounds[finding.id] = list(grounds)
            catalog = self._rules.at(finding.last_at).catalog
            sandbox = catalog.is_sandbox(finding.environment)
            felt = is_fleets_felt(state, finding, partial(self._reach_of, state, finding))
            return tier.decide(finding, grounds, sandbox=sandbox, felt=felt)

        return Context(
            "",
            state.book,
            decide,
            owners=self._rules.latest.catalog,
            felt_at=partial(fleet_felt_at, state),
            reached=state.reached,
        )


def _forget_closed(state: FleetState, before: int) -> None:
    for finding in state.book.forget_closed(before):
        state.grounds.pop(finding, None)
        state.reached.pop(finding, None)


def _order(key: ActivityKey) -> Key:
    return (key[0], 0, key[1], "")
