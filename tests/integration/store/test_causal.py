"""What led to what, on the real engine, embedded and behind a server."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from overheal.causal.graph import ROOTS_KEPT
from overheal.contract.decode import decode
from overheal.errors import InputError
from overheal.model import MINUTE, Finding, Status, Tier
from overheal.report.causal.document import causal_document
from overheal.report.causal.page import render_map
from overheal.report.causal.text import render_dot, render_tree
from overheal.report.causal.who import Needs, map_document
from overheal.run import asking, causes
from overheal.run.asking import Span
from overheal.run.causes import tree_of
from overheal.run.config.judging import to_judging
from overheal.run.mapping import service_map
from overheal.store import Relation, Store, StoredEvent, TimedInput
from overheal.store.sql import migrations, query
from tests.support.events import at, document, restart, write
from tests.support.made import catalog_of
from tests.unit.causal.test_graph import naive

TABLES = (
    *("event_names", "causal_claims", "causal_edges", "causal_roots", "causal_settled"),
    *("field_writes", "causal_inferences"),
)


@pytest.fixture
def store(store: Store) -> Store:
    for table in TABLES:
        store._engine.command(f"TRUNCATE TABLE {table}")
    return store


def put(store: Store, *events: Any) -> None:
    store.write_events([StoredEvent(event=event, scope="shop") for event in events])


def action(name: str, minutes: float, *causes: str, **changes: Any) -> Any:
    if causes:
        changes["causality"] = {"caused_by": list(causes)} | changes.pop("causality", {})
    return restart(f"event-{name}", at(minutes), action_id=name, **changes)


def roots(store: Store, node: str) -> dict[str, int]:
    store.settle()
    return {row.root: row.depth for row in store.roots_of([node])}


@pytest.mark.embedded_will_do
def test_roots_and_depths_follow_declared_causes_by_action_or_event_id(store):
    put(store, action("a", 0), action("b", 1, "a"), action("c", 2, "event-b"))
    assert roots(store, "c") == {"a": 2}


@pytest.mark.embedded_will_do
def test_an_effect_that_comes_before_its_cause_gets_its_root_when_the_cause_comes(store):
    put(store, action("b", 1, "event-a"))
    assert roots(store, "b") == {"event-a": 1}
    put(store, action("a", 0, "root"))
    assert roots(store, "b") == {"root": 2}
    assert list(store.roots_of(["event-a"])) == []


@pytest.mark.embedded_will_do
def test_an_edge_declared_afterwards_joins_two_trees(store):
    put(store, action("a", 0), action("b", 1, "a"), action("c", 2, "b"), action("d", 3, "c"))
    put(store, action("x", 0), action("y", 1, "x"))
    assert roots(store, "d") == {"a": 3}
    put(store, restart("event-a2", at(4), action_id="a", causality={"caused_by": ["y"]}))
    assert roots(store, "d") == {"x": 5}
    under = store.under(["x"])
    assert under is not None
    assert {row.node for row in under} == {"x", "y", "a", "b", "c", "d"}
    assert store.under(["a"]) == []


def test_what_is_settled_is_that_of_the_naive_closure_in_any_order(store):
    dice = random.Random(11)
    edges = [(dice.randrange(10), dice.randrange(10)) for _ in range(16)]
    edges = [(a, b) for a, b in edges if a != b]
    events = [
        restart(f"e{n}", at(n), action_id=str(b), causality={"caused_by": [str(a)]})
        for n, (a, b) in enumerate(edges)
    ]
    dice.shuffle(events)
    for start in range(0, len(events), 4):
        put(store, *events[start : start + 4])
        store.settle()
    put(store, *events)
    store.settle()
    for node, expected in naive(edges).items():
        assert {row.root: row.depth for row in store.roots_of([node])} == expected, node


@pytest.mark.embedded_will_do
def test_a_circle_hangs_nothing(store):
    put(store, action("a", 0, "b"), action("b", 1, "a"), action("c", 2, "b"))
    tree = tree_of(store, "c")
    assert tree.roots == ("a",)
    assert set(tree.up) == {"a", "b", "c"}


def test_the_beginning_of_an_id_is_enough_and_an_unknown_one_names_the_nearest(store):
    put(store, action("action-17", 0), action("action-28", 1))
    assert tree_of(store, "action-1").node == "action-17"
    with pytest.raises(InputError, match="beginning of several"):
        tree_of(store, "action-")
    with pytest.raises(InputError, match="nearest are action-17"):
        tree_of(store, "action-18")


def test_an_empty_store_says_that_it_holds_nothing(store):
    with pytest.raises(InputError, match="no event like it"):
        tree_of(store, "x")


def test_a_gap_is_named_unless_the_agent_said_something_meanwhile(store):
    other = {"name": "db-operator", "kind": "platform"}
    put(store, action("a", 0), action("b", 1, "a", agent=other))
    assert [gap.agent for gap in tree_of(store, "b").gaps] == ["db-operator"]
    put(store, action("c", 0.5, agent=other))
    assert tree_of(store, "b").gaps == ()


def test_what_is_related_is_shown_only_when_asked_for_and_never_followed(store):
    for name in ("a", "b"):
        put(store, action(name, 0, causality={"correlation_id": "incident-9"}))
    assert tree_of(store, "a").related == ()
    tree = tree_of(store, "a", related=True)
    assert tree.related == (("b", "incident-9", "correlation"),)
    assert set(tree.up) | set(tree.down) == {"a"}


def test_who_owns_the_services_of_a_tree_is_told_when_asked_for_and_never_followed(store):
    put(store, action("a", 0, service="mart/base"), action("b", 1, service="mart/api2"))
    catalog = catalog_of(
        services={"base": {"owner": "data"}, "api2": {"owner": "data"}, "x": {"owner": "web"}}
    )
    assert tree_of(store, "a", catalog=catalog).owned == ()
    tree = tree_of(store, "a", related=True, catalog=catalog)
    assert tree.owned == (("data", ("mart/base",), ("mart/api2",)),)
    assert tree.nodes == ["a"]
    assert "data owns mart/base; also mart/api2" in render_tree(tree, width=80, color=False)


def test_who_wrote_a_field_and_who_overrode_whom(store):
    put(store, write("w1", at(0), "hpa", 3, old=2), write("w2", at(5), "cost-bot", 2, old=3))
    moment = write("x", at(2), "hpa", 1).time
    assert asking.last_writer(store, "checkout", "replicas", moment).records()[0]["agent"] == "hpa"
    answer = asking.values(store, "checkout", "replicas", Span())
    assert [row["new"] for row in answer.records()] == ["2", "3"]
    [pair] = asking.overrode(store, "", Span()).records()
    assert (pair["overrider"], pair["overridden"], pair["times"]) == ("cost-bot", "hpa", 1)
    assert asking.last_writer(store, "checkout", "replicas", moment - 10 * MINUTE).rows == []
    with pytest.raises(
        InputError, match=r"nobody ever wrote image of checkout; the nearest (is|are) r"
    ):
        asking.last_writer(store, "checkout", "image", moment)


@pytest.mark.embedded_will_do
def test_a_target_may_be_called_by_its_namespace_too(store):
    target = {"kind": "Deployment", "name": "checkout", "namespace": "shop", "field": "replicas"}
    put(store, write("w1", at(0), "hpa", 3, target=target))
    moment = write("x", at(2), "hpa", 1).time
    for name in ("checkout", "shop/checkout"):
        assert asking.last_writer(store, name, "replicas", moment).records()[0]["agent"] == "hpa"
        assert len(asking.values(store, name, "replicas", Span()).rows) == 1
    assert asking.last_writer(store, "other/checkout", "replicas", moment).rows == []


def test_chains_that_end_in_a_page_name_their_root(store):
    put(store, action("a", 0), action("b", 1, "a"))
    page = decode(
        json.dumps(
            document("page-1", at(2))
            | {
                "type": "io.overheal.observation.v1",
                "data": {
                    "service": "checkout",
                    "kind": "page",
                    "signal": "pagerduty",
                    "causality": {"caused_by": ["b"]},
                },
            }
        ).encode()
    )
    put(store, page)
    [row] = asking.to_pages(store, "", Span()).records()
    assert (row["page"], row["root"], row["links"]) == ("page-1", "a", 2)


def test_similar_chains_began_alike(store):
    for day in range(3):
        put(store, action(f"a{day}", 1440 * day), action(f"b{day}", 1440 * day + 1, f"a{day}"))
    found = asking.similar(store, "b2").records()
    assert [(row["root"], row["alike"]) for row in found] == [("a1", 1.0), ("a0", 1.0)]


def test_services_that_recover_together_are_told(store):
    for day in range(3):
        for service in ("api", "db"):
            row = restart(f"{service}{day}", at(1440 * day), service=service)
            store.write_events(
                [StoredEvent(event=row, scope="shop", counted=1, counted_at=row.time)]
            )
    [pair] = asking.together(store, "", Span()).records()
    assert (pair["one"], pair["other"], pair["together"]) == ("api", "db", 3)


@pytest.mark.embedded_will_do
def test_rows_that_come_twice_count_once(store):
    events = [action("a", 0), action("b", 1, "a"), write("w1", at(0), "hpa", 3)]
    for token in ("one", "two"):
        store.write_events([StoredEvent(event=event) for event in events], token)
        store.settle()
    assert len(tree_of(store, "b").edges) == 1
    assert len(asking.values(store, "checkout", "replicas", Span()).rows) == 1


def test_every_question_says_what_it_is_for():
    for path in (Path(asking.__file__).parents[1] / "store" / "queries").glob("*.sql"):
        assert query(path.stem).startswith("-- purpose: "), path


def test_a_store_from_before_is_filled(store):
    put(store, action("a", 0), action("b", 1, "event-a"), write("w1", at(0), "hpa", 3))
    for table in TABLES:
        store._engine.command(f"TRUNCATE TABLE {table}")
    for _ in range(2):
        for migration in migrations():
            for statement in migration.statements:
                if migration.name in {"causal", "inferences", "causes"}:
                    store._engine.command(statement)
    assert roots(store, "b") == {"a": 1}
    assert len(asking.values(store, "checkout", "replicas", Span()).rows) == 1


def cascade(*links: list[Any], ident: str = "cascade-1", **changes: Any) -> Finding:
    moment = action("a", 0).time
    return Finding(
        id=ident,
        detector="cascade",
        stage="fleet",
        subject="x",
        service="checkout",
        environment="production",
        scope="shop",
        first_at=moment,
        last_at=moment,
        detected_at=moment,
        members=["event-b"],
        evidence={"inferred": list(links)},
        **changes,
    )


def test_the_links_that_a_cascade_inferred_are_told_with_how_sure_they_are(store):
    put(store, action("a", 0), action("b", 1))
    store.write_findings([cascade(["event-a", "event-b", "inferred", 0.83])])
    [edge] = tree_of(store, "cascade-1").edges
    assert (edge.cause, edge.effect, edge.kind, edge.reason) == ("a", "b", "inferred", "timing")
    assert edge.confidence == pytest.approx(0.83)


@pytest.mark.embedded_will_do
@pytest.mark.parametrize("status", [Status.RETRACTED, Status.SUPERSEDED])
def test_a_finding_that_is_withdrawn_takes_its_links_with_it(store, status):
    put(store, action("a", 0), action("b", 1), action("c", 2, "b"))
    link = ["event-a", "event-b", "inferred", 0.8]
    store.write_findings([cascade(link)])
    assert roots(store, "c") == {"a": 2}
    store.write_findings([cascade(link, revision=1, status=status)])
    assert roots(store, "c") == {"b": 1}
    assert roots(store, "a") == {}
    store.write_findings([cascade(link, revision=2)])
    assert roots(store, "c") == {"a": 2}


def test_a_relation_that_says_what_replaces_a_finding_takes_its_links_back(store):
    put(store, action("a", 0), action("b", 1))
    store.write_findings([cascade(["event-a", "event-b", "inferred", 0.8])])
    assert roots(store, "b") == {"a": 1}
    store.write_relations([Relation("cascade-1", 1, superseded_by="cascade-2")])
    assert roots(store, "b") == {}


@pytest.mark.embedded_will_do
def test_a_link_stands_while_anybody_says_so_by_whichever_name(store):
    put(store, action("a", 0), action("b", 1), restart("late-b", at(2), action_id="b"))
    one = ["event-a", "event-b", "inferred", 0.9]
    store.write_findings(
        [cascade(one), cascade(["event-a", "late-b", "catalog", 0.6], ident="cascade-2")]
    )
    assert confidence(store, "b") == pytest.approx(0.9)
    store.write_findings([cascade(one, revision=1, status=Status.RETRACTED)])
    assert confidence(store, "b") == pytest.approx(0.6)
    put(store, restart("later-b", at(3), action_id="b", causality={"caused_by": ["a"]}))
    store.write_findings([cascade(ident="cascade-2", revision=1)])
    assert confidence(store, "b") == 1
    assert roots(store, "b") == {"a": 1}


@pytest.mark.embedded_will_do
def test_a_finding_that_names_other_links_later_means_those_alone(store):
    put(store, action("a", 0), action("b", 1), action("c", 2))
    store.write_findings([cascade(["event-a", "event-c", "inferred", 0.9])])
    assert roots(store, "c") == {"a": 1}
    store.write_findings([cascade(["event-b", "event-c", "inferred", 0.7], revision=1)])
    assert roots(store, "c") == {"b": 1}


def test_a_finding_is_told_with_what_led_to_its_members_and_what_they_led_to(store):
    put(store, action("a", 0), action("b", 1, "a"), action("c", 2, "b"), action("d", 3))
    told = cascade(tier=Tier.CRITICAL, summary="Chain of 2.", reason="since it is long")
    told.members, told.member_count = ["event-b", "event-d", "gone"], 3
    store.write_findings([told])
    tree = tree_of(store, "cascade-")
    assert (tree.node, tree.members, tree.lost) == ("cascade-1", {"b", "d"}, 1)
    assert (tree.roots, tree.up, tree.down) == (
        ("d", "a"),
        {"b": 0, "d": 0, "a": 1},
        {"b": 0, "d": 0, "c": 1},
    )
    text = render_tree(tree, width=100, color=False)
    assert text.startswith("cascade-1\n  critical, open: Chain of 2.\n  Why critical: since it")
    assert "3 member events of 2 actions and observations: 1 led to them (2 roots)" in text
    assert text.count("◀ member") == 2
    assert "of 1 event of the finding nothing is stored any more" in text
    assert causal_document(tree).finding.member_count == 3
    assert "shape=note" in render_dot(tree)
    assert "Why critical: since it is long" in render_map(tree)


@pytest.mark.embedded_will_do
def test_a_finding_of_which_no_event_is_stored_is_told_all_the_same(store):
    store.write_findings([cascade()])
    tree = tree_of(store, "cascade-1")
    assert (tree.lost, tree.roots) == (1, ())
    assert "nothing is stored of its events" in render_tree(tree, width=80, color=False)
    assert "nothing is stored of its events" in render_map(tree)


@pytest.mark.embedded_will_do
def test_all_roots_are_told_of_what_has_more_than_are_kept_unless_the_tree_is_cut(
    store, monkeypatch
):
    many = [f"r{n:03}" for n in range(ROOTS_KEPT + 6)]
    put(store, *(action(name, 0) for name in many), action("late", 1, *many))
    tree = tree_of(store, "late")
    assert (list(tree.roots), tree.more_roots, tree.cut) == (many, False, False)
    monkeypatch.setattr(causes, "NODES_SHOWN", 10)
    deep = tree_of(store, "late")
    assert (len(deep.roots), deep.more_roots, deep.cut) == (ROOTS_KEPT, True, True)
    assert f"{ROOTS_KEPT} or more roots" in render_tree(deep, width=80, color=False)


def confidence(store: Store, node: str) -> float:
    [edge] = tree_of(store, node).edges
    return edge.confidence


def test_the_map_tells_who_writes_what_and_what_led_where(store):
    put(store, write("w1", at(0), "hpa", 3), write("w2", at(5), "cost-bot", 2))
    put(store, action("a", 0), action("b", 1, "a", service="web"))
    found = service_map(store, "", Span())
    assert found.contested == [("production", "checkout", "replicas", ["cost-bot", "hpa"])]
    assert [(one.cause, one.effect, one.kind) for one in found.depends] == [
        ("checkout", "web", "declared")
    ]
    with pytest.raises(InputError, match="no scope or service"):
        service_map(store, "unknown", Span())


def test_the_map_tells_what_the_catalog_says_apart_from_what_was_seen(store):
    put(store, action("a", 0, service="mart/base"), action("b", 1, "a", service="mart/api2"))
    put(store, action("c", 2, "b", service="mart/web2"))
    catalog = catalog_of(
        services={
            "api2": {"depends_on": ["base"], "owner": "payments"},
            "search": {"depends_on": ["index"]},
        }
    )
    found = service_map(store, "", Span(), catalog)
    assert found.needs == (
        Needs("mart/api2", "mart/base", "payments", seen=True),
        Needs("search", "index", "", seen=False),
    )
    document = map_document(found)
    assert [one["in_catalog"] for one in document["depends"]] == [False, True]
    assert service_map(store, "mart/api2", Span(), catalog).needs == found.needs[:1]
    assert service_map(store, "search", Span(), catalog).needs == found.needs[1:]


def test_the_map_knows_the_catalog_that_the_store_was_told(store):
    put(store, action("a", 0))
    told = catalog_of(services={"checkout": {"depends_on": ["ledger"]}})
    document = to_judging({}, told.file).decode()
    store.write_inputs([TimedInput("rules", 0, "x", document)])
    [need] = service_map(store, "", Span()).needs
    assert (need.service, need.needs, need.seen) == ("checkout", "ledger", False)
