"""`stale_policy`: what design and documentation say of what nobody has looked at for long."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import Detail, Finding, Status, Target, Tier
from overheal.stages.rules import RuleBook, rules_of
from overheal.state.words import clock
from tests.support.events import collect, standing
from tests.support.made import DAY, History, catalog_of, flow_of, moment, of, told

NAME = "stale_policy"
CD = {"agent": "cd", "agent_kind": "workflow", "type": "deploy", "trigger": "rollout"}
BOT = {"agent": "bot", "agent_kind": "ai_agent"}


def follows(changed: float | None, policy: str = "restart-it", version: str = "") -> Detail:
    at = None if changed is None else moment(changed)
    return Detail(policy=policy, policy_version=version, policy_changed_at=at)


def found(made: History, until: float | None = None, **chosen: Any) -> list[Finding]:
    return of(told(made, until=until, **chosen), NAME)


def changed(by: float = 90 * DAY, **change: Any) -> History:
    """Return a service that changes so long after its policy did, which is followed then."""
    made = History()
    made.add(by, **{**CD, **change})
    made.add(by + DAY, detail=follows(0.0, version="v3"), **BOT)
    return made


def test_a_policy_much_older_than_the_last_change_is_stale():
    assert not found(changed(90 * DAY - 1))
    (one,) = found(changed())
    assert (one.tier, one.count, one.agents) == (Tier.INFORMATIONAL, 1, ["bot"])
    assert "bot follows policy restart-it (v3) of 2026-03-02 02:00:00 UTC" in one.summary
    assert one.evidence["older_seconds"] == 90 * DAY


@pytest.mark.parametrize("detail", [follows(None), Detail(instance="x"), None])
def test_a_policy_of_unknown_age_is_never_stale(detail):
    made = History()
    made.add(0, **CD)
    made.add(1, detail=detail, **BOT)
    assert not found(made)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "scale"},
        {"phase": "started"},
        {"phase": "proposed"},
        {"outcome": "failed"},
        {"witness_of": "other"},
        {"service": "ledger"},
        {"environment": "staging"},
    ],
)
def test_what_does_not_change_the_service_makes_no_policy_stale(change):
    assert not found(changed(**change))


def test_a_change_of_configuration_and_an_observed_one_count():
    assert found(changed(type="config_change"))
    made = History()
    made.observe(90 * DAY, "v2", type="change", service="checkout", scope="shop")
    made.add(91 * DAY, detail=follows(0.0), **BOT)
    assert found(made)


def test_the_target_counts_where_the_service_did_not_change():
    database = Target("Database", "orders")
    made = History()
    made.add(90 * DAY, target=database, **{**CD, "service": "orders"})
    made.add(91 * DAY, target=database, detail=follows(0.0), **BOT)
    made.add(91 * DAY, target=Target("Database", "other"), detail=follows(0.0), **BOT)
    (one,) = found(made)
    assert one.count == 1


def test_a_change_that_followed_the_policy_does_not_make_it_stale():
    own = {"detail": follows(0.0)}
    assert not found(changed(**own))
    made = History()
    made.add(90 * DAY, **CD)
    made.add(91 * DAY, **CD, **own)
    (one,) = found(made)
    assert clock(one.evidence["changed_at"]) == "2026-05-31 02:00:00 UTC"


def test_it_resolves_when_the_policy_is_renewed_or_forgotten():
    made = changed()
    (one,) = found(made, until=(91 + 30) * DAY)
    assert one.resolved_at == moment((91 + 30) * DAY)
    made.add(95 * DAY, detail=follows(94 * DAY), **BOT)
    (one,) = found(made)
    assert one.resolved_at == moment(95 * DAY)


def test_one_finding_for_each_policy_and_service_and_each_action_once():
    made = changed()
    for at in (1, 2):
        made.action(91 * DAY + at, 91 * DAY + at + 1, detail=follows(0.0), **BOT)
    made.add(92 * DAY, detail=follows(0.0, "other"), **BOT)
    assert sorted(one.count for one in found(made)) == [1, 3]


def paths(**modes: Any) -> Any:
    return catalog_of(services={"checkout": {"failure_modes": modes}})


TESTED = {"recovery": "failover", "last_tested": date(2026, 3, 2)}
"""Tested two hours before the start of the history."""

DUE = 180 * DAY - 7200


def seen(*moments: float, **fields: Any) -> History:
    made = History()
    for at in moments:
        made.add(at, **{"type": "scale", "trigger": "demand", **fields})
    return made


def test_a_path_that_was_tested_long_ago_is_stale():
    assert not found(seen(0), DUE - 1, catalog=paths(primary=TESTED))
    (one,) = found(seen(0), DUE, catalog=paths(primary=TESTED))
    assert one.tier is Tier.INFORMATIONAL
    assert "The recovery path primary of checkout (failover)" in one.summary
    assert "was last exercised at 2026-03-02 00:00:00 UTC" in one.summary
    assert one.last_at == moment(DUE)


def test_a_path_that_is_overdue_already_is_stale_at_first_sight():
    old = {**TESTED, "last_tested": date(2025, 1, 1)}
    (one,) = found(seen(10), catalog=paths(primary=old))
    assert one.last_at == moment(10)


def test_a_service_that_was_never_seen_has_no_stale_paths():
    assert not found(seen(0, service="ledger"), 300 * DAY, catalog=paths(primary=TESTED))


def test_a_path_that_was_never_exercised_is_stale_once_the_service_was_watched_for_long():
    catalog = paths(primary={"recovery": "failover"})
    assert not found(seen(50), 180 * DAY + 49, catalog=catalog)
    (one,) = found(seen(50), 180 * DAY + 50, catalog=catalog)
    assert one.evidence["never_exercised"] is True
    assert "has not been exercised since checkout was first seen" in one.summary


def test_a_path_that_says_nothing_of_recovery_cannot_be_exercised():
    assert not found(seen(0), 300 * DAY, catalog=paths(primary={"symptom": "slow"}))


@pytest.mark.parametrize(
    ("fields", "exercised"),
    [
        ({"type": "failover", "trigger": "failure"}, True),
        ({"type": "failover", "trigger": "failure", "phase": "started"}, True),
        ({"type": "failover", "trigger": "failure", "outcome": "failed"}, True),
        ({"type": "failover", "trigger": "manual", "agent_kind": "human"}, True),
        ({"type": "failover", "trigger": "schedule"}, True),
        ({"type": "failover", "trigger": "demand"}, False),
        ({"type": "failover", "trigger": "failure", "phase": "proposed"}, False),
        ({"type": "failover", "trigger": "failure", "witness_of": "other"}, False),
        ({"type": "failover", "trigger": "failure", "environment": "staging"}, False),
        ({"type": "restart", "trigger": "failure"}, False),
    ],
)
def test_a_recovery_of_the_type_or_a_rehearsal_exercises_a_path(fields, exercised):
    made = seen(0)
    made.add(100 * DAY, **fields)
    every = found(made, DUE, catalog=paths(primary=TESTED))
    assert len([one for one in every if one.environment == "production"]) == (not exercised)
    if exercised:
        (one,) = found(made, 280 * DAY, catalog=paths(primary=TESTED))
        assert one.last_at == moment(280 * DAY)


def test_it_resolves_when_the_path_is_exercised_and_may_come_back():
    made = seen(0)
    made.add(200 * DAY, type="failover")
    first, second = found(made, 400 * DAY, catalog=paths(primary=TESTED))
    assert first.resolved_at == moment(200 * DAY)
    assert second.status is Status.OPEN


def test_a_test_in_a_drill_is_seen_by_its_entry_in_the_catalog():
    tested = paths(primary={**TESTED, "last_tested": date(2026, 9, 1)})
    gone = paths()
    for later in (tested, gone):
        rules = [rules_of(one, SettingsBook({}, one.overrides)) for one in (paths(primary=TESTED),)]
        book = RuleBook(rules[0])
        book.add(rules_of(later, SettingsBook({}, later.overrides), moment(190 * DAY)))
        flow, known = Flow(book, 0), dict[str, Finding]()
        collect(known, flow.judge(seen(0, 185 * DAY, 195 * DAY).ordered()).findings)
        (one,) = of(standing(known), NAME)
        assert one.resolved_at == moment(195 * DAY)


def test_an_entry_for_another_environment_says_nothing():
    entry = {"environment": "staging", "failure_modes": {"primary": TESTED}}
    assert not found(seen(0), 300 * DAY, catalog=catalog_of(services={"checkout": entry}))


def test_a_service_that_is_gone_is_forgotten():
    flow = flow_of(catalog=paths(primary=TESTED))
    (one,) = found(seen(0), 401 * DAY, flow=flow)
    assert one.resolved_at == moment(400 * DAY)
    (timeline,) = flow.scope.scopes._scopes.values()
    assert not any(getattr(state, "services", None) for state in timeline.state.states)
