"""What turns back, and how much of a field's past is remembered."""

from __future__ import annotations

import pytest

from overheal.state.series import WORDS_KEPT, FieldSeries, First, Step
from overheal.state.turns import TURNS_KEPT
from overheal.state.writes import WRITES_KEPT, Write


def steps(*values, trigger: str = "policy", agents: str = "a") -> list[Step]:
    series = FieldSeries()
    return [
        series.write(Write(at, f"e{at}", agents[at % len(agents)], value), trigger)
        for at, value in enumerate(values)
    ]


def reversals(*values, **chosen) -> int:
    return steps(*values, **chosen).count(Step.REVERSAL)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("abab", 2),
        ("abcabc", 2),
        ("abcdef", 0),
        ("aabb", 0),
        ((1, 2, 3, 2, 1), 1),
        ((1, 3, 2, 4, 3), 3),
        ((0, 5, 25, 50, 100, 0), 1),
        ((True, False, True), 1),
        ((1, "1", 1), 1),
    ],
)
def test_a_reversal_returns_or_turns_the_direction(values, wanted):
    assert reversals(*values) == wanted


@pytest.mark.parametrize("trigger", ["demand", "schedule", "rollout"])
def test_what_follows_something_outside_reverses_only_where_it_strictly_alternates(trigger):
    assert reversals(4, 6, 5, 9, 6, 3, 6, trigger=trigger) == 0
    assert reversals(5, 6, 5, trigger=trigger) == 0
    assert reversals(5, 6, 5, 6, trigger=trigger) == 1
    assert reversals(4, 6, 5, 9, 6, 3, 6, trigger=trigger, agents="ab") == 4


def test_the_present_value_again_is_the_same():
    assert steps("a", "a", "b", "b") == [Step.SAME, Step.SAME, Step.CHANGE, Step.SAME]


def test_what_was_before_the_first_write_is_a_value_too():
    series = FieldSeries.after(First(Write(1, "e1", "a", 8), 3))
    assert series.write(Write(2, "e2", "b", 3), "policy") is Step.REVERSAL
    assert series.stands(3)


def test_forgetting_keeps_the_two_newest_values():
    series = FieldSeries()
    for at, value in enumerate("abab"):
        series.write(Write(at, f"e{at}", "a", value), "policy")
    series.forget_before(100)
    assert [write.value for write in series.writes.all()] == ["a", "b"]
    assert not series.reversals
    assert series.write(Write(200, "e", "a", "a"), "policy") is Step.REVERSAL


def test_memory_is_bounded():
    series = FieldSeries()
    for at in range(5000):
        series.write(Write(at, f"e{at}", "a", at % 2), "policy")
        series.write(Write(at, f"w{at}", "a", f"v{at}"), "policy")
    assert len(series.writes) <= WRITES_KEPT
    assert len(series.reversals) <= TURNS_KEPT
    assert len(series.words) <= WORDS_KEPT
