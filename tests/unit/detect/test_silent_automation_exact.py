"""The counters of `silent_automation` against a slow reading of the rule."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.silent_automation import SilentAutomation
from overheal.model import Target
from tests.support.made import HOUR, History, flow_of, of, told

LIMITS = {"missing": 5, "share": 0.3, "window_hours": 3}


def random_counter(rng: random.Random) -> tuple[History, list[tuple[float, int]], list[float]]:
    """Return a history, its readings, and when events tell of a restart."""
    made, readings, told_at, value = History(), [], [], 0
    fields = {"type": "counter", "field": "restartCount", "name": "restartCount"}
    pod = Target("Pod", "checkout-0", "shop")
    for number in range(rng.randint(2, 20)):
        at = number * 1800.0
        value = 0 if rng.random() < 0.1 else value
        made.observe(at, value, service="checkout", scope="shop", target=pod, **fields)
        readings.append((at, value))
        for step in range(rng.choice([0, 0, 1, 4, 9])):
            value += 1
            if rng.random() < 0.7:
                told_at.append(at + 60.0 + step)
                made.recovery(at + 60.0 + step, target=pod)
    return made, readings, told_at


def missed_hours(readings: list[tuple[float, int]], told_at: list[float]) -> list[int]:
    """Return the hours at whose end too much is missing."""
    moved: dict[int, int] = {}
    seen: dict[int, int] = {}
    for (before, low), (at, high) in pairwise(readings):
        if high >= low:
            hour = int(at // HOUR)
            moved[hour] = moved.get(hour, 0) + high - low
            inside = sum(before < moment <= at for moment in told_at)
            seen[hour] = seen.get(hour, 0) + inside
    found = []
    for hour in range(20):
        window = range(hour - LIMITS["window_hours"] + 1, hour + 1)
        total = sum(moved.get(one, 0) for one in window)
        missing = total - sum(seen.get(one, 0) for one in window)
        if missing >= LIMITS["missing"] and missing >= LIMITS["share"] * total:
            found.append(hour)
    return found


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_it_fires_if_and_only_if_too_much_is_missing(seed):
    made, readings, told_at = random_counter(random.Random(seed))
    hours = missed_hours(readings, told_at)
    runs = [hour for hour in hours if hour - 1 not in hours]

    late = told(
        made,
        flow=flow_of([SilentAutomation], settings={"silent_automation": LIMITS}),
        until=30 * HOUR,
    )
    ours = of(late, "silent_automation")
    assert len(ours) == len(runs)
