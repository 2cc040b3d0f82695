"""Roots and distances, against a closure that is slow and obvious."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.causal import graph
from overheal.causal.graph import circles, roots_of

Edges = list[tuple[int, int]]
GRAPHS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25)


def causes_in(edges: Edges) -> dict[str, list[str]]:
    nodes = {str(node) for edge in edges for node in edge}
    return {node: [str(a) for a, b in edges if str(b) == node] for node in nodes}


def naive(edges: Edges) -> dict[str, dict[str, int]]:
    """Every distance by breadth-first search from everywhere; roots by what reaches whom."""
    nodes = {str(node) for edge in edges for node in edge}
    far = {}
    for start in nodes:
        far[start], ring = {start: 0}, [start]
        for node in ring:
            for effect in {str(b) for a, b in edges if str(a) == node}:
                if effect not in far[start]:
                    far[start][effect] = far[start][node] + 1
                    ring.append(effect)
    roots = {
        node
        for node in nodes
        if all(other in far[node] and node <= other for other in nodes if node in far[other])
    }
    return {node: {root: far[root][node] for root in roots if node in far[root]} for node in nodes}


@given(GRAPHS)
@settings(max_examples=300, deadline=None)
def test_roots_and_depths_are_those_of_the_naive_closure(edges):
    assert roots_of(causes_in(edges)) == naive(edges)


@given(GRAPHS, st.sets(st.integers(0, 9)))
@settings(max_examples=300, deadline=None)
def test_what_lies_below_a_change_can_be_worked_out_from_what_is_settled_above(edges, changed):
    whole = roots_of(causes_in(edges))
    below = {str(node) for node in changed} & whole.keys()
    while more := {str(b) for a, b in edges if str(a) in below} - below:
        below |= more
    causes = {node: its for node, its in causes_in(edges).items() if node in below}
    settled = {node: roots for node, roots in whole.items() if node not in below}
    assert roots_of(causes, settled) == {node: whole[node] for node in below}


def test_a_diamond_has_one_root_and_the_shorter_way_counts():
    causes = {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "a"]}
    assert roots_of(causes)["d"] == {"a": 1}


def test_an_effect_may_have_several_roots():
    assert roots_of({"x": ["a", "b"], "a": [], "b": []})["x"] == {"a": 1, "b": 1}


def test_a_circle_without_a_cause_is_one_root_by_its_smallest_name():
    found = roots_of({"b": ["c"], "c": ["b"], "d": ["c"]})
    assert found == {"b": {"b": 0}, "c": {"b": 1}, "d": {"b": 2}}


def test_a_circle_with_a_cause_is_no_root():
    assert roots_of({"a": [], "b": ["a", "c"], "c": ["b"]})["c"] == {"a": 2}


def test_a_cause_that_nobody_knows_is_a_root():
    assert roots_of({"x": ["unseen"]}) == {"x": {"unseen": 1}}


def test_only_the_nearest_roots_are_kept(monkeypatch):
    monkeypatch.setattr(graph, "ROOTS_KEPT", 2)
    causes = {"x": ["near", "middle"], "middle": ["far", "also"], "y": ["x"]}
    found = roots_of(causes)
    assert found["x"] == {"near": 1, "also": 2}
    assert found["y"] == {"near": 2, "also": 3}


def test_a_chain_of_a_hundred_thousand_is_followed():
    causes = {f"{n:06}": [f"{n - 1:06}"] if n else [] for n in range(100_000)}
    assert roots_of(causes)["099999"] == {"000000": 99_999}
    assert len(circles(causes)) == 100_000
