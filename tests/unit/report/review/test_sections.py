"""Each section of the review on a small history with a known answer, and where data is thin."""

from __future__ import annotations

from datetime import date

import pytest

from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.model import MINUTE, Detail
from overheal.report.review import declared, effects, policies
from overheal.report.review.rows import (
    Alert,
    DeclaredField,
    Felt,
    FollowedPolicy,
    Hand,
    Prediction,
    Recovered,
    SignalUse,
)
from overheal.report.review.settings import Rates, ReviewSettings
from tests.unit.report.review.evidence import day, evidence, finding, usage

SETTINGS = ReviewSettings()
MODES = {
    "checkout": {
        "failure_modes": {
            "pool": {
                "symptom": "pool exhausted",
                "recovery": "restart",
                "within_seconds": 60,
                "after": ["ledger"],
            },
            "disk": {"symptom": "disk full", "recovery": "cleanup"},
            "zone": {"symptom": "zone lost", "last_tested": date(2024, 1, 1)},
        }
    }
}


def followed(policy="heal", changed=-10, last=80):
    return FollowedPolicy("production", "checkout", policy, "3", day(changed), day(last))


def test_a_policys_rates_are_those_of_its_recoveries():
    used = [
        usage(policy="heal", succeeded=6, ineffective=3, unnecessary=1, turned_down=10, unknown=5),
        usage(policy="heal", type="scale", recovery=False, succeeded=4),
        usage(policy="heal", by_hand=True, failed=50),
    ]
    (row,) = policies.policies(evidence(usage=used, policies=[followed()]), SETTINGS).rows
    assert (row.uses, row.known, row.unknown) == (19, 10, 5)
    assert (row.success_rate, row.ineffective_rate, row.unnecessary_rate) == (0.6, 0.3, 11 / 20)
    assert row.zombie is None


def test_a_rate_without_a_known_outcome_is_none():
    used = [usage(policy="heal", unknown=5)]
    (row,) = policies.policies(evidence(usage=used, policies=[followed()]), SETTINGS).rows
    assert (row.success_rate, row.success_low, row.ineffective_rate) == (None, None, None)


def test_a_policy_is_a_zombie_when_its_service_moved_on_or_nobody_uses_it():
    made = evidence(
        usage=[usage(policy="old", succeeded=1), usage(policy="new", succeeded=1)],
        policies=[
            followed("old", changed=-50),
            followed("new", changed=-49),
            followed("unused", last=-30),
        ],
        changed={("production", "checkout"): day(40)},
    )
    zombies = {row.policy: row.zombie for row in policies.policies(made, SETTINGS).rows}
    assert zombies == {
        "old": "90 days older than the last change of checkout",
        "new": None,
        "unused": "not used in the span, last 120 days ago",
    }


def test_break_even_follows_from_the_rates_that_the_team_states():
    rates = Rates(manual_minutes=30, failure_minutes=60, unnecessary_minutes=5, upkeep_minutes=100)
    used = [usage(policy="heal", succeeded=8, failed=1, ineffective=1, unnecessary=2)]
    told = policies.break_even(evidence(usage=used), ReviewSettings(rates=rates))
    (row,) = told.rows
    assert (row.saved_minutes, row.cost_minutes, row.net_minutes) == (240, 230, 10)
    # (60 + (100 + 10) / 10) / (30 + 60), and at that rate it neither saves nor costs.
    assert row.break_even_success == pytest.approx(71 / 90)
    assert pytest.approx(10 * (19 / 90) * 60 + 110) == 10 * (71 / 90) * 30
    # A use is worth (240 - 120 - 10) / 12 minutes before upkeep.
    assert row.break_even_uses == pytest.approx(100 / (110 / 12))
    assert row.pays


def test_without_stated_rates_nothing_is_reckoned():
    told = policies.break_even(evidence(usage=[usage(policy="heal", succeeded=1)]), SETTINGS)
    assert told.rows == []
    assert told.thin == (
        "no rates are stated for 1 policy: set manual_minutes and failure_minutes in [review.rates]"
    )


def recovered(number, *, kind="restart", why="pool exhausted", seconds=20.0, at=10, drill=""):
    name = f"a{number}"
    return Recovered(
        "production", "shop/checkout", name, kind, day(at), why, Detail(), seconds, drill
    )


