"""The page about Kubernetes says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from overheal.adapters.kubernetes.reasons import OTHER_NORMAL, OTHER_WARNING, RULES, TOOLS

PAGE = (Path(__file__).parents[4] / "docs" / "kubernetes.md").read_text()


@pytest.mark.parametrize("rule", [*RULES, *TOOLS, OTHER_WARNING, OTHER_NORMAL])
def test_every_rule_stands_in_the_table(rule):
    assert rule.described() in PAGE


def test_the_table_holds_no_other_rule():
    rows = [line for line in PAGE.splitlines() if line.count(" | ") >= 6 and "---" not in line]
    known = {rule.described() for rule in (*RULES, *TOOLS, OTHER_WARNING, OTHER_NORMAL)}
    assert [row for row in rows if row not in known and not row.startswith("| component |")] == []


def test_the_command_to_collect_more_than_an_hour_is_given():
    assert "kubectl get events -A -w -o json --output-watch-events" in PAGE
    assert "--show-managed-fields" in PAGE
