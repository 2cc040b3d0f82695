"""Who undoes whom."""

from __future__ import annotations

import pytest

from overheal.state.contest import OVERRIDES_KEPT, Bout, Contest, Override
from overheal.state.series import First
from overheal.state.writes import Write


def overrides(old, *writes) -> list[str]:
    (agent, value), *rest = writes
    contest = Contest.after(First(Write(0, "e0", agent, value), old))
    found = []
    for at, (who, what) in enumerate(rest, start=1):
        override = contest.write(Write(at, f"e{at}", who, what))
        if override is not None:
            found.append(f"{override.by}>{override.of}")
    return found


@pytest.mark.parametrize(
    ("old", "writes", "wanted"),
    [
        (3, [("a", 8), ("b", 3), ("a", 8)], ["b>a", "a>b"]),
        (3, [("a", 8), ("b", 5)], ["b>a"]),
        (3, [("a", 8), ("b", 9)], []),
        (None, [("a", 8), ("b", 3)], []),
        (None, [("a", 8), ("b", 3), ("a", 8)], ["a>b"]),
        ("x", [("a", "y"), ("b", "z")], []),
        ("x", [("a", "y"), ("b", "x")], ["b>a"]),
        ("x", [("a", "y"), ("a", "z"), ("b", "x")], ["b>a"]),
        (3, [("a", 8), ("b", 8), ("a", 3)], []),
        ("x", [("a", "y"), ("b", "y"), ("a", "z"), ("b", "y")], ["b>a"]),
    ],
)
def test_an_override_goes_back_on_another_agents_turn(old, writes, wanted):
    assert overrides(old, *writes) == wanted


def bout(*sides: str, values=None) -> Bout:
    made = Bout(("a", "b"))
    for at, by in enumerate(sides):
        value = (values or {"a": 8, "b": 3})[by]
        made.add(Override(at, f"e{at}", by, "b" if by == "a" else "a", value, "kind\0n\0f"), -1)
    return made


def test_a_fight_needs_both_sides_and_different_wants():
    assert bout("a", "b", "a").is_fight(3)
    assert not bout("a", "b").is_fight(3)
    assert not bout("a", "a", "a").is_fight(3)
    assert not bout("a", "b", "a", values={"a": 1, "b": 1}).is_fight(3)


def test_it_is_calm_when_too_few_are_left_in_the_window():
    assert bout("a", "b", "a", "b").calm_at(3, 100) == 101


def test_targets_are_counted_as_long_as_they_are_in_the_window():
    made = bout("a", "b")
    made.add(Override(50, "e", "a", "b", 1, "kind\0other\0f"), -1)
    assert made.targets == {"kind\0n": 2, "kind\0other": 1}
    made.forget_before(10)
    assert made.targets == {"kind\0other": 1}
    assert made.total == 3


def test_memory_is_bounded():
    made = bout(*"ab" * 2000)
    assert len(made.overrides) == OVERRIDES_KEPT
    assert sum(made.targets.values()) == OVERRIDES_KEPT
