"""`ineffective_recovery`: policies whose recoveries are for nothing, as tests."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.model import Detail, Status, Tier
from tests.support.made import DAY, HOUR, History, of, only, told

NAME = "ineffective_recovery"


def policy(outcomes: str, every: float = HOUR, **fields: Any) -> History:
    """Return recoveries by one policy: `s`ucceeded, `i`neffective, u`n`necessary, `?` unknown."""
    words = {"s": "succeeded", "i": "ineffective", "n": "unnecessary", "?": "unknown"}
    made = History()
    for number, letter in enumerate(outcomes):
        fields = {"agent": "healer", "agent_kind": "ai_agent", **fields}
        made.recovery(
            number * every,
            outcome=words[letter],
            detail=Detail(policy="restart-it"),
            condition=f"{'abcdefghij'[number % 10]} is slow",
            **fields,
        )
    return made


def findings(made: History, **chosen: Any):
    return [one for one in of(told(made, **chosen), NAME) if "policy" in one.evidence]


def test_a_policy_whose_recoveries_did_not_help_is_told():
    (found,) = findings(policy("sssssssinn"))
    assert (found.tier, found.title, found.count) == (Tier.INFORMATIONAL, "restart-it", 3)
    assert found.evidence["recoveries_30_days"] == 10
    assert (found.evidence["ineffective"], found.evidence["unnecessary"]) == (1, 2)
    assert "1 did not help and 2 were not needed" in found.summary


@pytest.mark.parametrize(
    ("outcomes", "tier"),
    [("sssssssinn", 1), ("ssssssssin", 0), ("ssssssinn", 0), ("sssssnnnnn", 2), ("??sssssssnn", 0)],
)
def test_share_and_number_are_inclusive(outcomes, tier):
    assert [int(one.tier) for one in findings(policy(outcomes))] == ([tier] if tier else [])


def test_a_proposal_rejected_as_unnecessary_counts():
    for said, decided, count in (
        ("not needed: idle", "reject", 1),
        ("not needed: idle", "modify", 0),
        ("too risky", "reject", 0),
    ):
        made = policy("sssssss")
        for number in range(3):
            detail = Detail(policy="restart-it", decided=decided)
            made.add(DAY + number, phase="rejected", outcome="", condition=said, detail=detail)
        assert len(findings(made)) == count, said


def test_without_a_policy_nothing_is_counted():
    made = History()
    for number in range(20):
        made.recovery(number * HOUR, outcome="unnecessary", detail=Detail(goal="x"))
    assert findings(made) == []


def test_successes_that_did_not_last_count_as_ineffective_once():
    made = History()
    for number in range(11):
        action, detail = f"a{number}", Detail(policy="restart-it")
        made.recovery(number * 600, action_id=action, detail=detail)
        made.recovery(
            number * 600 + 700,
            action_id=action,
            detail=detail,
            phase="verified",
            outcome="ineffective",
        )
    (found,) = findings(made)
    assert found.evidence["recoveries_30_days"] == found.evidence["ineffective"] == 11


def test_an_outcome_that_is_corrected_counts_once():
    made = policy("sssssssssss", every=2 * HOUR)
    for number in (0, 1, 2, 3):
        event = made.events[number]
        made.recovery(
            number * 2 * HOUR + 60,
            action_id=event.action_id,
            phase="verified",
            outcome="ineffective",
            detail=event.detail,
        )
    (found,) = findings(made)
    assert found.evidence["recoveries_30_days"] == 10
    assert found.evidence["ineffective"] == 4


def test_it_resolves_at_a_midnight_when_too_little_is_left():
    made = policy("sssssnnnnn")
    found = only(told(made, until=40 * DAY), NAME)
    assert found.status is Status.RESOLVED
    assert found.resolved_at is not None
    assert found.resolved_at % (86_400 * 1_000_000) == 0


def test_more_of_it_joins_the_open_finding():
    made = policy("sssssnnnnnnnn")
    (found,) = findings(made)
    assert (found.count, found.member_count) == (8, 8)
