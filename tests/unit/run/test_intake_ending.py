"""Ingest ends in time, whatever a driver does."""

from __future__ import annotations

import threading
import time

import pytest

from overheal.run.bounded import within


def test_a_call_that_never_comes_back_is_left_behind():
    never = threading.Event()
    began = time.monotonic()
    assert not within(0.1, lambda: assert_waits(never))
    assert time.monotonic() - began < 5
    never.set()


def test_a_call_that_ends_in_time_has_been_made_and_raises_what_it_raised():
    made: list[int] = []
    assert within(5, lambda: made.append(1))
    assert made == [1]
    with pytest.raises(KeyError):
        within(5, lambda: {}["missing"])


def assert_waits(never: threading.Event) -> None:
    assert never.wait(60)
