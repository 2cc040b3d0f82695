"""Nodes that come and go."""

from __future__ import annotations

import msgspec


def lost(world, at, *, count=1, first=None, uid="lost"):
    return world.event(
        "NodeNotReady",
        "Node node-3 status is now: NodeNotReady",
        "Node/node-3",
        at,
        component="node-controller",
        count=count,
        first=first,
        uid=uid,
    )


def states(world, events):
    return [
        (event.new, (event.time - world.micros(0)) // 1_000_000)
        for event in events
        if event.name == "node_ready"
    ]


def test_only_transitions_of_a_node_object_are_told(world):
    events = world.read(
        world.node("node-3", "True", beat=0, changed=0),
        world.node("node-3", "True", beat=60, changed=0),
        world.node("node-3", "Unknown", beat=60, changed=100),
        world.node("node-3", "Unknown", beat=60, changed=100),
        world.node("node-3", "True", beat=140, changed=0),
    )
    assert states(world, events) == [("not_ready", 100), ("ready", 140)]


def test_unknown_counts_as_not_ready_and_the_raw_word_is_kept(world):
    event = world.read(
        world.node("node-3", "True", beat=0, changed=0),
        world.node("node-3", "Unknown", beat=0, changed=100),
    )[0]
    assert event.labels["kubernetes.ready"] == "Unknown"
    assert (event.service, event.scope, event.target.kind) == ("", "cluster", "Node")
    assert (event.type, event.name) == ("symptom", "node_ready")


def test_object_and_event_of_one_loss_are_one(world):
    nodes = [
        world.node("node-3", "True", beat=0, changed=0),
        world.node("node-3", "Unknown", beat=0, changed=100),
        world.node("node-3", "True", beat=140, changed=0),
        world.node("node-3", "Unknown", beat=140, changed=300),
    ]
    events = [
        world.watch("ADDED", lost(world, 101)),
        world.watch("MODIFIED", lost(world, 300, count=2, first=101)),
    ]
    both = states(world, world.read(*nodes, *events))
    assert both == [("not_ready", 100), ("ready", 140), ("not_ready", 300)]


def test_a_loss_reported_again_proves_a_return_in_between_which_is_derived(world):
    events = world.read(
        world.watch("ADDED", lost(world, 100)),
        world.watch("MODIFIED", lost(world, 400, count=2, first=100)),
    )
    assert states(world, events) == [("not_ready", 100), ("ready", 399), ("not_ready", 400)]
    assert msgspec.json.decode(events[1].document)["data"]["derived"] == ["status", "time"]


def test_a_list_shows_the_first_and_the_last_loss_of_a_counter(world):
    events = world.read(lost(world, 900, count=9, first=100))
    assert states(world, events) == [("not_ready", 100), ("ready", 899), ("not_ready", 900)]
    assert events[-1].count == 8


def test_a_return_reported_by_the_kubelet_is_a_flip(world):
    back = world.event("NodeReady", "Node node-3 status is now: NodeReady", "Node/node-3", 200)
    assert states(world, world.read(lost(world, 100), back)) == [("not_ready", 100), ("ready", 200)]


def test_a_new_node_that_becomes_ready_is_no_flip(world):
    back = world.event("NodeReady", "Node node-3 status is now: NodeReady", "Node/node-3", 200)
    assert world.read(back) == []


def test_a_node_first_seen_lost_is_told_with_the_time_of_its_loss(world):
    events = world.read(world.node("node-3", "False", beat=500, changed=100))
    assert states(world, events) == [("not_ready", 100)]


def test_pods_of_a_lost_node_show_a_symptom_of_their_service(world):
    event = world.read(
        world.event(
            "NodeNotReady",
            "Node is not ready",
            "Pod/web-7d4b8c9f6d-abcde",
            1,
            component="node-controller",
        )
    )[0]
    assert (event.type, event.name, event.service) == ("symptom", "NodeNotReady", "shop/web")
