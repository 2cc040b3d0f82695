"""Expected behaviour: one step lower, until it ends or the rate doubles, and nothing else."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overheal import tier
from overheal.catalog import Catalog
from overheal.declared import Declared
from overheal.detect.settings import SettingsBook
from overheal.expectations import COUNT_LIMIT, Expectation
from overheal.flow import Flow
from overheal.model import Event, Finding, Status, Tier
from overheal.stages.rules import RuleBook, rules_of
from overheal.state.book import Ground
from tests.support.events import START, collect, standing
from tests.support.histories import arrivals, batches, restarted, said
from tests.support.made import (
    DAY,
    HOUR,
    MINUTE,
    History,
    catalog_of,
    moment,
    only,
    seconds,
    told,
)

LATENESS = 600_000_000


def expectation(name: str = "x", **changes: Any) -> Expectation:
    made = {
        "id": name,
        "service": "checkout",
        "count": 6,
        "per": "hour",
        "owner": "payments",
        "reason": "nightly import",
        "since": moment(0),
        "until": moment(10 * HOUR),
    }
    return Expectation(**{**made, **changes})


def flow_with(*records: Expectation, catalog: Catalog | None = None, lateness: int = 0) -> Flow:
    declared = Declared()
    for record in records:
        declared.add(record)
    known = catalog or Catalog()
    return Flow(RuleBook(rules_of(known, SettingsBook({}, known.overrides)), declared), lateness)


def storm(count: int, gap: float = MINUTE, start: float = 0.0, **fields: Any) -> History:
    made = History()
    for number in range(count):
        made.recovery(start + number * gap, **fields)
    return made


def judged(made: History, *records: Expectation, until: float | None = None, **chosen: Any) -> Any:
    found = told(made, flow=flow_with(*records, **chosen), until=until)
    return only(found, "recovery_frequency")


# -- lowering ------------------------------------------------------------------------------------


def test_it_lowers_an_actionable_finding_and_the_reason_says_who_expects_what_until_when():
    one = judged(storm(5), expectation())
    assert one.tier is Tier.INFORMATIONAL
    assert (
        "payments expects up to 6/hour until 2026-03-02 12:00:00 UTC (nightly import)" in one.reason
    )
    assert one.evidence["expected"] == {
        "id": "x",
        "by": "payments",
        "reason": "nightly import",
        "rate": "6/hour",
        "until": moment(10 * HOUR),
    }


def test_a_critical_one_is_lowered_by_one_step_only_and_several_lower_no_more():
    records = [expectation("a", count=40), expectation("b", count=40, until=moment(11 * HOUR))]
    one = judged(storm(12), *records)
    assert one.tier is Tier.ACTIONABLE
    assert one.evidence["expected"]["id"] == "b"


def test_it_changes_nothing_else():
    bare, lowered = (
        told(storm(12), flow=flow_with(*records), until=DAY)
        for records in ([], [expectation(count=40, until=moment(30 * HOUR))])
    )
    plain = {
        one.id: (one.status, one.members, one.count, one.first_at, one.resolved_at) for one in bare
    }
    assert {
        one.id: (one.status, one.members, one.count, one.first_at, one.resolved_at)
        for one in lowered
    } == plain


def test_users_who_feel_it_are_lowered_too_and_a_sandbox_comes_after():
    one = Finding(
        id="f",
        detector="thrashing",
        stage="scope",
        subject="s",
        service="checkout",
        environment="production",
        scope="shop",
        first_at=1,
        last_at=2,
        detected_at=2,
    )
    quiet, loud = Ground(Tier.ACTIONABLE, "often"), Ground(Tier.CRITICAL, "very often")
    chosen = {"sandbox": False, "felt": True, "expected": expectation()}
    assert tier.decide(one, [quiet], **chosen).tier is Tier.ACTIONABLE
    chosen |= {"sandbox": True}
    assert tier.decide(one, [loud], **chosen).tier is Tier.ACTIONABLE
    assert tier.decide(one, [loud], **chosen).reason.count("sandbox") == 0


def test_what_is_informational_stays_so():
    one = judged(storm(5), expectation())
    grounds = [Ground(Tier.INFORMATIONAL, "seen")]
    decided = tier.decide(one, grounds, sandbox=False, felt=False, expected=expectation())
    assert decided == grounds[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "ledger"},
        {"service": "shop/checkout"},
        {"environment": "staging"},
        {"detector": "thrashing"},
        {"since": moment(3 * MINUTE + 1)},
        {"until": moment(3 * MINUTE)},
        {"removed_at": moment(3 * MINUTE)},
    ],
    ids=str,
)
def test_what_is_not_about_it_lowers_nothing(changes):
    one = judged(storm(4), expectation(**changes))
    assert one.tier is Tier.ACTIONABLE
    assert "expected" not in one.evidence


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "production"},
        {"detector": "recovery_frequency"},
        {"since": moment(3 * MINUTE)},
        {"until": moment(3 * MINUTE + 1)},
    ],
    ids=str,
)
def test_what_is_about_it_lowers_it(changes):
    assert judged(storm(4), expectation(**changes)).tier is Tier.INFORMATIONAL


def test_a_short_name_fits_the_full_one():
    made = storm(4, service="eu/shop/checkout")
    assert judged(made, expectation()).tier is Tier.INFORMATIONAL


def test_what_was_found_before_keeps_its_tier():
    one = judged(storm(8), expectation(since=moment(5 * MINUTE), count=100))
    assert one.tier is Tier.ACTIONABLE


def test_a_drill_is_nobody_s_to_expect():
    drill = {"id": "d", "from": START, "until": START + timedelta(days=1)}
    made = storm(12)
    made.felt(13 * MINUTE)
    one = judged(made, expectation(count=100), catalog=catalog_of(drills=[drill]))
    assert one.tier is Tier.CRITICAL


# -- ending --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["until", "removed_at"])
def test_what_is_open_when_it_ends_escalates_as_of_then(name):
    end = 30 * MINUTE
    one = judged(storm(8), expectation(**{name: moment(end)}), until=50 * MINUTE)
    assert one.status is Status.OPEN
    assert one.tier is Tier.ACTIONABLE
    assert [seconds(change.at) for change in one.tier_history] == [3 * MINUTE, end]
    assert one.evidence["expected"]["ended_at"] == moment(end)


def test_what_is_resolved_by_then_does_not():
    one = judged(storm(5), expectation(until=moment(20 * HOUR)), until=30 * HOUR)
    assert (one.status, one.tier) == (Status.RESOLVED, Tier.INFORMATIONAL)


def test_what_resolves_after_the_end_escalated_at_the_end_though_time_passed_in_one_stride():
    one = judged(storm(5), expectation(until=moment(30 * MINUTE)), until=30 * HOUR)
    assert (one.status, one.tier) == (Status.RESOLVED, Tier.ACTIONABLE)
    assert seconds(one.detected_at) == 30 * MINUTE


def test_where_one_of_two_ends_the_other_still_lowers():
    records = [expectation("a", until=moment(30 * MINUTE)), expectation("b")]
    one = judged(storm(5), *records, until=40 * MINUTE)
    assert one.tier is Tier.INFORMATIONAL
    assert one.evidence["expected"]["id"] == "b"
    assert "ended_at" not in one.evidence["expected"]


# -- void ----------------------------------------------------------------------------------------


def test_it_is_void_at_double_the_rate_and_what_is_open_escalates_then():
    assert judged(storm(11), expectation()).tier is Tier.ACTIONABLE
    one = judged(storm(12), expectation())
    assert one.tier is Tier.CRITICAL
    assert one.evidence["expected"]["void_at"] == moment(11 * MINUTE)
    assert [change.tier for change in one.tier_history] == [1, 2, 3]
    assert seconds(one.tier_history[-1].at) == 11 * MINUTE


@pytest.mark.parametrize(("gap", "void"), [(400.0, False), (3600.0 / 12 + 27.2, True)])
def test_the_window_of_an_hour_is_open_at_its_beginning(gap, void):
    made = storm(12, gap=gap)
    one = judged(made, expectation(until=moment(30 * HOUR)))
    assert ("void_at" in one.evidence["expected"]) is void


def test_exactly_an_hour_apart_is_not_in_one_window():
    made = storm(7, gap=600.0)  # the seventh lies an hour after the first
    one = judged(made, expectation(count=4, until=moment(30 * HOUR)))
    assert "void_at" not in one.evidence["expected"]
    made.recovery(3600.0)
    made.recovery(3600.0)
    one = judged(made, expectation(count=4, until=moment(30 * HOUR)))
    assert one.evidence["expected"]["void_at"] == moment(3600.0)


def test_a_daily_rate_has_a_window_of_a_day():
    made = storm(5, start=20 * HOUR)
    made.recovery(60.0)
    record = expectation(count=3, per="day", until=moment(3 * DAY))
    assert judged(made, record).evidence["expected"]["void_at"] == moment(20 * HOUR + 4 * MINUTE)


def test_people_witnesses_drills_and_what_was_before_do_not_count():
    made = storm(5, start=HOUR)
    for number in range(20):
        made.recovery(HOUR + number, agent="ada", agent_kind="human")
        made.recovery(HOUR + number, witness_of="other")
        made.recovery(HOUR - 20 + number)
    record = expectation(since=moment(HOUR))
    found = told(made, flow=flow_with(record), until=HOUR + 10 * MINUTE)
    assert "void_at" not in only(found, "recovery_frequency").evidence.get("expected", {})


def test_of_a_counter_that_began_before_only_the_last_occurrence_counts():
    made = storm(4, start=HOUR)
    made.recovery(HOUR + 300, count=50, first_at=HOUR - 60)
    one = judged(made, expectation(since=moment(HOUR)))
    assert "void_at" not in one.evidence["expected"]
    made.recovery(HOUR + 400, count=8, first_at=HOUR + 300)
    one = judged(made, expectation(since=moment(HOUR)))
    assert one.evidence["expected"]["void_at"] == moment(HOUR + 400)


def test_the_highest_rate_can_still_be_void():
    made = storm(2 * COUNT_LIMIT, gap=0.5)
    one = judged(made, expectation(count=COUNT_LIMIT))
    assert one.evidence["expected"]["void_at"] == moment((2 * COUNT_LIMIT - 1) * 0.5)


def test_each_service_and_environment_is_counted_by_itself():
    made = storm(11)
    for number in range(11):
        made.recovery(number * MINUTE + 1, environment="staging")
        made.recovery(number * MINUTE + 2, service="eu/checkout")
    found = told(made, flow=flow_with(expectation()))
    tiers = [one.tier for one in found if one.detector == "recovery_frequency"]
    assert tiers == [Tier.ACTIONABLE] * 3


def test_a_void_one_stays_void_until_its_end():
    made = storm(12)
    for number in range(5):
        made.recovery(6 * HOUR + number * MINUTE)
    found = told(made, flow=flow_with(expectation()), until=7 * HOUR)
    last = [one for one in found if seconds(one.first_at) == 6 * HOUR]
    assert {one.tier for one in last} == {Tier.ACTIONABLE}
    assert all("expected" not in one.evidence for one in last)


# -- the same whatever the order -----------------------------------------------------------------


def random_history(seed: int) -> tuple[list[Event], list[Expectation]]:
    rng, made, now = random.Random(seed), History(), 0.0
    for _ in range(rng.randint(5, 80)):
        now += rng.choice([1.0, 60.0, 300.0, 1500.0, 6000.0])
        fields = {"service": rng.choice(["checkout", "ledger"])}
        if rng.random() < 0.2:
            fields |= {"count": rng.randint(2, 6), "first_at": now - rng.randint(0, 3000)}
        if rng.random() < 0.2:
            made.write(now, rng.choice(["hpa", "gitops"]), rng.choice([3, 8]), **fields)
        elif rng.random() < 0.1:
            made.felt(now, service="checkout")
        else:
            made.recovery(now, **fields)
    records = []
    for number in range(rng.randint(1, 4)):
        since = rng.uniform(0, now)
        until = since + rng.choice([600.0, 4000.0, 50_000.0])
        record = expectation(
            f"x{number}",
            service=rng.choice(["checkout", "ledger"]),
            count=rng.choice([1, 3, 8]),
            per=rng.choice(["hour", "day"]),
            since=moment(since),
            until=moment(until),
        )
        if rng.random() < 0.3:
            record = msgspec.structs.replace(record, removed_at=moment(rng.uniform(since, until)))
        records.append(record)
    return made.ordered(), records


@given(seed=st.integers(0, 2**32), shuffle=st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_order_repetition_cuts_time_and_restarts_make_no_difference(seed, shuffle):
    events, records = random_history(seed)
    rng, known = random.Random(shuffle), dict[str, Finding]()
    flow = flow_with(*records, lateness=LATENESS)
    for batch in batches(arrivals(events, rng), rng):
        collect(known, flow.judge(batch).findings)
        if rng.random() < 0.3:
            newest = max(event.time for event in batch)
            collect(known, flow.advance(newest + rng.randint(-900, 900) * 1_000_000))
        if rng.random() < 0.1:
            restarted(flow)
    end = moment(20 * DAY)
    collect(known, flow.advance(end))
    collect(known, flow.relate(list(known.values())))
    plain = told(events, flow=flow_with(*records), until=20 * DAY)
    assert said(standing(known)) == said(plain)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_a_finding_is_never_lower_than_one_step_below_what_it_would_be(seed):
    events, records = random_history(seed)
    bare = {one.id: one for one in told(events, flow=flow_with(), until=20 * DAY)}
    with_them = {one.id: one for one in told(events, flow=flow_with(*records), until=20 * DAY)}
    assert set(bare) == set(with_them)
    for name, one in bare.items():
        assert max(1, one.tier - 1) <= with_them[name].tier <= one.tier


def test_what_is_remembered_of_expectations_is_bounded():
    records = [
        expectation(f"x{n}", since=moment(n * HOUR), until=moment((n + 1) * HOUR))
        for n in range(200)
    ]
    flow = flow_with(*records, lateness=LATENESS)
    made = storm(400, gap=HOUR / 2)
    flow.judge(made.events)
    flow.advance(moment(300 * HOUR))
    for timeline in flow.scope.scopes._scopes.values():
        assert len(timeline.state.expecting) <= 2
        assert len(timeline.state.lowered) <= 2
