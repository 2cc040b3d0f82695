"""How often `mass_action` is wrong about ordinary habits, and how soon it is right."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from overheal.model import DAY, Finding
from tests.support.habits import HABITS, Batch, told

AGENTS, LEARNT, DAYS = 15, 30, 120


@pytest.mark.parametrize("name", [one for one in HABITS if "batches" in one or "night" in one])
def test_ordinary_habits_are_left_alone_once_they_are_known(name):
    findings = told(HABITS[name], AGENTS, DAYS, 400, seed=1)
    late = [one for one in findings if one.detected_at >= LEARNT * DAY]
    assert len(late) <= 1, f"of {AGENTS} agents and 90 days"


def quiet_then_wild(rng: random.Random, days: int) -> Iterator[Batch]:
    """Return a quiet habit that ends with one action on almost everything."""
    yield from HABITS["one target now and then (0.5 an hour)"](rng, days - 1)
    yield (days - 1) * DAY + rng.randrange(DAY // 2), 300


def test_whoever_runs_wild_is_found_before_the_tenth_target():
    findings = told(quiet_then_wild, 30, 60, 400, seed=2)
    assert {one.detected_at // DAY for one in findings} == {59}
    assert len({one.subject for one in findings}) == 30
    assert all(found_at(one) < 10 for one in findings), "targets touched when it was found"


def found_at(finding: Finding) -> int:
    """Return how many targets had been touched when a finding opened."""
    return int(finding.tier_history[0].reason.split(" targets")[0])
