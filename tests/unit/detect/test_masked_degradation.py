"""`masked_degradation`: what design and documentation say, one sentence a test."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from overheal.detect.masked_degradation.settings import (
    SIGNS_AT_MOST,
    DegradationSettings,
    spend,
)
from overheal.model import DAY as DAY_MICROS
from overheal.model import Detail, Status, Tier
from tests.support.made import DAY, HOUR, MINUTE, History, catalog_of, moment, of, only, told

NAME = "masked_degradation"
SHRINKING = [72, 60, 50, 41, 33, 26, 20, 15, 11, 8]


def at_hours(gaps, **fields) -> History:
    made = History()
    for at in accumulate([0, *gaps]):
        made.recovery(at * HOUR, **fields)
    return made


def burst(first: float = 400, factor: float = 0.8, count: int = 20, start: float = 0, **fields):
    made, now = fields.pop("made", None) or History(), start
    for number in range(count):
        made.recovery(now, **{"outcome": "unknown", **fields})
        now += first * factor**number
    return made


def found(made, **chosen):
    return of(told(made, **chosen), NAME)


# between episodes


def test_shrinking_gaps_between_episodes_are_found_at_the_eighth():
    one = only(told(at_hours(SHRINKING)), NAME)
    assert one.evidence["scale"] == "gaps between episodes"
    assert one.detected_at == moment(sum(SHRINKING[:8]) * HOUR)
    assert one.first_at == moment(0)
    assert one.count == one.member_count == 11


def test_a_steady_rate_is_nothing_however_long_one_looks():
    rng = random.Random(1)
    assert found(at_hours(rng.expovariate(1 / 20) for _ in range(400))) == []


def test_all_recoveries_of_all_episodes_are_members_and_counted():
    made = History()
    for at in accumulate([0, *SHRINKING]):
        for second in range(3):
            made.recovery(at * HOUR + second)
    one = only(found(made), NAME)
    assert one.count == one.member_count == len(one.members) == 33


def test_a_counters_occurrences_are_counted():
    one = only(told(at_hours(SHRINKING, count=5)), NAME)
    assert (one.count, one.member_count) == (55, 11)


def test_it_is_critical_when_failure_is_projected_within_a_day():
    one = only(found(at_hours([*SHRINKING, 5, 3, 2, 1])), NAME)
    assert one.tier is Tier.CRITICAL
    assert one.evidence["projection"]["at"] < one.last_at + DAY_MICROS
    assert "Projected to fail continuously by" in one.summary


def test_it_is_critical_at_four_times_the_baseline_rate():
    made = at_hours([24] * 12 + [5] * 12)
    one = only(found(made), NAME)
    assert one.tier is Tier.CRITICAL
    assert one.evidence["rate_ratio"] == pytest.approx(4.8, abs=0.1)
    assert "times as often as at the start" in one.reason


def test_a_slower_degradation_is_actionable():
    made = at_hours([100 * 0.93**number for number in range(18)])
    assert only(found(made), NAME).tier is Tier.ACTIONABLE


def test_it_resolves_after_twice_the_baseline_gap_without_an_episode():
    one = only(found(at_hours([24] * 12 + [5] * 12), until=60 * DAY), NAME)
    assert one.status is Status.RESOLVED
    assert one.resolved_at == one.last_at + 2 * DAY_MICROS


def test_it_resolves_once_the_gaps_are_as_long_again_as_at_first():
    one = only(found(at_hours([24] * 12 + [5] * 12 + [26] * 6)), NAME)
    assert one.status is Status.RESOLVED


def test_after_that_it_starts_afresh_and_can_find_the_next():
    made = at_hours([24] * 12 + [5] * 12 + [60] + [24] * 14 + [4] * 20)
    first, second = found(made)
    assert first.id != second.id
    assert second.evidence["error_spent"] < first.evidence["error_spent"]


def test_restarts_stay_within_the_budget_of_ninety_days():
    settings = DegradationSettings()
    spent = [settings.for_test(number) for number in range(1, 1000)]
    long = [settings.for_episode(k) for k in range(1, 10_000)]
    assert spent == sorted(spent, reverse=True)
    assert sum(error for error, _ in spent) <= settings.episode_error
    assert sum(error for error, _ in long) <= settings.burst_error
    assert sum(grave for _, grave in spent) <= settings.critical_error
    assert sum(grave for _, grave in long) <= settings.critical_burst_error
    signs = sum(settings.for_sign(k) for k in range(1, 10_000))
    assert SIGNS_AT_MOST * signs <= settings.sign_error


def test_all_errors_together_are_one_percent_and_a_tenth_of_that_at_critical():
    settings = DegradationSettings()
    errors = settings.episode_error + settings.burst_error + settings.sign_error
    assert errors <= 0.01
    assert settings.critical_error + settings.critical_burst_error <= 0.001


def test_the_budget_is_whole_again_after_ninety_days():
    used: list[int] = []
    numbers = [spend(used, day * DAY_MICROS) for day in (0, 30, 60, 89, 119, 400)]
    assert numbers == [1, 2, 3, 4, 4, 1]


# inside an episode


def test_shrinking_gaps_inside_one_episode_are_found():
    one = only(found(burst()), NAME)
    assert one.evidence["scale"] == "gaps inside one episode"
    assert one.tier is Tier.CRITICAL
    assert one.evidence["error_spent"] == pytest.approx(0.0006 * 6 / 3.14159**2, rel=1e-3)


def test_the_kth_long_episode_gets_a_share_that_falls_as_one_over_k_squared():
    made = burst()
    for day in range(1, 4):
        burst(made=made, start=day * DAY * 2)
    spent = [one.evidence["error_spent"] for one in found(made) if "inside" in one.subject]
    assert spent[1] == pytest.approx(spent[0] / 4)
    assert spent[2] == pytest.approx(spent[0] / 9)


def test_an_episode_that_goes_on_uses_its_share_until_it_ends():
    used: list[int] = []
    spend(used, 0)
    used[-1] = 80 * DAY_MICROS
    assert spend(used, 120 * DAY_MICROS) == 2


def test_an_episode_that_gets_no_faster_than_an_unsuspicious_one_did_is_usual():
    made = History()
    for number in range(8):
        made.recovery(number * 40.0, outcome="unknown")
    assert found(burst(made=made, start=2 * DAY, first=400, factor=0.9, count=20)) == []


def test_an_episode_that_gets_faster_than_all_before_is_found():
    slow = {"first": 400, "factor": 1.0, "count": 12}
    made = burst(**slow)
    burst(made=made, start=2 * DAY, **slow)
    burst(made=made, start=4 * DAY, count=20)
    assert only(told(made), NAME).first_at >= moment(4 * DAY)


def test_crash_loop_back_off_is_nothing():
    made = History()
    for day in range(10):
        pauses = [min(10 * 2**step, 300) for step in range(40)]
        for pause in accumulate([0, *pauses]):
            made.recovery(day * DAY + pause, outcome="unknown")
    assert found(made) == []


def test_a_finding_inside_an_episode_stays_while_the_episode_lasts():
    made = burst()
    now = 2000.0
    for _ in range(30):
        now += 14 * MINUTE
        made.recovery(now, outcome="unknown")
    one = only(found(made, until=now + 14 * MINUTE), NAME)
    assert (one.status, one.count) == (Status.OPEN, 50)


def test_it_resolves_when_the_episode_is_over():
    made = burst()
    last = max(event.time for event in made.events)
    one = only(found(made, until=DAY), NAME)
    assert (one.status, one.resolved_at) == (Status.RESOLVED, last + 15 * 60_000_000)


def test_it_tells_since_when_it_has_in_effect_failed_continuously():
    one = only(found(burst(factor=0.6)), NAME)
    assert one.evidence["projection"]["at"] == one.evidence["reached_at"]
    assert "it has in effect failed continuously" in one.summary


def test_the_picture_shows_the_first_gap_and_the_last():
    one = only(found(burst(first=400, factor=0.995, count=900)), NAME)
    seconds = [gap["seconds"] for gap in one.evidence["gaps"]]
    assert seconds[0] == pytest.approx(400)
    assert seconds[-1] == pytest.approx(400 * 0.995**898, rel=1e-3)
    assert len(seconds) <= 400


# which recoveries


def test_failed_recoveries_do_not_feed_it():
    assert found(at_hours(SHRINKING, outcome="failed")) == []
    assert found(burst(outcome="failed")) == []


def test_unknown_outcomes_do():
    assert found(at_hours(SHRINKING, outcome="unknown"))


def test_a_recovery_that_has_begun_waits_whether_it_fails():
    made = History()
    for at in accumulate([0, *SHRINKING]):
        made.action(at * HOUR, at * HOUR + 60, "failed")
    assert found(made) == []


def test_recoveries_side_by_side_wait_each_for_its_own_end():
    made, now = History(), 0.0
    for number in range(24):
        now += 400 * 0.8**number
        made.recovery(now, phase="started", action_id=f"a{number}", target=None)
        made.recovery(now + 90, outcome="failed", duration=90.0, action_id=f"a{number}")
    assert found(made) == []


def test_one_whose_end_nobody_reports_counts_after_a_while():
    made = at_hours(SHRINKING, phase="started")
    assert only(found(made), NAME)


def test_later_relabelling_does_not_take_the_finding_back():
    made = at_hours(SHRINKING)
    for event in list(made.events):
        made.add(400 * HOUR, phase="verified", outcome="ineffective", action_id=event.action_id)
    assert only(found(made), NAME).status is Status.OPEN


def test_one_told_late_because_it_took_long_makes_no_gap():
    made = burst(count=6)
    for number in range(8):
        made.recovery(2000 + number, outcome="unknown", duration=1990.0 + number)
    assert found(made) == []


def test_people_and_witnesses_do_not_feed_it():
    assert found(at_hours(SHRINKING, agent="ada", agent_kind="human")) == []
    assert found(at_hours(SHRINKING, witness_of="another")) == []


def test_rates_are_per_replica_where_the_number_is_known():
    made = History()
    for number, at in enumerate(accumulate([24] * 12 + [6] * 16)):
        made.recovery(at * HOUR)
        if number in (0, 11):
            made.write(at * HOUR + 1, "hpa", (3, 12)[number == 11], (3, 3)[number == 11])
    assert found(made) == []
    assert found(at_hours([24] * 12 + [6] * 16))


def test_it_tells_that_uptimes_shrink_and_recoveries_take_longer():
    made = History()
    for number, at in enumerate(accumulate([0, *SHRINKING])):
        made.recovery(at * HOUR, prior_uptime=100_000.0 / 2**number, duration=5.0 * 2**number)
    one = only(found(made), NAME)
    assert one.evidence["uptime_now_seconds"] < one.evidence["uptime_at_first_seconds"] / 2
    assert one.evidence["recovery_now_seconds"] > 2 * one.evidence["recovery_at_first_seconds"]
    assert "Also, it ran" in one.summary


def test_a_sandbox_is_never_critical_and_staging_is_another_service():
    catalog = catalog_of(environments={"sandbox": ["staging"]})
    one = only(found(burst(environment="staging"), catalog=catalog), NAME)
    assert one.tier is Tier.ACTIONABLE
    half = at_hours(SHRINKING[:5])
    for at in accumulate([sum(SHRINKING[:5]), *SHRINKING[5:]]):
        half.recovery(at * HOUR, environment="staging")
    assert found(half) == []


def test_a_service_that_nobody_heard_of_for_four_hundred_days_starts_afresh():
    made = at_hours(SHRINKING[:6])
    for at in accumulate([500 * 24, *SHRINKING[6:]]):
        made.recovery(at * HOUR)
    assert found(made) == []


# what explains it otherwise


def test_one_bad_day_is_no_change_between_episodes():
    made = at_hours([24] * 14 + [0.5] * 9 + [24] * 14)
    assert found(made) == []
    assert found(at_hours([24] * 14 + [3] * 20))


def test_recoveries_after_a_deploy_are_one_episode():
    def deployed(*, told_so: bool) -> History:
        made = History()
        for week in range(12):
            at = week * 7 * DAY
            made.recovery(at - 30 * HOUR)
            if told_so:
                made.write(at, "ci", f"v{week}", f"v{week - 1}", field="image", type="deploy")
            for number in range(1 + max(week - 4, 0) * 2):
                made.recovery(at + HOUR + number * 20 * MINUTE)
        return made

    assert found(deployed(told_so=True)) == []


def test_a_rise_that_comes_every_morning_is_its_rhythm():
    rng, made = random.Random(7), History()
    for day in range(60):
        for hour in range(24):
            if rng.random() < (0.5 if 8 <= hour < 16 else 0.02):
                made.recovery(day * DAY + hour * HOUR + rng.uniform(0, 40) * MINUTE)
    assert found(made) == []


# what it says


def test_a_step_is_named_as_a_step_with_its_moment_and_what_was_to_be_expected():
    rng = random.Random(4)
    gaps = [24 * rng.uniform(0.7, 1.3) for _ in range(30)]
    made = at_hours(gaps + [4 * rng.uniform(0.7, 1.3) for _ in range(20)])
    one = only(found(made), NAME)
    assert one.evidence["course"] == "step"
    assert abs(one.evidence["changed_at"] - moment(sum(gaps) * HOUR)) <= DAY_MICROS
    assert one.evidence["seen_since_change"] == 20
    assert one.evidence["expected_since_change"] == pytest.approx(20 / 6, rel=0.2)
    assert "times as often" in one.summary
    assert "were to be expected" in one.summary


def test_a_trend_is_named_as_a_trend_and_says_how_sure_it_is():
    one = only(found(at_hours(SHRINKING)), NAME)
    assert one.evidence["course"] == "trend"
    assert "faster and faster" in one.summary
    assert 0 < one.evidence["chance_at_most"] < 0.001


def test_it_is_not_critical_before_it_is_as_sure_as_that_asks():
    weak = {"critical_error": 0.000002, "critical_burst_error": 0.000002}
    made = at_hours([24] * 12 + [5] * 9)
    one = only(found(made, catalog=catalog_of(services={"checkout": {NAME: weak}})), NAME)
    assert one.tier is Tier.ACTIONABLE


# other signs


def creeping(factor: float = 1.08, count: int = 20) -> History:
    rng, made = random.Random(2), History()
    for number in range(count):
        at = number * DAY + rng.uniform(0, 20) * HOUR
        made.recovery(at, detail=Detail(measures={"memory_mi": 300 * factor**number}))
    return made


def test_memory_that_creeps_up_before_each_restart_is_found_at_a_steady_rate():
    one = only(found(creeping()), NAME)
    assert one.tier is Tier.ACTIONABLE
    assert one.evidence["scale"] == "memory mi from episode to episode"
    assert one.evidence["value_ratio"] >= 1.5
    assert "memory mi before a recovery was" in one.summary


def test_memory_that_creeps_up_by_little_is_nothing():
    assert found(creeping(factor=1.005)) == []
    assert found(creeping(factor=1.0)) == []


def test_uptimes_that_shrink_are_found_and_those_that_grow_are_not():
    shrinking, growing = History(), History()
    for number in range(16):
        at = number * DAY + (number * 7 % 5) * HOUR
        shrinking.recovery(at, prior_uptime=86_400 * 0.85**number)
        growing.recovery(at, prior_uptime=3600 / 0.85**number)
    assert "prior_uptime" in only(found(shrinking), NAME).subject
    assert found(growing) == []


def test_growing_times_to_recover_are_found_unless_they_are_below_a_second():
    long, short = History(), History()
    for number in range(16):
        at = number * DAY + (number * 7 % 5) * HOUR
        long.recovery(at, duration=10 * 1.2**number)
        short.recovery(at, duration=0.01 * 1.2**number)
    assert "time_to_recover" in only(found(long), NAME).subject
    assert found(short) == []


def test_a_sign_resolves_once_it_is_as_good_as_at_first():
    made = creeping()
    for number in range(20, 30):
        made.recovery(number * DAY, detail=Detail(measures={"memory_mi": 250.0}))
    assert only(found(made), NAME).status is Status.RESOLVED


def test_a_sign_resolves_after_thirty_quiet_days():
    one = only(found(creeping(), until=80 * DAY), NAME)
    assert (one.status, one.resolved_at) == (Status.RESOLVED, one.last_at + 30 * DAY_MICROS)


def test_only_four_measures_are_watched():
    made = History()
    for number in range(20):
        measures = dict.fromkeys("abcd", 100.0) | {"e": 100 * 1.1**number}
        made.recovery(number * DAY, detail=Detail(measures=measures))
    assert found(made) == []


def test_once_the_gaps_tell_it_the_sign_is_told_in_that_finding():
    made = creeping(count=24)
    now = 24 * DAY
    for number in range(24):
        now += 4 * HOUR
        memory = 300 * 1.08 ** (24 + number)
        made.recovery(now, detail=Detail(measures={"memory_mi": memory}))
    by_subject = {one.subject.rsplit("\0")[-1]: one for one in found(made)}
    assert by_subject["memory_mi"].status is Status.RESOLVED
    assert by_subject["between"].status is Status.OPEN
    assert "memory mi before a recovery was" in by_subject["between"].summary
