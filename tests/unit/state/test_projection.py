"""Where shrinking gaps end."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overheal.state.projection import project

HOUR = 3600.0


@pytest.mark.parametrize("count", [6, 10, 20])
def test_the_projection_of_a_geometric_series_is_what_remains_of_its_sum(count):
    gaps = [260 * 0.8**i for i in range(count)]
    projection = project(gaps, floor=0.001)
    assert projection is not None
    assert projection.seconds == pytest.approx(gaps[-1] * 0.8 / 0.2, rel=0.01)
    assert projection.factor == pytest.approx(0.8)


def test_the_projection_stops_at_the_floor():
    projection = project([1000 * 0.5**i for i in range(6)], floor=10)
    assert projection is not None
    assert projection.seconds == pytest.approx(31.25 / 2 + 31.25 / 4)


def test_noise_widens_the_projected_range_around_the_truth():
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(100):
        gaps = [HOUR * 0.85**i * float(rng.gamma(2)) / 2 for i in range(20)]
        truth = sum(HOUR * 0.85**i for i in range(20, 60))
        projection = project(gaps, floor=5)
        if projection is None:
            continue
        assert projection.low <= projection.seconds
        high = math.inf if projection.high is None else projection.high
        covered += projection.low <= truth <= high
    assert covered >= 75


@given(st.lists(st.floats(0.1, 1e6), max_size=40), st.floats(0.5, 100))
def test_a_projection_is_ordered_and_not_negative(gaps, floor):
    projection = project(gaps, floor)
    if projection is not None:
        assert 0 <= projection.low <= projection.seconds
        assert projection.high is None or projection.seconds <= projection.high
        assert 0 < projection.factor <= 1


def test_gaps_at_the_floor_are_already_there():
    projection = project([100, 60, 30, 10, 9, 10], floor=10)
    assert projection is not None
    assert (projection.seconds, projection.low, projection.high) == (0, 0, 0)


def test_a_single_short_gap_is_not_there_yet():
    projection = project([1000.0, 700, 500, 350, 240, 5], floor=10)
    assert projection is not None
    assert projection.seconds > 0


def test_gaps_that_flattened_out_above_the_floor_have_no_end():
    assert project([*(1000 * 0.7**i for i in range(10)), *[40.0] * 10], floor=10) is None


@pytest.mark.parametrize("gaps", [[], [5.0], [9.0, 8, 7, 6], [1.0, 2, 3, 4, 5, 6], [60.0] * 9])
def test_gaps_that_do_not_shrink_have_no_projection(gaps):
    assert project(gaps, floor=0.5) is None


def test_a_floor_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive number of seconds"):
        project([3.0, 2, 1], floor=0)
