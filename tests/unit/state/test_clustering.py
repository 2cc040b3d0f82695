"""Gaps in clusters are worth less than they count; others are worth what they count."""

import numpy as np
import pytest

from overheal.state.clustering import MOST, clustering

LONG, SHORT = 86_400.0, 600.0


def test_gaps_that_come_in_clusters_count_at_most_half():
    gaps = [LONG, SHORT, SHORT, SHORT, LONG, SHORT, SHORT] * 6
    assert clustering(gaps, 20) == MOST


def test_regular_gaps_and_a_clean_step_count_in_full():
    assert clustering([LONG] * 30, 15) == 1.0
    assert clustering([LONG] * 30 + [SHORT] * 10, 30) == 1.0


def test_gaps_that_shrink_steadily_are_no_clusters():
    assert clustering([LONG / (i + 1) ** 1.5 for i in range(40)], 4) == 1.0


def test_exponential_gaps_mostly_count_in_full():
    drawn = np.random.default_rng(3).exponential(size=(300, 60))
    weights = [clustering(row.tolist(), 30) for row in drawn]
    assert np.mean([weight == 1.0 for weight in weights]) > 0.7


@pytest.mark.parametrize("change", [1, 9])
def test_gaps_of_no_length_are_no_error(change):
    assert 1.0 <= clustering([0.0] * 10, change) <= MOST
