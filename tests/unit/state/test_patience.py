"""How long to wait is learned from how late things came."""

from __future__ import annotations

import random

from overheal.model import MICROSECOND
from overheal.stages.turns import ALLOWED, KEEP
from overheal.state.patience import STEP, Patience

NOW = 1_772_000_000 * MICROSECOND
MOST = 5 * MICROSECOND


def learned(*lates: float, seconds: float = 1.0) -> Patience:
    patience = Patience(MOST, KEEP, ALLOWED)
    patience.at(NOW)
    for late in lates:
        patience.late(int(late * MICROSECOND))
    patience.at(NOW + int(seconds * MICROSECOND))
    return patience


def test_a_stream_in_order_costs_no_waiting():
    assert learned().at(NOW) == 0


def test_a_straggler_now_and_then_is_not_waited_for():
    assert learned(4.0, 3.0, seconds=1).at(NOW + MICROSECOND) == 0


def test_where_many_come_late_nearly_all_are_waited_for():
    rng = random.Random(1)
    patience = learned(*(rng.uniform(0, 1) for _ in range(1000)))

    assert 0.9 * MICROSECOND <= patience.at(NOW + MICROSECOND) <= 1.1 * MICROSECOND


def test_what_is_learned_wears_off():
    patience = learned(*[0.5] * 100)

    assert patience.at(NOW + MICROSECOND) > 0
    assert patience.at(NOW + KEEP) > 0
    assert patience.at(NOW + 3 * KEEP) == 0


def test_nobody_waits_for_what_came_later_than_the_most():
    assert learned(*[6.0] * 100).at(NOW + MICROSECOND) == 0
    assert learned(*[5.0] * 100).at(NOW + MICROSECOND) == MOST


def test_where_none_may_come_later_the_latest_counts():
    patience = Patience(MOST, KEEP)
    patience.at(NOW)
    patience.late(3 * MICROSECOND)
    patience.late(2 * MICROSECOND)

    assert patience.at(NOW + MICROSECOND) == 3 * MICROSECOND + STEP
    assert patience.at(NOW + KEEP) == 3 * MICROSECOND + STEP
    assert patience.at(NOW + 3 * KEEP) == 0