def test_deviations_tell_other_paths_slow_ones_and_modes_that_never_came():
    made = evidence(
        MODES,
        recoveries=[
            recovered(1),
            recovered(2, seconds=61.0),
            recovered(3, kind="failover"),
            recovered(4, why="something else"),
            recovered(5, seconds=999.0, at=-5),
            recovered(6, seconds=999.0, drill="game-day"),
        ],
        findings=[finding("out_of_order_recovery", 10, 10, evidence={"failure_modes": ["pool"]})],
    )
    told = declared.deviations(made)
    pool, disk = told.rows
    assert (pool.mode, pool.exercised, pool.other_recovery, pool.too_slow, pool.out_of_order) == (
        *("pool", 3, 1, 1),
        1,
    )
    assert pool.declared == "restart, within 1 min, after ledger"
    assert (disk.mode, disk.never_exercised) == ("disk", True)
    assert told.thin == "1 recovery named no declared symptom in the condition or signals"


def test_without_declared_modes_nothing_can_deviate():
    assert declared.deviations(evidence()).thin == "no failure mode is declared in the catalog"


def test_a_field_that_differs_says_who_declared_and_who_wrote():
    one = DeclaredField(
        *("production", "checkout", "Deployment", "checkout", "replicas"),
        *("6", "ada", day(1), day(2), "3", "cost-bot", day(5)),
    )
    (row,) = declared.fields(evidence(fields=[one])).rows
    assert (row.target, row.declared, row.found_by, row.expired) == (
        *("Deployment checkout", "6", "cost-bot"),
        True,
    )


def expected(ident, since, until, **fields):
    made = {"service": "checkout", "count": 3, "per": "day", "owner": "web", "reason": "leak"}
    return Expectation(id=ident, since=day(since), until=day(until), **(made | fields))


def test_an_expectation_that_ran_out_and_was_not_renewed_is_told():
    made = evidence(
        expectations=[
            expected("gone", 0, 10),
            expected("renewed", 0, 20, service="ledger"),
            expected("renewal", 20, 100, service="ledger"),
            expected("long-over", -50, -10),
        ]
    )
    assert [row.id for row in declared.expectations(made).rows] == ["gone"]


def test_drills_of_the_span_are_told_with_what_was_done_in_them():
    made = evidence(
        drills=[
            DeclaredDrill(id="q4", since=day(3), until=day(4), services=("checkout",)),
            DeclaredDrill(id="old", since=day(-3), until=day(-2)),
        ],
        drilled={"q4": 7},
    )
    (row,) = declared.drills(made).rows
    assert (row.id, row.services, row.actions) == ("q4", ["checkout"], 7)
    assert declared.drills(evidence()).thin == "no drill was declared for the span"


def test_impact_compares_what_was_foretold_with_what_users_newly_felt():
    at = day(5)
    made = evidence(
        predictions=[
            Prediction(
                *("production", "shop", "db", "a1", "ai", "failover", at, at + MINUTE),
                [("checkout", "errors"), ("search", "slow"), ("mail", "none")],
            )
        ],
        felt=[
            Felt("production", "shop", "checkout", at + 2 * MINUTE),
            Felt("production", "shop", "web", at + 16 * MINUTE),
            Felt("production", "shop", "cart", at + 17 * MINUTE),
            Felt("production", "shop", "mail", at - 3 * MINUTE),
            Felt("production", "shop", "mail", at + 3 * MINUTE),
            Felt("production", "else", "else", at + 3 * MINUTE),
        ],
    )
    (row,) = effects.impact(made, SETTINGS).rows
    assert (row.predictions, row.came_true, row.did_not, row.unforeseen) == (2, 1, 1, 1)
    assert row.example == "a1: users felt web"


def alert(minutes, status, kind="alert"):
    return Alert("production", "checkout", kind, "Slow", day(1) + minutes * MINUTE, status)


