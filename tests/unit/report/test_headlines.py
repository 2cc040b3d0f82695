"""A headline says what is wrong with what, whatever the evidence holds."""

from __future__ import annotations

from typing import Any

import pytest

from overheal.detect import registry
from overheal.model import Detail
from overheal.report.document import finding_part
from overheal.report.headlines import about, headline
from tests.support.made import HOUR, History, only, told
from tests.unit.report.sample import finding


@pytest.mark.parametrize(
    ("outcome", "every", "said"),
    [
        ("failed", 600, "checkout: the same attempt fails again and again"),
        ("succeeded", 600, "checkout: its recoveries succeed and do not last"),
        ("unnecessary", 2 * HOUR, "policy restart-it: much of what it does is for nothing"),
    ],
)
def test_each_question_of_an_ineffective_recovery_has_a_headline_of_its_own(outcome, every, said):
    made = History()
    for number in range(12):
        detail = Detail(policy="restart-it") if outcome == "unnecessary" else None
        made.recovery(number * every, outcome=outcome, detail=detail)
    assert headline(finding_part(only(told(made), "ineffective_recovery"), "")) == said


def said_of(detector: str, evidence: dict[str, Any], **changes: Any) -> str:
    made = {"title": "checkout", "service": "checkout", "agents": ["a", "b"], **changes}
    return headline(finding_part(finding(detector, evidence=evidence, **made), ""))


@pytest.mark.parametrize(
    ("detector", "evidence", "said"),
    [
        ("masked_degradation", {"value_now": 3}, "checkout keeps being recovered, and gets worse"),
        (
            "masked_degradation",
            {"course": "step"},
            "checkout keeps being recovered, much more often than before",
        ),
        ("agent_conflict", {"field": "replicas"}, "a and b fight over replicas of checkout"),
        (
            "agent_conflict",
            {"field": "replicas and nodes", "group": "capacity"},
            "a and b fight over the capacity of checkout",
        ),
        ("agent_conflict", {"target_count": 3}, "a and b fight over 3 targets"),
        ("compound_hazard", {"shared_by": "target"}, "a and b act at the same time on checkout"),
        (
            "compound_hazard",
            {"shared_by": "dependency"},
            "a and b act at the same time around checkout",
        ),
        ("compound_hazard", {"shared_by": "unknown"}, "a and b act at the same time in checkout"),
        (
            "undo_of_intent",
            {"undone_by": "b", "declared_by": "ada", "field": "replicas"},
            "b takes back what ada set on purpose: replicas of checkout",
        ),
        (
            "stale_basis",
            {"agent": "b", "target": "record api", "harm": "reverts"},
            "b puts an older value back on record api, on an outdated view",
        ),
        (
            "stale_basis",
            {"agent": "b", "target": "record api", "harm": "removes"},
            "b removes record api, which is in use, on an outdated view",
        ),
        (
            "authority_breach",
            {"rules": {"approval": 2}},
            "a acts without the approval it needs: checkout",
        ),
        (
            "authority_breach",
            {"rules": {"approval": 2, "rejected": 1}},
            "a acts beyond what it is allowed: checkout",
        ),
        (
            "out_of_order_recovery",
            {"breach": "path", "declared": ["failover"], "recovery": "restart"},
            "checkout is recovered by restart where failover is declared",
        ),
        (
            "incomplete_action",
            {"kinds": {"early": 1}},
            "a acts before it says that it will: checkout",
        ),
        (
            "incomplete_action",
            {"kinds": {"early": 1, "unfinished": 2}},
            "a leaves actions half told: checkout",
        ),
        (
            "silent_automation",
            {"share": 0.7, "counter": "generation"},
            "events tell of only 70 % of the changes of checkout",
        ),
        ("silent_automation", {"silent": []}, "a and b stopped reporting"),
        (
            "cascade",
            {"root": {"agent": "a", "action": "failover"}, "service_count": 4},
            "failover of checkout by a set off a chain of actions over 4 services",
        ),
        ("mass_action", {"targets": 1200}, "checkout acts on 1,200 targets at once"),
    ],
)
def test_the_evidence_chooses_the_words(detector, evidence, said):
    assert said_of(detector, evidence) == said


def test_what_is_outside_of_production_says_where():
    part = finding_part(finding("thrashing", title="checkout", environment="staging"), "")
    assert headline(part).endswith(" (staging)")


def test_three_agents_are_named_of_more_the_others_are_counted():
    evidence = {"field": "replicas"}
    assert said_of("agent_conflict", evidence, agents=["a", "b", "c"]).startswith(
        "a, b and c fight"
    )
    four = said_of("agent_conflict", evidence, agents=["a", "b", "c", "d"])
    assert four.startswith("a, b and 2 others fight")


ODD: list[Any] = [None, True, 3, 2.5, "x", [], [1, None], {}, {"a": None}]


@pytest.mark.parametrize("detector", [*registry.names(), "unheard_of"])
def test_evidence_of_any_shape_has_a_headline(detector):
    keys = ("rules", "kinds", "root", "declared", "share", "counter", "targets", "wants", "states")
    keys += ("undone_by", "target_count", "group", "field", "path", "policy", "harm", "shared_by")
    for value in ODD:
        for agents in ([], ["a"], ["a", "b"]):
            for title in ("", "checkout"):
                made = finding(
                    detector,
                    evidence=dict.fromkeys(keys, value),
                    agents=agents,
                    title=title,
                    service=title,
                )
                part = finding_part(made, "")
                assert headline(part).strip()
                assert "None" not in headline(part)
                assert about(part) is not None
