"""A stream that is judged by one process after another, cut anywhere, comes out the same."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.settings import SettingsBook
from overheal.flow import ScopeFlow
from overheal.model import MICROSECOND, MINUTE, Event, Finding
from overheal.stages.row import Counted
from overheal.stages.rules import RuleBook, rules_of
from overheal.stages.turns import Turns
from overheal.state.patience import Patience
from tests.support import histories
from tests.support.events import collect, standing
from tests.support.histories import arrivals, batches, history, said
from tests.support.made import DAY, moment

SEEDS = st.integers(0, 2**32)
LATENESS = histories.LATENESS


def rules() -> RuleBook:
    catalog = histories.catalog()
    return RuleBook(rules_of(catalog, SettingsBook({}, catalog.overrides)))


def fresh() -> ScopeFlow:
    return ScopeFlow(rules(), LATENESS)


def resumed(flow: ScopeFlow, saved: dict) -> ScopeFlow:
    """Return a new flow that stands where the old one does, as another process would make it."""
    saved.update(flow.take_snapshots())
    again = fresh()
    for scope, snapshot in saved.items():
        again.scopes.restore(scope, snapshot)
    again.resume_at(flow.watermark.at)
    again.seen = flow.seen
    again.turns.take_back(flow.turns.waiting)
    return again


class Told:
    """What a stream came to: rows as they would be stored, counts as they stand, findings."""

    def __init__(self) -> None:
        self.known: dict[str, Finding] = {}
        self.late: dict[tuple[str, str], bool] = {}
        self.counts: dict[tuple[str, str], Counted] = {}
        self.duplicates = 0
        self.activities: dict = {}

    def take(self, judged) -> None:
        collect(self.known, judged.findings)
        self.duplicates += judged.duplicates
        for row in judged.rows:
            self.late[row.event.key] = row.late
        self.counts.update(judged.counted)
        for event, counted in judged.recounted:
            assert event.key in self.late
            if counted is None:
                del self.counts[event.key]
            else:
                self.counts[event.key] = counted
        for activity in judged.activities:
            key = (activity.scope, activity.agent, activity.target, activity.field, activity.second)
            self.activities[key] = activity


def told(stream: list[list[Event]], rng: random.Random | None = None) -> Told:
    flow, found, saved = fresh(), Told(), {}
    for batch in stream:
        if rng is not None and rng.random() < 0.3:
            flow = resumed(flow, saved)
        found.take(flow.judge(batch))
        if rng is not None and rng.random() < 0.2:
            newest = max(event.time for event in batch)
            found.take(flow.advance(newest + rng.randint(-900, 900) * 1_000_000))
    if rng is not None:
        flow = resumed(flow, saved)
    found.take(flow.advance(moment(30 * DAY)))
    return found


@given(seed=SEEDS, size=st.integers(1, 120), shuffle=SEEDS)
@settings(max_examples=250, deadline=None)
def test_processes_that_follow_one_another_judge_as_one_would(seed, size, shuffle):
    arrived = arrivals(history(seed, size), random.Random(shuffle))
    one = told([arrived])
    many = told(batches(arrived, random.Random(shuffle)), random.Random(shuffle))
    assert said(standing(many.known)) == said(standing(one.known))
    assert many.late == one.late
    assert many.counts == one.counts
    assert many.duplicates == one.duplicates
    assert many.activities == one.activities


class AnyPatience(Patience):
    """Waits now for this long, now for that."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(LATENESS // 2, MINUTE)
        self._rng = rng

    def at(self, now: int) -> int:
        return self._rng.choice([0, 0, 1, 60, 299]) * MICROSECOND


@given(seed=SEEDS, size=st.integers(1, 120), shuffle=SEEDS)
@settings(max_examples=120, deadline=None)
def test_however_long_events_wait_for_others_they_are_judged_the_same(seed, size, shuffle):
    arrived = arrivals(history(seed, size), random.Random(shuffle))
    one = told([arrived])
    rng, saved, many = random.Random(shuffle), {}, Told()
    flow, newest = fresh(), 0
    flow.turns = Turns(LATENESS // 2)
    flow.turns._patience = AnyPatience(rng)
    for batch in batches(arrived, rng):
        if rng.random() < 0.2:
            turns, flow = flow.turns, resumed(flow, saved)
            flow.turns = turns
        received = [newest := max(newest, event.time) for event in batch]
        many.take(flow.judge(batch, received))
        if rng.random() < 0.2:
            many.take(flow.advance(0, newest))
    many.take(flow.release())
    many.take(flow.advance(moment(30 * DAY)))
    assert flow.turns.waiting == []
    assert said(standing(many.known)) == said(standing(one.known))
    assert many.late == one.late
    assert many.counts == one.counts
    assert many.activities == one.activities


def disordered(events: list[Event], rng: random.Random) -> list[Event]:
    """Return events with some that come hours late, and some twice."""
    timed = [(event.time + rng.choice([0, 0, 0, 5, 60, 400]) * 60e6, event) for event in events]
    again = [(when + rng.uniform(0, 3e10), event) for when, event in timed if rng.random() < 0.2]
    return [event for _, event in sorted(timed + again, key=lambda item: item[0])]


@given(seed=SEEDS, size=st.integers(1, 80), shuffle=SEEDS)
@settings(max_examples=40, deadline=None)
def test_how_a_stream_is_cut_makes_no_difference_to_what_is_late_or_known(seed, size, shuffle):
    arrived = disordered(history(seed, size), random.Random(shuffle))
    known: set[tuple[str, str]] = set()

    def rows(cut: list[list[Event]]) -> tuple[dict, dict]:
        known.clear()
        flow = ScopeFlow(
            rules(),
            LATENESS,
            recall=lambda events: {*known}.intersection(event.key for event in events),
        )
        found = Told()
        for batch in cut:
            judged = flow.judge(batch)
            found.take(judged)
            known.update(row.event.key for row in judged.rows)
        return found.late, found.counts

    pieces = batches(arrived, random.Random(shuffle))
    assert rows(pieces) == rows([[event] for event in arrived])
    assert len(known) == len({event.key for event in arrived})


def test_the_random_streams_hold_recounts_and_activity():
    recounted, activities = 0, 0
    for seed in range(20):
        flow = fresh()
        for batch in batches(
            arrivals(history(seed, 120), random.Random(seed)), random.Random(seed)
        ):
            judged = flow.judge(batch)
            recounted += len(judged.recounted)
            activities += len(judged.activities)
    assert recounted > 3
    assert activities > 100
