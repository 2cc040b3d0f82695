"""What else may get worse from recovery to recovery."""

from __future__ import annotations

import pytest

from overheal.state.signs import KEPT, Sign


def fed(values, *, grows: bool) -> Sign:
    sign = Sign.starting("memory", grows=grows)
    sign.begin(0.0005)
    for number, value in enumerate(values):
        sign.observe(value, f"e{number}", 1_000_000 * (number + 1))
    return sign


def test_what_grows_all_the_time_is_found():
    sign = fed([100.0 * 1.05**k for k in range(15)], grows=True)
    assert sign.rejects
    assert sign.change[1] > 1.5 * sign.change[0]
    assert sign.changed(1.5)
    assert not sign.changed(3)


def test_what_falls_is_worse_where_it_should_not():
    values = [100.0 * 0.9**k for k in range(15)]
    assert fed(values, grows=False).rejects
    assert not fed(values, grows=True).rejects


@pytest.mark.parametrize("grows", [True, False])
def test_what_stays_is_nothing(grows):
    assert not fed([5.0] * 40, grows=grows).rejects
    assert not fed([0.0] * 40, grows=grows).changed(1.5) or not grows


def test_it_keeps_a_bounded_past_and_says_when_it_is_used_up():
    sign = fed([100.0 + k for k in range(500)], grows=True)
    assert len(sign.test.values) == KEPT
    assert sign.is_used_up
    sign.begin(0.0001)
    assert not sign.rejects
    assert sign.column == b""
