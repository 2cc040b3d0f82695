"""Readiness: every item known, missing and contradicting, and the whole as a manager reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from overheal.model import DAY
from overheal.report.review.items import ITEMS
from overheal.report.review.looks import Known, Seen, Writers
from overheal.report.review.readiness import readiness
from overheal.report.review.readiness_table import readiness_tables
from overheal.report.review.settings import ReadinessSettings
from overheal.report.review.text import render_tables
from tests.support.made import catalog_of

NOW = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 1_000_000
MODE = {"symptom": "slow", "recovery": "restart", "within_seconds": 60, "after": ["db"]}
WHOLE: dict[str, Any] = {
    "owner": "payments",
    "scope": "shop",
    "depends_on": ["db"],
    "allowed_autonomy_level": 3,
    "boundaries": ["restart"],
    "escalate_below_confidence": 0.7,
    "runbook": "https://runbooks.example/checkout",
    "failure_modes": {"slow": {**MODE, "last_tested": date(2026, 11, 1)}},
}
SEEN = Seen(
    environment="production",
    service="shop/checkout",
    actions=5,
    level=3,
    types=("restart",),
    policies=("heal",),
    scopes=("shop",),
    owners=("payments",),
    told=("alert",),
    last_at=NOW - DAY,
)


def state(item, seen=SEEN, *, without=(), fleet=None, writers=(), **changed):
    entry = {name: value for name, value in (WHOLE | changed).items() if name not in without}
    known = Known(
        now=NOW,
        catalog=catalog_of(services={"checkout": entry}),
        fleet=fleet,
        seen=[seen],
        writers=writers,
    )
    (service,) = readiness(known, ReadinessSettings()).services
    (found,) = [one for one in service.items if one.item == item]
    return found.state, found.why


def changed(**fields):
    values = {name: getattr(SEEN, name) for name in Seen.__struct_fields__}
    return Seen(**(values | fields))


@pytest.mark.parametrize("item", ITEMS)
def test_a_service_of_which_all_is_known_lacks_nothing(item):
    assert state(item)[0] == "known"


@pytest.mark.parametrize(
    ("item", "without"),
    [
        ("owner", "owner"),
        ("dependencies", "depends_on"),
        ("authority", "boundaries"),
        ("authority", "allowed_autonomy_level"),
        ("escalation", "escalate_below_confidence"),
        ("failure_modes", "failure_modes"),
        ("runbook", "runbook"),
        ("order", "failure_modes"),
        ("drills", "failure_modes"),
    ],
)
def test_what_the_catalog_does_not_state_is_missing(item, without):
    assert state(item, without=[without])[0] == "missing"


@pytest.mark.parametrize(
    ("item", "seen", "why"),
    [
        ("policy", changed(unruled=2), "no policy in 2 of 5 automated actions"),
        ("policy", changed(policies=()), "no action stated the policy it follows"),
        ("state", changed(last_at=NOW - 8 * DAY), "last heard of 8 days ago"),
        ("state", changed(told=("change",)), "only actions are told, never how the service is"),
    ],
)
def test_what_events_do_not_show_is_missing(item, seen, why):
    assert state(item, seen) == ("missing", why)


@pytest.mark.parametrize(
    ("item", "seen", "why"),
    [
        ("owner", changed(owners=("web",)), "catalog payments, events web"),
        ("dependencies", changed(scopes=("pay",)), "scope: catalog shop, events pay"),
        ("authority", changed(level=4), "level 3 is allowed, agents act at 4"),
        ("authority", changed(types=("scale",)), "outside the boundaries: scale"),
    ],
)
def test_events_that_say_otherwise_contradict_the_catalog(item, seen, why):
    assert state(item, seen) == ("contradicts", why)


def test_a_recovery_outside_the_boundaries_contradicts_the_catalog_itself():
    modes = {"slow": {**MODE, "recovery": "failover"}}
    told = state("failure_modes", failure_modes=modes)
    assert told == ("contradicts", "recovery outside the boundaries: slow")


def test_a_running_fleet_with_another_catalog_contradicts_this_one():
    fleet = catalog_of(services={"checkout": {**WHOLE, "owner": "web"}})
    told = state("owner", fleet=fleet)
    assert told == ("contradicts", "owner: catalog 'payments', running fleet 'web'")
    assert state("runbook", fleet=fleet)[0] == "known"


def test_a_field_with_two_automated_writers_has_two_sources_of_truth():
    both = Writers("production", "shop/checkout", "Deployment", "checkout", "replicas", ("a", "b"))
    told = state("one_writer", writers=[both])
    assert told == ("contradicts", "replicas of Deployment checkout: a and b")


def test_a_drill_long_ago_is_as_good_as_none():
    old = {"slow": {**MODE, "last_tested": date(2026, 5, 1)}}
    assert state("drills", failure_modes=old) == ("missing", "the last one was 203 days ago")


def test_only_what_is_required_decides():
    known = Known(now=NOW, catalog=catalog_of(services={"checkout": {"owner": "payments"}}))
    all_of_it = readiness(known, ReadinessSettings())
    owner = readiness(known, ReadinessSettings(required=("owner",)))
    assert (all_of_it.totals["ready"], owner.totals["ready"]) == (0, 1)
    assert owner.verdict == "1 of 1 service is ready for automation"
    assert all_of_it.verdict.startswith("0 of 1 service is ready for automation")


def test_nothing_known_is_said_so():
    found = readiness(Known(now=NOW, catalog=catalog_of()), ReadinessSettings())
    assert found.verdict == "No service is known yet"
    assert len(found.notes) == 2


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_word_gets_lost(width):
    known = Known(now=NOW, catalog=catalog_of(services={"checkout": {}}), seen=[SEEN])
    found = readiness(known, ReadinessSettings())
    shown = readiness_tables(found)
    text = render_tables("t", found.verdict, [], shown, width=width, color=False)
    assert max(map(len, text.splitlines())) <= width
    why = ["allowed_autonomy_level", "and", "boundaries", "not", "stated"]
    assert all(word in text for word in why) or width == 40
