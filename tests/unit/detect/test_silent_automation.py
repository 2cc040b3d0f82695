"""`silent_automation`: what design and documentation say, one sentence a test."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from overheal.model import Detail, Status, Target, Tier
from tests.support.events import START
from tests.support.made import DAY, HOUR, MINUTE, History, catalog_of, moment, of, only, told

NAME = "silent_automation"
POD = Target("Pod", "checkout-0", "shop")


def beats(made: History, agent: str, start: float, end: float, every: float = 60.0, **fields):
    """Add heartbeats of an agent."""
    at = start
    while at < end:
        made.observe(
            at, "ok", type="heartbeat", agent=agent, agent_kind="platform", target=None, **fields
        )
        at += every


def acts(made: History, agent: str, times, **fields) -> None:
    """Add actions of an agent at these moments."""
    for at in times:
        made.add(at, agent=agent, trigger="schedule", type="backup", **fields)


def fleet(until: float, *, others: int = 3, every: float = 300.0) -> History:
    """Return a history in which others report all the time."""
    made = History()
    for number in range(others):
        beats(made, f"other-{number}", 0, until, every)
    return made


def found(history: History, **chosen):
    return of(told(history, **chosen), NAME)


def test_an_agent_whose_heartbeats_stop_is_missed_after_a_quarter_of_an_hour():
    made = fleet(2 * HOUR)
    beats(made, "healer", 0, HOUR)
    one = only(told(made), NAME)
    assert (one.tier, one.agents) == (Tier.ACTIONABLE, ["healer"])
    assert one.first_at == moment(HOUR - 60)
    assert one.detected_at == moment(HOUR - 60 + 15 * MINUTE)
    assert "3 of 3 others" in one.summary


def test_fewer_heartbeats_than_the_setting_are_no_rhythm():
    for count, silent in ((19, 0), (20, 1)):
        made = fleet(2 * HOUR)
        beats(made, "healer", 0, count * 60)
        assert len(found(made)) == silent


def test_it_resolves_when_the_agent_reports_again():
    made = fleet(4 * HOUR)
    beats(made, "healer", 0, HOUR)
    acts(made, "healer", [3 * HOUR])
    one = only(told(made), NAME)
    assert (one.status, one.resolved_at) == (Status.RESOLVED, moment(3 * HOUR))


def test_what_was_silent_that_long_before_is_not_missed_so_soon():
    made = fleet(9 * HOUR)
    beats(made, "healer", 0, HOUR)
    beats(made, "healer", 2 * HOUR, 3 * HOUR)
    first, second = sorted(found(made), key=lambda one: one.first_at)
    assert first.status is Status.RESOLVED
    assert second.detected_at - second.first_at > 2 * 3600 * 1_000_000


def test_where_everything_falls_silent_nobody_is_accused():
    made = History()
    for number in range(40):
        beats(made, f"agent-{number}", 0, HOUR)
    assert found(made, until=DAY) == []


def test_where_more_than_half_of_the_others_fell_silent_too_nobody_is_accused():
    for gone, silent in ((5, 1), (6, 0)):
        made = fleet(3 * HOUR, others=4)
        for number in range(gone):
            beats(made, f"agent-{number}", 0, HOUR)
        assert len(found(made)) == silent


def test_those_who_came_later_and_left_again_do_not_vouch_for_the_source():
    made = fleet(3 * HOUR)
    beats(made, "healer", 0, HOUR)
    for number in range(8):
        acts(made, f"script-{number}", [HOUR + number * 60.0])
    one = only(told(made), NAME)
    assert one.agents == ["healer"]
    assert "3 of 3 others" in one.summary


def test_those_who_fell_silent_together_are_one_finding():
    made = fleet(3 * HOUR, others=10)
    for number in range(5):
        beats(made, f"agent-{number}", 0, HOUR + number * 60)
    one = only(told(made), NAME)
    assert (one.count, one.evidence["silent_count"]) == (5, 5)
    assert one.title == "5 agents"


def test_people_are_not_missed():
    made = fleet(3 * HOUR)
    for number in range(60):
        made.observe(
            number * 60.0, "ok", type="heartbeat", agent="ada", agent_kind="human", target=None
        )
    assert found(made) == []


def test_environments_do_not_vouch_for_each_other():
    made = fleet(3 * HOUR)
    beats(made, "healer", 0, HOUR, environment="staging")
    assert found(made) == []


def test_a_job_of_the_night_is_missed_after_two_nights_and_not_before():
    nights = [day * DAY + 2 * HOUR + day % 5 * 60 for day in range(30)]
    made = fleet(33 * DAY, every=HOUR)
    acts(made, "nightly", nights)
    one = only(told(made), NAME)
    waited = (one.detected_at - one.first_at) / 1e6
    assert 2 * DAY <= waited <= 2.1 * DAY
    made = fleet(30.9 * DAY, every=HOUR)
    acts(made, "nightly", nights)
    assert found(made) == []


@pytest.mark.parametrize(("until", "silent"), [(42.0, 0), (46.0, 1)])
def test_an_agent_that_rests_at_weekends_is_missed_on_workdays_only(until, silent):
    days = [day for day in range(40) if day % 7 not in (5, 6)]
    made = fleet(until * DAY, every=HOUR)
    acts(made, "office", [day * DAY + hour * HOUR for day in days for hour in range(8, 18)])
    assert len(found(made)) == silent


def test_who_reports_rarely_or_for_days_only_has_no_rhythm():
    made = fleet(60 * DAY, every=HOUR)
    acts(made, "monthly", [day * DAY for day in range(0, 30, 2)])
    acts(made, "new", [hour * HOUR for hour in range(13 * 24)])
    acts(made, "burst", [float(number) for number in range(50)])
    assert found(made) == []


@pytest.mark.parametrize("shape", [0.4, 0.7, 1.0, 2.0])
def test_random_reporters_are_hardly_ever_missed(shape):
    rng, accused = random.Random(7), 0
    made = fleet(100 * DAY, every=6 * HOUR)
    for number in range(25):
        at, times = 0.0, []
        while at < 100 * DAY:
            at += rng.weibullvariate(10 * HOUR, shape)
            times.append(at)
        acts(made, f"random-{number}", times[:-1])
    accused = sum(one.first_at < moment(90 * DAY) for one in found(made))
    assert accused <= 1


def reading(made: History, at: float, value: float, target: Target = POD, **fields) -> None:
    """Add one reading of a restart counter."""
    told_of = {"type": "counter", "field": "restartCount", "name": "restartCount"}
    made.observe(
        at, value, target=target, **{"service": "checkout", "scope": "shop"} | fields, **told_of
    )


def restarts(moved: int, seen: int, **fields) -> History:
    """Return a counter that moved between two readings, and the events that tell of it."""
    made = History()
    reading(made, 0, 5)
    for number in range(seen):
        made.recovery(60.0 + number, target=POD, **fields)
    reading(made, 30 * MINUTE, 5 + moved)
    return made


def test_moves_without_events_are_told_with_the_share_that_was_seen():
    one = only(told(restarts(100, 70), until=2 * HOUR), NAME)
    assert (one.tier, one.service, one.agents) == (Tier.ACTIONABLE, "checkout", ["kubelet"])
    assert {name: one.evidence[name] for name in ("seen", "moved", "share")} == {
        "seen": 70,
        "moved": 100,
        "share": 0.7,
    }
    assert one.evidence["share_low"] < 0.7 < one.evidence["share_high"]
    assert (one.evidence["from_at"], one.evidence["until_at"]) == (moment(0), moment(30 * MINUTE))
    assert "70 % seen (60 % to 78 %)" in one.summary


def test_both_limits_are_inclusive_and_both_are_needed():
    assert len(found(restarts(100, 90), until=2 * HOUR)) == 1
    assert found(restarts(101, 91), until=2 * HOUR) == []
    assert len(found(restarts(10, 0), until=2 * HOUR)) == 1
    assert found(restarts(9, 0), until=2 * HOUR) == []


def test_events_that_tell_everything_or_more_are_fine():
    assert found(restarts(50, 50), until=2 * HOUR) == []
    assert found(restarts(50, 80), until=2 * HOUR) == []


def test_people_and_plans_restart_too_and_witnesses_do_not():
    assert found(restarts(50, 50, agent_kind="human"), until=2 * HOUR) == []
    assert found(restarts(50, 50, trigger="schedule"), until=2 * HOUR) == []
    assert len(found(restarts(50, 50, witness_of="another"), until=2 * HOUR)) == 1


def test_an_action_that_ends_after_the_reading_still_tells_of_it():
    made = restarts(50, 0)
    for number in range(50):
        made.action(60.0 + number, 35 * MINUTE, target=POD)
    assert found(made, until=2 * HOUR) == []


def test_an_action_that_names_no_pod_tells_of_the_service():
    for target, silent in ((None, 0), (Target("Deployment", "checkout", "shop"), 0)):
        made = restarts(50, 0)
        made.recovery(60, target=target, count=50, first_at=30)
        assert len(found(made, until=2 * HOUR)) == silent
    made = restarts(50, 0)
    made.recovery(60, target=Target("Pod", "checkout-9", "shop"), count=50, first_at=30)
    assert len(found(made, until=2 * HOUR)) == 1


def test_a_counter_that_begins_anew_is_no_loss():
    made = History()
    reading(made, 0, 500)
    reading(made, 10 * MINUTE, 0)
    reading(made, 20 * MINUTE, 4)
    assert found(made, until=3 * HOUR) == []


def test_a_pod_of_the_same_name_with_another_uid_begins_anew():
    made = History()
    reading(made, 0, 5, detail=Detail(uid="one"))
    reading(made, 10 * MINUTE, 500, detail=Detail(uid="two"))
    assert found(made, until=3 * HOUR) == []


def test_what_a_drill_restarted_is_not_missing():
    drill = {
        "id": "game-day",
        "services": ["checkout"],
        "from": START + timedelta(minutes=5),
        "until": START + timedelta(minutes=10),
    }
    made = History()
    reading(made, 0, 5)
    for number in range(50):
        made.recovery(6 * MINUTE + number, target=POD)
    reading(made, 30 * MINUTE, 55)
    assert found(made, until=2 * HOUR, catalog=catalog_of(drills=[drill])) == []


def test_it_goes_on_while_events_are_lost_and_resolves_when_the_window_is_clean():
    made = History()
    for number in range(49):
        reading(made, number * HOUR, number * 4)
    one = only(told(made, until=100 * HOUR), NAME)
    assert one.evidence["moved"] == one.evidence["missing"] == 48 * 4
    assert one.status is Status.RESOLVED
    assert moment(48 * HOUR) < one.resolved_at <= moment(73 * HOUR)


def test_generation_is_compared_with_what_changes_a_specification():
    made, target = History(), Target("Deployment", "checkout", "shop")
    fields = {"type": "counter", "field": "generation", "name": "generation", "target": target}
    for number in range(30):
        made.observe(number * 600.0, number, service="checkout", scope="shop", **fields)
        if number < 15:
            made.write(number * 600.0 + 60, "hpa", number % 2)
    one = only([one for one in told(made, until=9 * HOUR) if one.detector == NAME], NAME)
    assert one.evidence["counter"] == "generation"
    assert (one.evidence["moved"], one.evidence["seen"]) == (29, 15)


def lost(share: float, seed: int, services: int = 8, days: int = 4) -> History:
    """Return services whose pods restart at random, and events of which a share is lost."""
    rng, made = random.Random(seed), History()
    for service in range(services):
        for pod in range(3):
            target, count, at = Target("Pod", f"{service}-{pod}", "shop"), 0, 0.0
            next_reading = rng.uniform(0, 600)
            fields = {"service": f"svc-{service}"}
            while at < days * DAY:
                at += rng.expovariate(1 / 2400)
                while next_reading < at:
                    reading(made, next_reading, count, target, **fields)
                    next_reading += 600
                count += 1
                if rng.random() >= share:
                    made.recovery(at, target=target, **fields)
    return made


def test_with_thirty_percent_of_events_dropped_it_reports_seventy_percent_seen():
    findings = found(lost(0.3, seed=4), until=8 * DAY)
    assert {one.service for one in findings} == {f"svc-{number}" for number in range(8)}
    seen = sum(one.evidence["seen"] for one in findings)
    moved = sum(one.evidence["moved"] for one in findings)
    assert moved > 3000
    assert abs(seen / moved - 0.7) <= 0.02
    inside = [one.evidence["share_low"] <= 0.7 <= one.evidence["share_high"] for one in findings]
    assert sum(inside) >= 6
    of_agent = max((one.evidence["agent"] for one in findings), key=lambda it: it["moved"])
    assert (of_agent["agent"], of_agent["services"]) == ("kubelet", 8)
    assert abs(of_agent["share"] - 0.7) <= 0.02


def test_with_none_dropped_nothing_is_told():
    assert found(lost(0.0, seed=5), until=8 * DAY) == []
