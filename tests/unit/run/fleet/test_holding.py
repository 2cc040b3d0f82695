"""Everybody is waited for, but not for ever."""

from __future__ import annotations

from overheal.run.fleet.holding import Holding
from overheal.run.messages import Frontier


def said(partition: int, reached: int, *, partitions: int = 2, told_at: int = 1) -> Frontier:
    return Frontier(partition, partitions, reached, reached - 5, reached - 10, told_at)


def test_nothing_is_reached_before_every_partition_has_spoken():
    holding = Holding(5.0, since=0.0)
    assert holding.reached(1.0) == 0
    holding.take(said(0, 100), 1.0)
    assert holding.reached(1.0) == 0
    holding.take(said(1, 40), 2.0)
    assert holding.reached(2.0) == 40
    assert holding.passed(2.0) == 35
    assert holding.watermark(2.0) == 30


def test_a_partition_that_never_speaks_is_waited_for_a_while():
    holding = Holding(5.0, since=0.0)
    holding.take(said(0, 100), 4.0)
    assert holding.reached(4.9) == 0
    assert holding.reached(5.1) == 100


def test_a_partition_that_falls_silent_is_waited_for_a_while():
    holding = Holding(5.0, since=0.0)
    holding.take(said(0, 100), 1.0)
    holding.take(said(1, 40), 1.0)
    holding.take(said(0, 200, told_at=2), 4.0)
    assert holding.reached(5.9) == 40
    assert holding.held_for(5.9) == 4.9
    assert holding.reached(6.1) == 200


def test_where_all_are_silent_all_are_waited_for():
    holding = Holding(5.0, since=0.0)
    holding.take(said(0, 100, told_at=3), 1.0)
    holding.take(said(1, 40, told_at=2), 1.0)
    assert holding.reached(60.0) == 40


def test_an_older_word_does_not_replace_a_newer_one():
    holding = Holding(5.0, since=0.0)
    holding.take(said(0, 100, partitions=1, told_at=9), 1.0)
    holding.take(said(0, 50, partitions=1, told_at=8), 2.0)
    assert holding.reached(2.0) == 100


def test_it_survives_a_round_trip():
    holding = Holding(5.0, since=0.0)
    holding.take(said(0, 100), 1.0)
    holding.take(said(1, 40), 1.0)
    again = Holding(5.0, since=50.0)
    again.restore(holding.saved(), 50.0)
    assert again.reached(50.0) == 40
