"""The headline of an ineffective recovery says which of its three questions it answers."""

from __future__ import annotations

import pytest

from overheal.model import Detail
from overheal.report.document import finding_part
from overheal.report.verdict import headline
from tests.support.made import HOUR, History, only, told


@pytest.mark.parametrize(
    ("outcome", "every", "said"),
    [
        ("failed", 600, "checkout: the same attempt fails again and again"),
        ("succeeded", 600, "checkout: its recoveries succeed and do not last"),
        ("unnecessary", 2 * HOUR, "policy restart-it: much of what it does is for nothing"),
    ],
)
def test_each_question_has_a_headline_of_its_own(outcome, every, said):
    made = History()
    for number in range(12):
        detail = Detail(policy="restart-it") if outcome == "unnecessary" else None
        made.recovery(number * every, outcome=outcome, detail=detail)
    assert headline(finding_part(only(told(made), "ineffective_recovery"), "")) == said