def test_an_alert_that_recovers_by_itself_every_time_is_told():
    told = [alert(n * 10 + off, word) for n in range(5) for off, word in ((0, "firing"), (3, "ok"))]
    (row,) = effects.alerts(evidence(alerts=told), SETTINGS).rows
    assert (row.kind, row.times) == ("alert that recovers by itself", 5)
    helped = [Hand("production", "checkout", day(1) + 21 * MINUTE)]
    assert effects.alerts(evidence(alerts=told, hands=helped), SETTINGS).rows == []
    assert effects.alerts(evidence(alerts=told[:-2]), SETTINGS).rows == []


def test_a_page_is_ignored_when_nobody_acts_within_the_hour():
    told = [alert(0, "firing", "page"), alert(500, "firing", "page")]
    acted = [Hand("production", "checkout", day(1) + 59 * MINUTE)]
    (row,) = effects.alerts(evidence(alerts=told, hands=acted), SETTINGS).rows
    assert (row.kind, row.times, row.of) == ("page nobody acted on", 1, 2)
    assert effects.alerts(evidence(), SETTINGS).thin == "no source of alerts or pages was read"


def test_a_page_is_acted_on_when_a_finding_that_lasted_then_is_acknowledged_later():
    told = [alert(-600, "firing", "page"), alert(0, "firing", "page"), alert(500, "firing", "page")]
    seen = finding("thrashing", 1, 1.1)
    late = {seen.id: [day(3)]}
    (row,) = effects.alerts(evidence(alerts=told, findings=[seen]), SETTINGS).rows
    assert (row.times, row.of) == (3, 3)
    section = effects.alerts(evidence(alerts=told, findings=[seen], acknowledged=late), SETTINGS)
    (row,) = section.rows
    assert (row.times, row.of) == (2, 3)
    assert section.thin is None
    assert section.total == "Of 3 pages nobody acted on 2 (67 %)"


def test_an_alert_does_not_recover_by_itself_where_somebody_acknowledged_a_finding_meanwhile():
    told = [alert(n * 10 + off, word) for n in range(5) for off, word in ((0, "firing"), (3, "ok"))]
    seen = finding("thrashing", 1, 2)
    acked = {seen.id: [day(1) + 21 * MINUTE]}
    made = evidence(alerts=told, findings=[seen], acknowledged=acked)
    assert effects.alerts(made, SETTINGS).rows == []


def test_thresholds_that_never_or_always_fire_are_told():
    made = evidence(
        signals=[
            SignalUse("production", "checkout", "cpu", "80", 5, 0, 0),
            SignalUse("production", "checkout", "mem", "90", 5, 1, 0),
            SignalUse("production", "checkout", "few", "90", 4, 0, 0),
            SignalUse("production", "checkout", "mute", "90", 9, 0, 9),
        ],
        findings=[finding("thrashing", 0, 72), finding("stale_basis", 0, 71)],
    )
    rows = effects.thresholds(made, SETTINGS).rows
    assert [row.name for row in rows if row.kind == "signal"] == ["cpu"]
    assert [row.name for row in rows if row.fired == "always"] == ["thrashing"]
    silent = {row.name for row in rows if row.kind == "detector" and row.fired == "never"}
    assert "recovery_frequency" in silent
    assert not silent & {"thrashing", "stale_basis"}


def test_a_service_grew_costlier_by_the_time_automation_took():
    now = [usage(seconds=150.0, succeeded=3), usage(service="web", seconds=149.0, succeeded=3)]
    then = [usage(seconds=100.0, succeeded=2), usage(service="web", seconds=100.0, succeeded=2)]
    (row,) = effects.costlier(evidence(usage=now, before=then), SETTINGS).rows
    assert (row.service, row.ratio, row.uses_before, row.uses) == ("checkout", 1.5, 2, 3)


def test_cost_is_compared_by_the_days_that_the_store_holds():
    made = {"usage": [usage(seconds=150.0, succeeded=3)], "before": [usage(seconds=50.0)]}
    half = effects.costlier(evidence(first_at=day(-45), **made), SETTINGS)
    assert half.rows[0].ratio == 1.5
    assert half.thin == "of the span before the store holds 45 days only"
    little = effects.costlier(evidence(first_at=day(-10), **made), SETTINGS)
    assert little.rows == []
    assert little.thin == "the store holds too little of the span before to compare with"
