"""What the confidence of a learned edge is worth, in a small seeded sample of `benchmarks.edges`."""

from __future__ import annotations

import pytest

from benchmarks import edges

KINDS = ("sparse", "common causes", "weak", "common causes only", "few services")


@pytest.fixture(scope="module")
def said() -> list[tuple[float, bool]]:
    """Return confidence and truth of the edges of a few fleets, most of them unseen in tuning."""
    kinds = [kind for kind in (*edges.TUNED, *edges.UNSEEN) if kind.name in KINDS]
    return [(sure, right) for _, sure, right in edges.said_and_right(kinds, 1, 1)]


def test_of_the_edges_that_are_said_to_be_sure_as_many_are_right(said):
    sure = [one for one in said if one[0] >= 0.8]
    assert len(sure) >= 80
    mean, right = (sum(part) / len(sure) for part in zip(*sure, strict=True))
    assert right == pytest.approx(mean, abs=0.03)


def test_of_the_edges_that_are_said_with_some_doubt_about_as_many_are_right(said):
    doubtful = [one for one in said if 0.6 <= one[0] < 0.95]
    assert len(doubtful) >= 15
    mean, right = (sum(part) / len(doubtful) for part in zip(*doubtful, strict=True))
    assert right == pytest.approx(mean, abs=0.15)


def test_the_mechanisms_that_are_told_apart_share_no_name():
    assert not {kind.name for kind in edges.TUNED} & {kind.name for kind in edges.UNSEEN}
