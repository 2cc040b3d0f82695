"""A seeded sample of what `python -m benchmarks.conflicts` measures."""

from __future__ import annotations

from benchmarks.conflicts import FIGHTS, GOAL, score


def test_precision_and_recall_against_confusing_neighbours_reach_the_goal():
    found = score(range(1, 9), 3)
    assert found.precision >= GOAL
    assert found.recall >= GOAL


def test_every_kind_of_fight_is_found_at_its_third_reversal():
    found = score(range(1, 5), 3)
    for tell in FIGHTS:
        assert set(found.first[tell.__name__]) == {3}
