"""Nothing is forgotten that could come again without being late, and memory stays bounded."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from overheal.state.seen import Seen
from overheal.state.watermark import LATENESS

STEP = LATENESS // 10


@example([(0, 0), (5, 5), (15, 0)])
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-9, 60)), max_size=120))
def test_whatever_is_not_late_is_known_if_it_was_seen(steps):
    seen, watermark, added = Seen(), 10**15, dict[tuple[str, str], int]()
    for number, (pass_, offset) in enumerate(steps):
        watermark += pass_ * STEP
        time = watermark + (offset + 10) * STEP
        key = ("ab"[number % 2], str(number // 2))
        seen.add(key, time, watermark)
        added[key] = time
        assert all(key in seen for key, time in added.items() if time >= watermark)


def test_what_is_far_behind_is_forgotten():
    seen = Seen()
    for number in range(100_000):
        seen.add(("a", str(number)), number * STEP, (number - 10) * STEP)
    assert len(seen) < 60


def test_a_clock_that_runs_ahead_does_not_stop_the_forgetting():
    seen = Seen()
    seen.add(("a", "ahead"), 10**12, 0)
    for number in range(10_000):
        seen.add(("a", str(number)), number * STEP, (number - 10) * STEP)
    assert ("a", "ahead") in seen
    assert len(seen) < 60
