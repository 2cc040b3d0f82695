"""Late things are waited for as long as they came late, for a while."""

from __future__ import annotations

from overheal.state.slack import Slack


def test_what_comes_in_order_is_not_waited_for():
    assert Slack(5, 100).at(1_000) == 0


def test_the_latest_of_the_last_while_counts_and_is_forgotten_in_the_end():
    slack = Slack(5, 100)
    slack.late(3, 1_000)
    slack.late(2, 1_010)
    assert slack.at(1_020) == 3
    assert slack.at(1_110) == 3
    assert slack.at(1_220) == 0


def test_what_comes_far_too_late_is_an_exception():
    slack = Slack(5, 100)
    slack.late(6, 1_000)
    assert slack.at(1_001) == 0
