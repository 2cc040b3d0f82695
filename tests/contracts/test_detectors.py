"""What holds of every registered detector; a new one is tested because it is registered."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overheal.detect.base import PHASES, Context
from overheal.detect.registry import SCOPE_DETECTORS
from overheal.model import Finding, Status, Tier
from overheal.state.scope import save
from tests.support import histories
from tests.support.events import collect
from tests.support.histories import batches, finished, history, restarted, said, streamed
from tests.support.made import DAY, EVERY, HOUR, flow_of, name_of, told

UNTIL = 30 * DAY
LONGEST_LIST = 400
LOGGED_ONLY = {"stale_policy"}
"""Detectors whose findings are for those who plan, and never louder than informational."""
SEEDS = st.integers(0, 2**32)

every_detector = pytest.mark.parametrize("detector", EVERY, ids=name_of)


def alone(detector: Any, lateness: int = 0) -> Any:
    return flow_of([detector], catalog=histories.catalog(), lateness=lateness)


@every_detector
def test_the_random_histories_give_it_something_to_find(detector):
    found: list[Finding] = []
    for seed in range(12):
        found += told(history(seed, 120, detector.name), flow=alone(detector), until=UNTIL)
    assert len(found) >= 3, (
        "add tests/support/blocks/<name>.py with blocks in which it must find something"
    )
    assert any(finding.status is Status.RESOLVED for finding in found)
    loudest = max(finding.tier for finding in found)
    assert (loudest == Tier.INFORMATIONAL) == (detector.name in LOGGED_ONLY)


@every_detector
@given(seed=SEEDS, size=st.integers(1, 120))
@settings(max_examples=10, deadline=None)
def test_it_is_deterministic(detector, seed, size):
    once = told(history(seed, size, detector.name), flow=alone(detector), until=UNTIL)
    again = told(history(seed, size, detector.name), flow=alone(detector), until=UNTIL)
    assert once == again


@every_detector
@given(seed=SEEDS, size=st.integers(1, 100), shuffle=SEEDS)
@settings(max_examples=40, deadline=None)
def test_order_and_repetition_within_the_lateness_do_not_matter(detector, seed, size, shuffle):
    events = history(seed, size, detector.name)
    flow = alone(detector, histories.LATENESS)
    assert said(streamed(events, flow, shuffle, UNTIL)) == said(
        told(events, flow=alone(detector), until=UNTIL)
    )


@every_detector
@given(seed=SEEDS, size=st.integers(1, 150), cut=SEEDS)
@settings(max_examples=40, deadline=None)
def test_saved_and_loaded_it_goes_on_as_if_never_saved(detector, seed, size, cut):
    rng, known, flow = random.Random(cut), dict[str, Finding](), alone(detector)
    for batch in batches(history(seed, size, detector.name), rng):
        collect(known, flow.judge(batch).findings)
        if rng.random() < 0.3:
            restarted(flow)
    assert said(finished(flow, known, UNTIL)) == said(
        told(history(seed, size, detector.name), flow=alone(detector), until=UNTIL)
    )


@every_detector
@example(seed=21115, shuffle=1)
@example(seed=21115, shuffle=3)
@given(seed=SEEDS, shuffle=SEEDS)
@settings(max_examples=8, deadline=None)
def test_what_was_published_does_not_change_afterwards(detector, seed, shuffle):
    rng, flow = random.Random(shuffle), alone(detector, histories.LATENESS)
    published: list[tuple[Finding, bytes]] = []
    for batch in batches(histories.arrivals(history(seed, 120, detector.name), rng), rng):
        found = flow.judge(batch).findings
        published += [(one, msgspec.msgpack.encode(one)) for one in found]
    published += [(one, b"") for one in flow.advance(2**60)]
    revisions: dict[str, int] = {}
    for finding, then in published:
        assert not then or msgspec.msgpack.encode(finding) == then
        assert finding.revision > revisions.get(finding.id, -1)
        revisions[finding.id] = finding.revision


@every_detector
def test_a_finding_is_complete_and_its_lists_are_bounded(detector):
    for seed in range(6):
        for one in told(history(seed, 600, detector.name), flow=alone(detector), until=UNTIL):
            assert one.title
            assert one.summary.endswith(".")
            assert one.next_step.endswith(".")
            assert one.reason
            assert one.agents or one.evidence.keys() & {"states", "path"}
            assert one.first_at <= one.last_at
            assert one.count >= 1
            assert len(set(one.members)) == len(one.members) <= one.member_count
            assert [change.tier for change in one.tier_history] == sorted(
                {change.tier for change in one.tier_history}
            )
            msgspec.json.encode(one)
            lists = [value for value in one.evidence.values() if isinstance(value, list)]
            assert all(len(value) <= LONGEST_LIST for value in lists)
            assert len(one.evidence["timeline"]) >= min(one.member_count, 3)


def long_story(repeats: int, variety: int, gap: float) -> list[Any]:
    """Return the same trouble over and over; `variety` adds things that come and go."""
    made, now = histories.History(), 0.0
    for number in range(repeats):
        now += gap
        name = f"job-{number % variety}" if variety > 1 else "checkout"
        outcome = "failed" if number % 3 else "unknown"
        made.recovery(now, f"svc-{number % 5}", outcome=outcome, condition=f"reason {number % 7}")
        made.write(now + 1, ("hpa", "gitops")[number % 2], number % 2, target=name)
        made.write(now + 2, ("hpa", "gitops")[number % 2], f"v{number}", target=name, field="image")
        made.observe(now + 3, ("ready", "not_ready")[number % 2], node=f"node-{name}")
        made.add(now + 4, type="scale", name="Create", outcome="failed", condition=f"{number % 9}")
    return made.events


@pytest.mark.parametrize(
    ("variety", "gap"), [(1, 20.0), (1, HOUR), (10**6, 600.0)], ids=["storm", "slow", "churn"]
)
@every_detector
def test_ten_times_the_events_do_not_need_more_memory(detector, variety, gap):
    few, many = alone(detector), alone(detector)
    told(long_story(400, variety, gap), flow=few)
    told(long_story(4000, variety, gap), flow=many)
    assert sum(histories.sizes(many)) <= 2 * sum(histories.sizes(few)) + 100_000


@pytest.mark.parametrize("detector", SCOPE_DETECTORS, ids=name_of)
def test_what_it_does_not_care_for_changes_nothing(detector):
    flow = alone(detector)
    if "on_event" not in vars(detector):
        assert (detector.phases, detector.needs_detail) == (PHASES, False)
        return
    for seed in range(6):
        for event in history(seed, 100, detector.name):
            flow.judge([event])
            if event.phase in detector.phases and (event.detail or not detector.needs_detail):
                continue
            for timeline in flow.scope.scopes._scopes.values():
                state, rules = timeline.state, flow.scope.rules.latest
                before = save(state)
                rules.scope[0].on_event(state.states[0], event, Context("", state.book, decided))
                assert save(state) == before


def decided(*_: Any) -> Any:
    raise AssertionError("it judged what it does not care for")


@every_detector
@given(seed=SEEDS, shuffle=SEEDS)
@settings(max_examples=8, deadline=None)
def test_what_was_said_last_is_what_would_be_said_now(detector, seed, shuffle):
    rng, flow = random.Random(shuffle), alone(detector, histories.LATENESS)
    known: dict[str, Finding] = {}
    for batch in batches(histories.arrivals(history(seed, 120, detector.name), rng), rng):
        collect(known, flow.judge(batch).findings)
        for book, describe in histories.books(flow):
            for finding in book.findings.values():
                if finding.status is Status.OPEN and finding.id in known:
                    now, then = book.copy(finding, describe), known[finding.id]
                    assert (now.summary, now.evidence) == (then.summary, then.evidence)
