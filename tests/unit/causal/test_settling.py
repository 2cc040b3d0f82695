from __future__ import annotations

from overheal.causal.settling import Claim, Edge, edges_of, rooted
from overheal.causal.tree import Happened, around, possible_gaps

SECOND = 1_000_000


def edge(effect, cause, kind="declared", reason="caused_by", confidence=1.0):
    return Edge(effect, cause, kind, reason, confidence)


def claim(effect, cause, node="", *, kind="declared", reason="caused_by", confidence=1.0):
    return Claim(effect, cause, kind, reason, confidence, effect, node)


def test_an_event_id_stands_for_its_action():
    found, gone = edges_of([claim("x", "e-1", "a-1")])
    assert found == {("x", "a-1"): edge("x", "a-1")}
    assert gone == {("x", "e-1")}


def test_a_name_that_nobody_has_stands_for_itself():
    assert edges_of([claim("x", "later")])[0] == {("x", "later"): edge("x", "later")}


def test_a_span_that_is_nobodys_name_is_no_cause():
    assert edges_of([claim("x", "00f067aa0ba902b7", reason="trace")])[0] == {}


def test_nothing_causes_itself():
    assert edges_of([claim("x", "e-1", "x")])[0] == {}


def test_what_is_declared_counts_before_what_is_inferred():
    inferred = claim("x", "a", "a", kind="inferred", reason="timing", confidence=0.9)
    found, _ = edges_of([inferred, claim("x", "a", "a"), inferred])
    assert found["x", "a"].kind == "declared"


def test_a_cause_outside_of_which_nothing_is_known_gets_a_row_too():
    rows = rooted([edge("x", "a")], {"x"}, {})
    assert {(row.node, row.root, row.depth) for row in rows} == {("x", "a", 1), ("a", "a", 0)}


def test_only_what_leads_to_a_node_or_follows_from_it_is_around_it():
    edges = [edge("b", "a"), edge("c", "b"), edge("other", "a"), edge("c", "elsewhere")]
    up, down, kept = around(["b"], edges)
    assert (up, down) == ({"b": 0, "a": 1}, {"b": 0, "c": 1})
    assert kept == [edge("b", "a"), edge("c", "b")]


def test_a_long_silence_between_a_cause_and_its_effect_may_be_a_gap():
    def seen(node, at):
        return Happened(node, at, at, "s", "production", node, "restart", "", "", "", "", ())

    at = {"a": seen("a", 0), "b": seen("b", 30 * SECOND), "c": seen("c", 59 * SECOND)}
    gaps = possible_gaps([edge("b", "a"), edge("c", "b"), edge("b", "unseen")], at)
    assert [(gap.cause, gap.effect, gap.agent) for gap in gaps] == [("a", "b", "b")]
