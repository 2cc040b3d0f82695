"""Twins, and what differs between them."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import MINUTE, Finding, Status, Tier, TierChange
from overheal.run.backtest.comparing import Kind, differences, is_page, paired
from overheal.run.backtest.labelled import scores
from overheal.store.labels import Label

CRITICAL, ACTIONABLE = Tier.CRITICAL, Tier.ACTIONABLE


def finding(name: str, start: int, end: int, tier: Tier = CRITICAL, **more: Any) -> Finding:
    """Return a finding about checkout from a minute to another, at its tier since the first."""
    at = more.pop("paged", start) * MINUTE
    return Finding(
        **{
            "id": name,
            "detector": "recovery_frequency",
            "stage": "scope",
            "subject": "production\0checkout",
            "service": "checkout",
            "environment": "production",
            "scope": "shop",
            "first_at": start * MINUTE,
            "last_at": end * MINUTE,
            "detected_at": at,
            "tier": tier,
            "tier_history": [TierChange(tier, at, "why")],
            **more,
        }
    )


def kinds(before: list[Finding], after: list[Finding]) -> list[tuple[Kind, bool]]:
    return [(one.kind, one.is_page) for one in differences(paired(before, after))]


def test_the_same_on_both_sides_is_no_difference():
    assert kinds([finding("a", 0, 9)], [finding("a", 0, 9)]) == []


def test_another_id_about_the_same_at_the_same_time_is_a_twin():
    assert kinds([finding("a", 0, 9)], [finding("b", 3, 9)]) == [
        (Kind.LATER, True),
        (Kind.LATER, False),
    ]
    assert kinds([finding("a", 3, 9)], [finding("b", 0, 9)])[0] == (Kind.EARLIER, True)


def test_what_does_not_overlap_is_lost_and_gained():
    found = kinds([finding("a", 0, 2)], [finding("b", 3, 9)])
    assert found == [
        (Kind.LOST, True),
        (Kind.LOST, False),
        (Kind.GAINED, True),
        (Kind.GAINED, False),
    ]


def test_two_that_become_one_are_one_twin_and_one_that_is_part_of_it():
    pairs = paired([finding("a", 0, 2), finding("b", 4, 9)], [finding("c", 0, 9)])
    assert [(one.before.id, one.after and one.after.id) for one in pairs] == [
        ("a", "c"),
        ("b", None),
    ]
    assert pairs[1].merged.id == "c"


def test_a_lower_tier_is_quieter_and_its_page_is_lost():
    assert kinds([finding("a", 0, 9)], [finding("a", 0, 9, ACTIONABLE)]) == [
        (Kind.LOST, True),
        (Kind.QUIETER, False),
    ]
    assert kinds([finding("a", 0, 9, ACTIONABLE)], [finding("a", 0, 9)])[1] == (Kind.LOUDER, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"inhibited_by": "root"},
        {"status": Status.RETRACTED},
        {"status": Status.SUPERSEDED},
        {"tier": ACTIONABLE},
    ],
)
def test_what_calls_nobody_is_no_page(changes):
    assert is_page(finding("a", 0, 9, status=Status.RESOLVED))
    assert not is_page(finding("a", 0, 9, **{"tier": CRITICAL, **changes}))


def test_labels_count_for_the_twins_of_what_they_name():
    before, after = [finding("a", 0, 9), finding("b", 20, 29)], [finding("c", 3, 9)]
    pairs = paired(before, after)
    labels = [Label("a", "useful"), Label("b", "noise"), Label("gone", "noise")]
    found = scores(labels, before, pairs, (0, 100 * MINUTE))
    assert (found.before.useful, found.before.noise, found.before.precision) == (1, 1, 0.5)
    assert (found.after.useful, found.after.noise, found.after.precision) == (1, 0, 1.0)
    assert found.elsewhere == 1


@pytest.mark.parametrize(
    ("minute", "caught"), [(-16, 0), (-15, 1), (0, 1), (9, 1), (24, 1), (25, 0)]
)
def test_a_page_speaks_of_what_was_missed_within_a_quarter_of_an_hour(minute, caught):
    page = finding("a", 80, 109, paged=100)
    missed = Label("missed-1", "missed", service="checkout", at=(100 + minute) * MINUTE)
    found = scores([missed], [page], paired([page], []), (0, 1000 * MINUTE))
    assert (found.before.caught, found.after.caught) == (caught, 0)
