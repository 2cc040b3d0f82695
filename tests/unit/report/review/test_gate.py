"""The autonomy evidence gate: each rule, and the whole against a slow and obvious second one."""

from __future__ import annotations

import math
import random

import pytest

from overheal.model import DAY, Tier
from overheal.report.review.gate import gate
from overheal.report.review.settings import ReviewSettings
from tests.unit.report.review.evidence import (
    SAFE,
    UNTIL,
    day,
    evidence,
    finding,
    levels,
    reviewed,
    usage,
)

SETTINGS = ReviewSettings()
STATEFUL = {"checkout": {**SAFE, "stateful": True}}


def only(**fields):
    services = fields.pop("services", None)
    (row,) = gate(evidence(services, **fields), SETTINGS).rows
    return row


def test_a_stateless_action_that_works_by_hand_may_have_its_first_level():
    row = only(usage=[usage(by_hand=True, succeeded=40)])
    assert (row.verdict, row.level, row.next_level) == ("next level", None, 1)


def test_a_stateful_action_needs_ten_reviewed_runs_by_hand():
    runs = [usage(by_hand=True, succeeded=40)]
    nine = only(services=STATEFUL, usage=runs, reviews=[reviewed(n) for n in range(9)])
    ten = only(services=STATEFUL, usage=runs, reviews=[reviewed(n) for n in range(10)])
    assert nine.missing == ["9 of 10 runs by hand reviewed"]
    assert (ten.verdict, ten.reviewed_runs) == ("next level", 10)


def test_a_service_of_which_the_catalog_says_nothing_may_hold_state():
    row = only(services={}, usage=[usage(by_hand=True, succeeded=40)])
    assert row.missing[-1] == "0 of 10 runs by hand reviewed (stateful unless stated)"


def test_a_bad_run_among_the_last_ten_stands_against_it_until_ten_good_ones_follow():
    runs = [usage(by_hand=True, succeeded=40)]
    bad = [reviewed(3, "bad"), *(reviewed(n) for n in range(4, 13))]
    row = only(services=STATEFUL, usage=runs, reviews=bad)
    assert row.missing == ["1 of the last 10 reviewed runs by hand were bad"]
    row = only(services=STATEFUL, usage=runs, reviews=[*bad, reviewed(13)])
    assert row.verdict == "next level"


def test_the_last_word_about_a_run_counts_and_an_unclear_one_is_none():
    later = reviewed(1, "bad", at=day(50))
    unclear = reviewed(2, "unclear", at=day(51))
    row = only(services=STATEFUL, usage=[usage(succeeded=1)], reviews=[reviewed(1), later, unclear])
    assert row.reviewed_runs == 1


def test_level_four_needs_half_a_year_at_level_three():
    used = [usage(level=3, succeeded=60)]
    short = only(usage=used, levels=[levels((-89, 3), (80, 3))])
    long = only(usage=used, levels=[levels((-90, 3), (80, 3))])
    assert short.missing == ["179 of 180 days at level 3"]
    assert (long.verdict, long.next_level, long.days_at_level) == ("next level", 4, 180)


def test_a_step_back_in_between_starts_the_half_year_afresh():
    row = only(
        usage=[usage(level=3, succeeded=60)],
        levels=[levels((-190, 3), (10, 2), (10, 3), (11, 3), (80, 3))],
    )
    assert row.days_at_level == 79


def test_success_must_be_proven_by_its_lower_bound():
    row = only(usage=[usage(level=1, succeeded=20)], levels=[levels((0, 1))])
    assert row.missing == ["success is at least 84 % (20 of 20), 90 % needed"]


def test_outcomes_of_another_level_prove_nothing():
    row = only(
        usage=[usage(level=2, succeeded=100), usage(level=1, failed=3)],
        levels=[levels((0, 1), (5, 2))],
    )
    assert (row.known, row.verdict) == (100, "next level")


def test_unknown_outcomes_are_no_success():
    row = only(usage=[usage(level=1, succeeded=40, unknown=11)], levels=[levels((0, 1))])
    assert row.missing == ["22 % of the outcomes are unknown"]


def test_a_critical_finding_stands_against_more_and_argues_for_less():
    storm = finding("recovery_frequency", 10, 11, tier=Tier.CRITICAL)
    row = only(usage=[usage(level=2, succeeded=60)], levels=[levels((0, 2))], findings=[storm])
    assert (row.verdict, row.step_back) == ("step back", ["1 critical finding in the span"])


def test_a_finding_that_was_withdrawn_or_is_long_over_does_not_count():
    gone = [
        finding("thrashing", 10, 11, tier=Tier.CRITICAL, status="retracted"),
        finding("thrashing", -20, -10, tier=Tier.CRITICAL),
    ]
    row = only(usage=[usage(level=2, succeeded=60)], levels=[levels((0, 2))], findings=gone)
    assert row.verdict == "next level"


def test_the_catalog_has_the_last_word():
    tight = {"checkout": {**SAFE, "allowed_autonomy_level": 2, "boundaries": ["scale"]}}
    row = only(services=tight, usage=[usage(level=2, succeeded=60)], levels=[levels((0, 2))])
    assert row.missing == [
        "the catalog allows level 2 at most",
        "restart is outside the service's boundaries",
    ]
    above = only(services=tight, usage=[usage(level=3, succeeded=60)], levels=[levels((0, 3))])
    assert above.step_back == ["it acts at level 3, the catalog allows 2"]


def test_success_that_fell_argues_for_a_step_back():
    row = only(
        usage=[usage(level=2, succeeded=92, failed=8)],
        before=[usage(level=2, succeeded=1000)],
        levels=[levels((0, 2))],
    )
    assert row.step_back == ["success fell to 96 % at most, from over 99 % at least"]


def test_an_automated_run_reviewed_as_bad_argues_for_a_step_back():
    row = only(
        usage=[usage(level=2, succeeded=60)],
        levels=[levels((0, 2))],
        reviews=[reviewed(1, "bad", by_hand=False)],
    )
    assert row.step_back == ["1 automated run reviewed as bad"]


def test_an_agent_that_states_no_level_has_no_next_one():
    row = only(usage=[usage(succeeded=60)], levels=[levels((0, -1))])
    assert (row.next_level, row.days_at_level) == (None, None)
    assert row.missing == ["the agent states no level"]


def test_the_highest_level_stays():
    row = only(usage=[usage(level=4, succeeded=60)], levels=[levels((0, 4))])
    assert (row.verdict, row.missing) == ("stay", [])


def test_without_anything_there_is_nothing_to_judge():
    told = gate(evidence(), SETTINGS)
    assert (told.rows, told.thin) == ([], "nobody and nothing acted on a service in the span")


def _obvious(made, entry, settings):  # noqa: PLR0912 - slow and obvious
    """The default rule for level 1 and above, said once more: is the next level allowed?"""
    by_day = {}
    for number, level in made.levels[0].days if made.levels else []:
        by_day.setdefault(number, []).append(level)
    at_hand = not by_day
    level = 0 if at_hand else max(by_day[max(by_day)])
    if level in {-1, 4} or entry["allowed_autonomy_level"] < level + 1:
        return False
    good = known = unknown = 0
    for one in made.usage:
        if one.by_hand == at_hand and (at_hand or one.level == level):
            good += one.succeeded
            known += one.succeeded + one.failed
            unknown += one.unknown
    if not known or unknown / (known + unknown) > settings.unknown_share:
        return False
    # Wilson's bound is where the score test of the rate just does not reject.
    low, high = 0.0, good / known
    for _ in range(60):
        middle = (low + high) / 2
        far = (good / known - middle) / math.sqrt(middle * (1 - middle) / known)
        low, high = (middle, high) if far > 1.959963984540054 else (low, middle)
    if low < settings.success_bound:
        return False
    if entry["stateful"]:
        runs = {}
        for one in made.reviews:
            known_at = runs[one.action_id].at if one.action_id in runs else -1
            if one.by_hand and one.verdict in ("good", "bad") and known_at < one.at:
                runs[one.action_id] = one
        last = sorted(runs.values(), key=lambda one: one.acted_at)[-settings.manual_runs :]
        if len(last) < settings.manual_runs or any(one.verdict == "bad" for one in last):
            return False
    if level == 3:
        steady = [n for n in by_day if all(min(by_day[m]) >= 3 for m in by_day if m >= n)]
        if UNTIL // DAY - min(steady, default=UNTIL // DAY) < settings.level_days:
            return False
    return not made.findings


@pytest.mark.parametrize("seed", range(150))
def test_the_gate_agrees_with_the_rule_said_slowly(seed):
    rng = random.Random(seed)
    entry = {**SAFE, "stateful": rng.random() < 0.5, "allowed_autonomy_level": rng.choice([2, 4])}
    top = rng.choice([1, 2, 3, 3])
    days = [(rng.randrange(-200, 90), rng.choice([top, top, top, 2])) for _ in range(6)]
    days.append((89, top))
    if rng.random() < 0.5:
        days = [(rng.randrange(-200, 90), top) for _ in range(4)]
    made = evidence(
        {"checkout": entry},
        usage=[
            usage(
                by_hand=hand,
                level=None if hand else level,
                succeeded=rng.choice([30, 60, 120]),
                failed=rng.choice([0, 0, 1, 9]),
                unknown=rng.choice([0, 3, 40]),
            )
            for hand, level in ((True, 0), (False, 1), (False, 2), (False, 3))
        ],
        levels=[levels(*days)] if rng.random() < 0.8 else [],
        reviews=[
            reviewed(
                n, rng.choice(["good"] * 12 + ["bad", "unclear"]), at=day(80) + rng.randrange(9999)
            )
            for n in (rng.randrange(30) for _ in range(rng.choice([5, 20, 30])))
        ],
        findings=[finding("thrashing", 1, 2, tier=Tier.CRITICAL)] if rng.random() < 0.1 else [],
    )
    from overheal.report.review.gate import cases, missing

    (case,) = cases(made)
    assert (missing(case, SETTINGS) == []) is _obvious(made, entry, SETTINGS)
